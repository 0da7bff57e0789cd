import * as z from "zod";
import { method } from "../method.ts";

/** Whether the chain of recorded decisions is whole. */
export const ledgerVerify = method({
  name: "ledger.verify",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({ intact: z.boolean(), rows: z.int(), problem: z.string().optional() }),
  handle: ({ running }) => running.ledger.verify(),
});
