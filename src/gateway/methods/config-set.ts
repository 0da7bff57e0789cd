import * as z from "zod";
import { coreMethod } from "../method.ts";
import { changeResult, changeView } from "./config-views.ts";

/** Replaces the config file. What would allow more than before waits for `policy.accept`. */
export const configSet = coreMethod({
  name: "config.set",
  scope: "operator.admin",
  params: z.strictObject({ raw: z.string().min(1), baseHash: z.string().min(1).optional() }),
  result: changeResult,
  handle: async ({ core, caller }, { raw, baseHash }) =>
    changeView(await core.config.set({ text: raw, baseHash, by: caller })),
});
