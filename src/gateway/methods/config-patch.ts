import * as z from "zod";
import { coreMethod } from "../method.ts";
import { changeResult, changeView } from "./config-views.ts";

/** JSON merge patch (RFC 7396) of the config file; the published delivery fields are accepted and not used. */
export const configPatch = coreMethod({
  name: "config.patch",
  scope: "operator.admin",
  limit: { calls: 3, windowMs: 60_000 },
  params: z.strictObject({
    raw: z.string().min(1),
    baseHash: z.string().min(1).optional(),
    sessionKey: z.string().optional(),
    deliveryContext: z.unknown().optional(),
    note: z.string().optional(),
    restartDelayMs: z.int().min(0).optional(),
    replacePaths: z.array(z.string().min(1)).max(256).optional(),
  }),
  result: changeResult,
  handle: async ({ core, caller }, { raw, baseHash }) =>
    changeView(await core.config.patch({ text: raw, baseHash, by: caller })),
});
