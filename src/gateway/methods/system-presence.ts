import * as z from "zod";
import { coreMethod } from "../method.ts";

/** Who is connected. Command-line clients are not tracked. */
export const systemPresence = coreMethod({
  name: "system-presence",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.array(z.object({ ts: z.number() }).loose()),
  handle: ({ control }) => control.presence.list(),
});
