import * as z from "zod";
import { coreMethod } from "../method.ts";
import { reachResult } from "./reach-view.ts";

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
        sentence: z.string().optional(),
        because: z
          .array(
            z.object({
              id: z.string(),
              origin: z.string(),
              file: z.string().optional(),
              line: z.int().optional(),
              text: z.string().optional(),
            }),
          )
          .optional(),
        path: z.array(z.string()).optional(),
        fix: z
          .object({
            file: z.string(),
            patch: z.string(),
            baseHash: z.string(),
            diff: z.string(),
            narrowed: z.array(reachResult),
            more: z.int().min(0),
          })
          .optional(),
      }),
    ),
  }),
  handle: ({ core }) => core.security.audit(),
});
