import { useEffect, useRef } from "preact/hooks";
import { Skeleton } from "../design/surfaces.tsx";
import { startKeys, useKeys } from "../lib/keys.ts";
import { choose, navigate, route } from "../lib/navigation.ts";
import { places } from "../lib/route.ts";
import { ApprovalsPlace } from "../places/approvals/approvals-place.tsx";
import { ChatPlace } from "../places/chat/chat-place.tsx";
import { LogInPlace } from "../places/log-in/log-in-place.tsx";
import { PeoplePlace } from "../places/people/people-place.tsx";
import { SecurityPlace } from "../places/security/security-place.tsx";
import { SystemPlace } from "../places/system/system-place.tsx";
import { t } from "../strings/en.ts";
import { hello, link } from "../wire/link.ts";
import styles from "./app.module.css";
import { Banners } from "./banners.tsx";
import { bootState } from "./boot.ts";
import { KeysDialog, Palette, palette, shownDialog } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import { StatusLine } from "./status-line.tsx";

const placeKeys = { chat: "c", approvals: "a", people: "p", security: "s", system: "y" } as const;

startKeys();

export function App() {
  if (bootState.value.kind !== "started" || needsLogIn()) return <LogInPlace />;
  if (hello.value === undefined) return <Connecting />;
  return <Inside />;
}

/** Before the first greeting a refusal is the log-in page; afterwards a revoked token leads there too. */
function needsLogIn(): boolean {
  const { kind } = link.value;
  return kind === "refused" || kind === "pairing";
}

function Connecting() {
  return (
    <main class={styles.connecting} aria-label={t.link.connecting}>
      <Skeleton lines={5} />
      {link.value.kind === "waiting" && <p role="status">{t.link.offline(link.value.reason)}</p>}
    </main>
  );
}

function Inside() {
  const main = useRef<HTMLElement>(null);
  const { place } = route.value;
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${t.places[place]} · ${t.product}`;
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [place]);
  useKeys([
    { keys: "mod+k", label: t.keys.palette, run: () => palette.open() },
    { keys: "?", label: t.keys.help, run: () => shownDialog.set("keys") },
    ...places.map((name) => ({
      keys: `g ${placeKeys[name]}`,
      label: t.keys.go(t.places[name]),
      run: () => navigate({ place: name }),
    })),
    { keys: "Escape", label: t.keys.close, run: () => choose({ detail: "" }, "replace") },
  ]);
  return (
    <div class={styles.shell}>
      <button type="button" class={styles.skip} onClick={() => main.current?.focus()}>
        {t.skip}
      </button>
      <Rail />
      <div class={styles.column}>
        <StatusLine />
        <Banners />
        <main id="content" class={styles.content} ref={main} tabIndex={-1} aria-label={t.places[place]}>
          <CurrentPlace />
        </main>
      </div>
      <Palette />
      <KeysDialog />
    </div>
  );
}

function CurrentPlace() {
  switch (route.value.place) {
    case "chat":
      return <ChatPlace />;
    case "approvals":
      return <ApprovalsPlace />;
    case "people":
      return <PeoplePlace />;
    case "security":
      return <SecurityPlace />;
    case "system":
      return <SystemPlace />;
  }
}
