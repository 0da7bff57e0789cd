import * as z from "zod";
import { block, key, text } from "../key.ts";

export const security = block({
  owners: key(
    z
      .array(
        z.strictObject({
          channel: key(text().min(1), "Channel of the owner's identity."),
          account: key(text().min(1).default("default"), "Account of the channel."),
          id: key(text().min(1), "Immutable provider id: never a name, never `*`."),
        }),
      )
      .default([]),
    "Chat identities that are the owner, with the owner's authority. `fased pairing approve --owner` adds one.",
    "An owner may approve commands on the host.",
  ),
  informationFlow: block({
    mode: key(
      z.enum(["enforce", "observe"]).default("enforce"),
      "`enforce` holds the rules of information flow; `observe` only records what they would do.",
      "With `observe` a hostile page can steer the agent.",
    ),
  }),
});
