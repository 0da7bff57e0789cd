import { navigate } from "../lib/navigation.ts";
import { type Place, places } from "../lib/route.ts";
import { nextTheme } from "../lib/theme.ts";
import { placeTabs } from "../places/place-tabs.ts";
import { t } from "../strings/en.ts";
import { logOut, offers } from "../wire/link.ts";
import { devices, sessions } from "../wire/resources.ts";

export type PaletteCommand = {
  readonly id: string;
  readonly kind: "page" | "session" | "person" | "action";
  readonly words: string;
  readonly run: () => void;
};

export function commands(): readonly PaletteCommand[] {
  return [...pages(), ...actions(), ...sessionCommands(), ...people()];
}

function pages(): readonly PaletteCommand[] {
  return places.flatMap((place) => [page(place), ...placeTabs(place).map((tab) => page(place, tab))]);
}

function page(place: Place, tab?: { id: string; label: string }): PaletteCommand {
  return {
    id: `page:${place}:${tab?.id ?? ""}`,
    kind: "page",
    words: tab === undefined ? t.places[place] : `${t.places[place]}: ${tab.label}`,
    run: () => navigate({ place, query: { tab: tab?.id ?? "" } }),
  };
}

function actions(): readonly PaletteCommand[] {
  return [
    {
      id: "action:new",
      kind: "action",
      words: t.chat.newChat,
      run: () => navigate({ place: "chat", query: { session: "new" } }),
    },
    { id: "action:theme", kind: "action", words: t.theme.label, run: nextTheme },
    { id: "action:logout", kind: "action", words: t.system.logOut, run: () => void logOut() },
  ];
}

function sessionCommands(): readonly PaletteCommand[] {
  if (!offers("sessions.list")) return [];
  return (sessions.use().value ?? []).map((session) => ({
    id: `session:${session.key}`,
    kind: "session",
    words: session.title === "" ? session.key : session.title,
    run: () => navigate({ place: "chat", query: { session: session.key } }),
  }));
}

function people(): readonly PaletteCommand[] {
  if (!offers("device.pair.list")) return [];
  return (devices.use().value?.paired ?? []).map((device) => ({
    id: `device:${device.deviceId}`,
    kind: "person",
    words: device.displayName ?? device.deviceId.slice(0, 12),
    run: () => navigate({ place: "people", query: { tab: "devices", item: device.deviceId } }),
  }));
}
