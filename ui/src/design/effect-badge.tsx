import { t } from "../strings/en.ts";
import type { Reach } from "../wire/views.ts";
import { Badge } from "./badge.tsx";

const meanings = { allow: "allow", ask: "ask", challenge: "info", deny: "deny" } as const;

/** What the policy answers, as colour, shape and word. */
export function EffectBadge({ effect }: { effect: Reach["effect"] }) {
  return <Badge meaning={meanings[effect]}>{t.security.effects[effect]}</Badge>;
}
