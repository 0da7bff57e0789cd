/** Every secret value of a config, for masking. */
import type { Config } from "../config/schema.ts";
import { Secret } from "../platform/secret.ts";

export function secretsIn(config: Config): readonly Secret[] {
  const found: Secret[] = [];
  collect(config, found);
  return found;
}

function collect(value: unknown, found: Secret[]): void {
  if (value instanceof Secret) found.push(value as Secret);
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) collect(part, found);
}
