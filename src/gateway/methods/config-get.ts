import * as z from "zod";
import { coreMethod } from "../method.ts";
import { snapshotResult, snapshotView } from "./config-views.ts";

/** The config file and what is wrong with it; each secret is replaced by a mask, which `config.set` takes as "keep it". */
export const configGet = coreMethod({
  name: "config.get",
  scope: "operator.read",
  params: z.strictObject({}),
  result: snapshotResult,
  handle: ({ core }) => snapshotView(core.config.get()),
});
