import { Badge } from "../../design/badge.tsx";
import { IconButton } from "../../design/button.tsx";
import { Moment } from "../../design/surfaces.tsx";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import type { SessionContext } from "../../wire/views.ts";
import styles from "./chat.module.css";
import { canShowContext, context } from "./chat-state.ts";

const meanings = { owner: "allow", known: "info", untrusted: "ask" } as const;

/** What the agent has in mind, in a word; it opens to the sources. */
export function ContextChip() {
  const now = canShowContext() ? context.use().value : undefined;
  if (now === undefined) return null;
  const isOpen = route.value.query["detail"] === "context";
  return (
    <button
      type="button"
      class={styles.chip}
      aria-expanded={isOpen}
      onClick={() => choose({ detail: isOpen ? "" : "context" })}
    >
      <span class="sr-only">{t.chat.context.label}: </span>
      <Badge meaning={meanings[now.label.integrity]}>{words(now)}</Badge>
    </button>
  );
}

export function ContextPane({ onClose }: { onClose: () => void }) {
  const now = context.use().value;
  return (
    <aside class={styles.detail} aria-label={t.chat.context.label}>
      <div class={styles.listHead}>
        <h2>{t.chat.context.label}</h2>
        <IconButton icon="close" label={t.close} onClick={onClose} />
      </div>
      {now && (
        <>
          <Badge meaning={meanings[now.label.integrity]}>{words(now)}</Badge>
          <p class={styles.detailText}>
            {now.label.integrity === "owner" ? t.chat.context.cleanWhy : t.chat.context.why}
          </p>
          <ul class={styles.sources}>
            {now.sources.map((source) => (
              <li key={source.handle} class={styles.source}>
                <bdi class={styles.sourceHost}>{source.host ?? source.kind}</bdi>
                <span class={styles.quietLine}>
                  {source.kind}
                  {source.at > 0 && <Moment at={source.at} />}
                </span>
                <code class={styles.quietLine}>{source.handle}</code>
              </li>
            ))}
          </ul>
          {now.sources.length === 0 && <p class={styles.quietLine}>{t.chat.context.none}</p>}
        </>
      )}
    </aside>
  );
}

function words(now: SessionContext): string {
  const { integrity, secret } = now.label;
  const base =
    integrity === "owner"
      ? t.chat.context.clean
      : integrity === "known"
        ? t.chat.context.known
        : t.chat.context.untrusted(String(now.sources.length));
  return secret ? `${base}, ${t.chat.context.secret}` : base;
}
