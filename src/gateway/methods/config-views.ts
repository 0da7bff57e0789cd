/** Results of the config methods. */
import * as z from "zod";
import type { ConfigChange, ConfigSnapshot, ServiceProblem } from "../services.ts";

const issue = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string(),
  path: z.string(),
  line: z.int().optional(),
});

export const snapshotResult = z.object({
  path: z.string(),
  exists: z.boolean(),
  raw: z.string(),
  parsed: z.unknown(),
  config: z.unknown(),
  valid: z.boolean(),
  hash: z.string(),
  issues: z.array(issue),
});

export const changeResult = snapshotResult.extend({
  ok: z.literal(true),
  /** Hash of the policy that waits for `policy.accept`. */
  pendingPolicy: z.string().optional(),
  restartRequired: z.boolean(),
  restartKeys: z.array(z.string()),
});

export function snapshotView(snapshot: ConfigSnapshot) {
  const { path, exists, text, parsed, valid, hash, problems } = snapshot;
  return { path, exists, raw: text, parsed, config: parsed, valid, hash, issues: problems.map(issueView) };
}

export function changeView(change: ConfigChange) {
  return {
    ...snapshotView(change),
    ok: true as const,
    ...(change.pendingPolicy === undefined ? {} : { pendingPolicy: change.pendingPolicy }),
    restartRequired: change.restartRequired,
    restartKeys: change.restartKeys,
  };
}

const issueView = ({ path = "", ...problem }: ServiceProblem) => ({ ...problem, path });
