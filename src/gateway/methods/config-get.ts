import * as z from "zod";
import { coreMethod } from "../method.ts";
import { snapshotResult, snapshotView } from "./config-views.ts";

/** The config file and what is wrong with it; secrets are replaced by the sentinel. */
export const configGet = coreMethod({
  name: "config.get",
  scope: "operator.read",
  params: z.strictObject({}),
  result: snapshotResult,
  handle: ({ core }) => snapshotView(core.config.get()),
});
