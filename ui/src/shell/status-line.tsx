import { Count } from "../design/badge.tsx";
import { Icon } from "../design/icon.tsx";
import { followInPage } from "../design/surfaces.tsx";
import { plural } from "../lib/format.ts";
import { addressOf, navigate, route } from "../lib/navigation.ts";
import type { Place } from "../lib/route.ts";
import { ContextChip } from "../places/chat/context-chip.tsx";
import { t } from "../strings/en.ts";
import { link, offers } from "../wire/link.ts";
import { unanswered } from "../wire/resources.ts";
import styles from "./app.module.css";
import { pendingApprovals } from "./rail.tsx";

/** Always there, never moving: the connection, what is in the agent's mind, what waits, what got no answer. */
export function StatusLine() {
  const waiting = pendingApprovals().length;
  const dropped = offers("messages.why") ? (unanswered.use().value?.length ?? 0) : 0;
  return (
    <section class={styles.status} aria-label={t.status.label}>
      <LinkWord />
      {route.value.place === "chat" && <ContextChip />}
      <div class={styles.statusEnd}>
        {dropped > 0 && (
          <StatusLink place="security" tab="why">
            <span class={styles.onlyWide}>{t.status.unanswered(plural(dropped, "message"))}</span>
            <span class={styles.onlyPhone} aria-hidden="true">
              <Icon name="message" />
              {dropped}
            </span>
            <span class={styles.srPhone}>{t.status.unanswered(plural(dropped, "message"))}</span>
          </StatusLink>
        )}
        {waiting > 0 && (
          <StatusLink place="approvals" due="due">
            <Count value={waiting} label="" />
            <span class={styles.onlyWide}>{t.status.approvals("").trim()}</span>
          </StatusLink>
        )}
      </div>
    </section>
  );
}

const shapes = { ready: "", connecting: "shapeWaiting", waiting: "shapeWaiting", pairing: "shapeWaiting" } as const;

function LinkWord() {
  const { kind } = link.value;
  const shape = shapes[kind as keyof typeof shapes] ?? "shapeOff";
  return (
    <span class={styles.state} role="status">
      <span class={`${styles.shape} ${shape === "" ? "" : styles[shape]}`} aria-hidden="true" />
      {t.link[kind]}
    </span>
  );
}

function StatusLink(props: { place: Place; tab?: string; due?: "due"; children: preact.ComponentChildren }) {
  const target = { place: props.place, query: { tab: props.tab ?? "" } };
  return (
    <a
      class={`${styles.statusLink} ${props.due ? styles.statusDue : ""}`}
      href={addressOf(target)}
      onClick={(event) => followInPage(event, () => navigate(target))}
    >
      {props.children}
    </a>
  );
}
