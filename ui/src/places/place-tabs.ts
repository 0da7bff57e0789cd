import type { Tab } from "../design/surfaces.tsx";
import type { Place } from "../lib/route.ts";
import { t } from "../strings/en.ts";

/** The tabs of each place: one table for the tab rows and for the palette. */
const tabs: { readonly [Name in Place]?: readonly Tab[] } = {
  people: [
    { id: "senders", label: t.people.senders },
    { id: "channels", label: t.people.channels },
    { id: "devices", label: t.people.devices },
  ],
  security: [
    { id: "findings", label: t.security.findings },
    { id: "explain", label: t.security.explain },
    { id: "who-can", label: t.security.whoCan },
    { id: "why", label: t.security.why },
    { id: "ledger", label: t.security.ledger },
  ],
  system: [
    { id: "status", label: t.system.status },
    { id: "models", label: t.system.models },
    { id: "config", label: t.system.config },
    { id: "policy", label: t.system.policy },
    { id: "logs", label: t.system.logs },
  ],
};

export function placeTabs(place: Place): readonly Tab[] {
  return tabs[place] ?? [];
}
