import { useState } from "preact/hooks";
import { Count } from "../design/badge.tsx";
import { Icon, type IconName } from "../design/icon.tsx";
import { followInPage } from "../design/surfaces.tsx";
import { keyNames } from "../lib/keys.ts";
import { addressOf, navigate, route } from "../lib/navigation.ts";
import { type Place, places } from "../lib/route.ts";
import { nextTheme, theme } from "../lib/theme.ts";
import { t } from "../strings/en.ts";
import { offers } from "../wire/link.ts";
import { approvals, devices, senders } from "../wire/resources.ts";
import styles from "./app.module.css";
import { palette, shownDialog } from "./palette.tsx";

/** What fits into the bar of a phone; the rest is under "more". */
const barPlaces = 4;

export function Rail() {
  const [moreOpen, setMoreOpen] = useState(false);
  const behind = places.slice(barPlaces);
  return (
    <nav class={styles.rail} aria-label={t.places.label}>
      <div class={styles.brand}>
        <img class={styles.brandMark} src={iconAddress} alt="" width="20" height="20" />
        {t.product}
      </div>
      {places.slice(0, barPlaces).map((place) => (
        <PlaceLink key={place} place={place} onGo={() => setMoreOpen(false)} />
      ))}
      {behind.map((place) => (
        <div key={place} class={styles.onlyWide}>
          <PlaceLink place={place} onGo={() => setMoreOpen(false)} />
        </div>
      ))}
      <button
        type="button"
        class={`${styles.item} ${styles.onlyPhone}`}
        aria-expanded={moreOpen}
        aria-current={behind.includes(route.value.place) ? "page" : undefined}
        onClick={() => setMoreOpen(!moreOpen)}
      >
        <Icon name="more" />
        <span class={styles.itemWord}>{t.places.more}</span>
      </button>
      {moreOpen && <More behind={behind} onDone={() => setMoreOpen(false)} />}
      <div class={styles.railEnd}>
        <RailButton icon="search" word={t.palette.short} keys="mod+k" run={() => palette.open()} />
        <RailButton icon="theme" word={themeWords()} run={nextTheme} />
        <RailButton icon="keyboard" word={t.keys.label} keys="?" run={() => shownDialog.set("keys")} />
      </div>
    </nav>
  );
}

const iconAddress = addressOf({ place: "chat" }).replace(/chat$/, "icon.svg");

function themeWords(): string {
  return `${t.theme.label}: ${t.theme[theme.value].toLowerCase()}`;
}

function More({ behind, onDone }: { behind: readonly Place[]; onDone: () => void }) {
  const then = (run: () => void) => () => {
    run();
    onDone();
  };
  return (
    <div class={`${styles.more} ${styles.onlyPhone}`}>
      <div>
        {behind.map((place) => (
          <PlaceLink key={place} place={place} onGo={onDone} />
        ))}
        <RailButton icon="search" word={t.palette.short} run={then(() => palette.open())} />
        <RailButton icon="theme" word={themeWords()} run={nextTheme} />
      </div>
    </div>
  );
}

function PlaceLink({ place, onGo }: { place: Place; onGo: () => void }) {
  const waiting = countOf(place);
  return (
    <a
      class={styles.item}
      href={addressOf({ place })}
      aria-current={route.value.place === place ? "page" : undefined}
      onClick={(event) =>
        followInPage(event, () => {
          navigate({ place });
          onGo();
        })
      }
    >
      <Icon name={place satisfies IconName} />
      <span class={styles.itemWord}>{place === "people" ? <PeopleWord /> : t.places[place]}</span>
      <span class={styles.itemCount}>
        <Count value={waiting} label={t.status.approvals("").trim()} />
      </span>
    </a>
  );
}

/** The bar of a phone has room for one word. */
function PeopleWord() {
  return (
    <>
      <span class={styles.onlyWide}>{t.places.people}</span>
      <span class={styles.onlyPhone}>{t.places.people.split(" ")[0]}</span>
    </>
  );
}

function RailButton(props: { icon: IconName; word: string; keys?: string; run: () => void }) {
  return (
    <button type="button" class={styles.item} onClick={props.run}>
      <Icon name={props.icon} />
      <span class={styles.itemWord}>{props.word}</span>
      {props.keys && <KeyHint keys={props.keys} />}
    </button>
  );
}

export function KeyHint({ keys }: { keys: string }) {
  return (
    <span class={styles.hint}>
      {keyNames(keys).map((name) => (
        <kbd key={name} class={styles.key}>
          {name}
        </kbd>
      ))}
    </span>
  );
}

function countOf(place: Place): number {
  if (place === "approvals") return pendingApprovals().length;
  if (place !== "people") return 0;
  const waitingSenders = offers("channels.pairing.list") ? (senders.use().value?.requests.length ?? 0) : 0;
  const waitingDevices = offers("device.pair.list") ? (devices.use().value?.pending.length ?? 0) : 0;
  return waitingSenders + waitingDevices;
}

export function pendingApprovals() {
  if (!offers("exec.approval.list")) return [];
  return (approvals.use().value ?? []).filter((approval) => approval.state === "pending");
}
