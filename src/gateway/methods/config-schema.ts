import * as z from "zod";
import { coreMethod } from "../method.ts";

/** JSON Schema of the config, with a hint for each key. */
export const configSchema = coreMethod({
  name: "config.schema",
  scope: "operator.admin",
  params: z.strictObject({}),
  result: z.object({
    schema: z.unknown(),
    uiHints: z.record(
      z.string(),
      z.strictObject({ help: z.string().optional(), sensitive: z.boolean().optional(), group: z.string().optional() }),
    ),
    version: z.string(),
    generatedAt: z.string(),
  }),
  handle: ({ core, control }) => {
    const { schema, hints, version } = core.config.schema();
    return { schema, uiHints: hints, version, generatedAt: new Date(control.startedAt).toISOString() };
  },
});
