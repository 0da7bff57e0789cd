import * as z from "zod";
import { coreMethod } from "../method.ts";

/** The audit's findings, each with a witness where the policy has one. Works in recovery mode on what parsed. */
export const securityAudit = coreMethod({
  name: "security.audit",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({
    ts: z.number(),
    summary: z.object({ critical: z.int(), warn: z.int(), info: z.int() }),
    findings: z.array(
      z.object({
        checkId: z.string(),
        severity: z.enum(["info", "warn", "critical"]),
        title: z.string(),
        detail: z.string(),
        remediation: z.string().optional(),
        witness: z.unknown().optional(),
        because: z
          .array(
            z.object({
              id: z.string(),
              origin: z.string(),
              file: z.string().optional(),
              line: z.int().optional(),
            }),
          )
          .optional(),
        path: z.array(z.string()).optional(),
      }),
    ),
  }),
  handle: ({ core }) => core.security.audit(),
});
