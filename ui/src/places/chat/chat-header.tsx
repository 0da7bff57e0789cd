import { useState } from "preact/hooks";
import { Button, IconButton } from "../../design/button.tsx";
import { ProblemBlock } from "../../design/surfaces.tsx";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { offers } from "../../wire/link.ts";
import type { Problem } from "../../wire/problem.ts";
import { sessions } from "../../wire/resources.ts";
import styles from "./chat.module.css";
import { deleteSession, mainSessionKey, resetSession, startConversation } from "./chat-state.ts";

type Question = "none" | "reset" | "remove";

export function ChatHeader({ sessionKey }: { sessionKey: string }) {
  const [question, setQuestion] = useState<Question>("none");
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const isListOpen = route.value.query["detail"] === "sessions";
  const answer = async () => {
    const action = question === "reset" ? resetSession : deleteSession;
    setQuestion("none");
    setProblem(await action(sessionKey));
  };
  return (
    <header class={styles.header}>
      <div class={styles.headerRow}>
        <span class={styles.onlyNarrow}>
          <IconButton
            icon="sessions"
            label={t.chat.sessions}
            aria-expanded={isListOpen}
            onClick={() => choose({ detail: isListOpen ? "" : "sessions" })}
          />
        </span>
        <h1 class={styles.title}>
          <bdi>{titleOf(sessionKey)}</bdi>
        </h1>
        {offers("sessions.reset") && (
          <IconButton icon="retry" label={t.chat.reset} onClick={() => setQuestion("reset")} />
        )}
        {offers("sessions.delete") && sessionKey !== mainSessionKey.value && (
          <IconButton icon="trash" label={t.chat.remove} onClick={() => setQuestion("remove")} />
        )}
        <IconButton icon="plus" label={t.chat.newChat} onClick={startConversation} />
      </div>
      {question !== "none" && (
        <div class={styles.question} role="alertdialog" aria-label={t.chat[question]}>
          <p>{question === "reset" ? t.chat.confirmReset : t.chat.confirmRemove}</p>
          <Button look="deny" size="small" onClick={() => void answer()}>
            {t.chat[question]}
          </Button>
          <Button size="small" onClick={() => setQuestion("none")}>
            {t.cancel}
          </Button>
        </div>
      )}
      {problem && <ProblemBlock problem={problem} />}
    </header>
  );
}

export function titleOf(key: string): string {
  const session = (sessions.use().value ?? []).find((one) => one.key === key);
  if (session !== undefined && session.title !== "") return session.title;
  if (key === mainSessionKey.value) return t.chat.main;
  return session === undefined ? t.chat.newChat : key;
}
