import * as z from "zod";
import { block, key, positive, texts } from "../key.ts";

const resetRule = () =>
  z.strictObject({
    mode: key(z.enum(["daily", "idle"]).optional(), "`daily` starts afresh at `atHour`, `idle` after `idleMinutes`."),
    atHour: key(z.int().min(0).max(23).optional(), "Hour of the daily reset, local time."),
    idleMinutes: key(positive().optional(), "Idle time before a reset, in minutes."),
  });

export const session = block({
  scope: key(
    z.enum(["per-sender", "global"]).default("per-sender"),
    "`global` puts every conversation into one session.",
    "`global` mixes what people say.",
  ),
  dmScope: key(
    z.enum(["main", "per-peer", "per-channel-peer", "per-account-channel-peer"]).default("main"),
    "How direct messages are kept apart.",
    "With `main` everyone who may write shares one conversation.",
  ),
  ownerScope: key(
    z.enum(["main", "dmScope"]).default("dmScope"),
    "`main`: the owner's identities share one conversation; `dmScope`: they follow `session.dmScope`.",
  ),
  identityLinks: key(
    z.record(z.string(), z.array(z.string())).default({}),
    "Canonical name → `channel:id` list: identities that share a session.",
    "Linked identities read each other's conversation.",
  ),
  reset: block({
    mode: key(
      z.enum(["daily", "idle"]).default("daily"),
      "`daily` starts afresh at `atHour`, `idle` after `idleMinutes`.",
    ),
    atHour: key(z.int().min(0).max(23).default(4), "Hour of the daily reset, local time."),
    idleMinutes: key(
      positive().optional(),
      "Idle time before a reset, in minutes; with `daily`, whichever comes first.",
    ),
  }),
  resetByType: z
    .strictObject({
      direct: resetRule().optional(),
      dm: resetRule().optional(),
      group: resetRule().optional(),
      thread: resetRule().optional(),
    })
    .optional(),
  resetByChannel: z.record(z.string(), resetRule()).optional(),
  resetTriggers: key(texts().default(["/new", "/reset"]), "Messages that start a fresh session."),
});
