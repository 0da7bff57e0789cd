import { Badge } from "../../design/badge.tsx";
import { Button, IconButton } from "../../design/button.tsx";
import { followInPage, Moment, ProblemBlock, Skeleton } from "../../design/surfaces.tsx";
import { addressOf, choose, navigate, route } from "../../lib/navigation.ts";
import { bestMatches } from "../../lib/text-match.ts";
import { t } from "../../strings/en.ts";
import { sessions } from "../../wire/resources.ts";
import type { SessionView } from "../../wire/views.ts";
import styles from "./chat.module.css";
import { mainSessionKey, startConversation } from "./chat-state.ts";

export function SessionList({ current }: { current: string }) {
  const { value, problem } = sessions.use();
  const query = route.value.query["q"] ?? "";
  const shown = bestMatches(
    value ?? [],
    query,
    (session) => `${session.title} ${session.key} ${session.channel} ${session.lastMessage ?? ""}`,
  );
  return (
    <>
      <div class={styles.listHead}>
        <h2>{t.chat.sessions}</h2>
        <span class={styles.onlyNarrow}>
          <IconButton icon="close" label={t.close} onClick={() => choose({ detail: "" })} />
        </span>
      </div>
      <div class={styles.listTools}>
        <input
          class={styles.searchInput}
          type="search"
          aria-label={t.chat.search}
          placeholder={t.chat.search}
          value={query}
          onInput={(event) => choose({ q: event.currentTarget.value }, "replace")}
        />
        <Button icon="plus" onClick={startConversation}>
          {t.chat.newChat}
        </Button>
      </div>
      {problem && <ProblemBlock problem={problem} onRetry={() => void sessions.load()} />}
      {value === undefined && problem === undefined && <Skeleton lines={8} />}
      <ul class={styles.sessions}>
        {value !== undefined && shown.length === 0 && (
          <li class={styles.quietLine}>{value.length === 0 ? t.chat.noSessions : t.chat.noSuchSession}</li>
        )}
        {shown.map((session) => (
          <li key={session.key}>
            <SessionLink session={session} isCurrent={session.key === current} />
          </li>
        ))}
      </ul>
    </>
  );
}

const stateWords = { running: "info", queued: "info", parked: "ask", failed: "deny" } as const;

function SessionLink({ session, isCurrent }: { session: SessionView; isCurrent: boolean }) {
  const target = { place: "chat", query: { session: session.key } } as const;
  return (
    <a
      class={styles.session}
      href={addressOf(target)}
      aria-current={isCurrent ? "true" : undefined}
      onClick={(event) => followInPage(event, () => navigate(target))}
    >
      <span class={styles.sessionTop}>
        <bdi class={styles.sessionTitle}>{sessionTitle(session)}</bdi>
        <span class={styles.sessionTime}>{session.updatedAt > 0 && <Moment at={session.updatedAt} />}</span>
      </span>
      <span class={styles.sessionBottom}>
        <bdi class={styles.sessionPreview}>{session.lastMessage ?? session.channel}</bdi>
        {session.state !== "done" && <Badge meaning={stateWords[session.state]}>{t.chat.states[session.state]}</Badge>}
      </span>
    </a>
  );
}

function sessionTitle(session: SessionView): string {
  if (session.title !== "") return session.title;
  return session.key === mainSessionKey.value ? t.chat.main : session.key;
}
