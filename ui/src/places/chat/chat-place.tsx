import { useEffect } from "preact/hooks";
import { useKeys } from "../../lib/keys.ts";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import styles from "./chat.module.css";
import { ChatHeader } from "./chat-header.tsx";
import { announcement, context, conversationOf, sessionKey, startChat, startConversation, stop } from "./chat-state.ts";
import { Composer, focusComposer } from "./composer.tsx";
import { ContextPane } from "./context-chip.tsx";
import { SessionList } from "./session-list.tsx";
import { Thread } from "./thread.tsx";

startChat();

export function ChatPlace() {
  const key = sessionKey.value;
  const detail = route.value.query["detail"];
  useEffect(() => {
    if (key === "new") startConversation();
    else void context.load();
  }, [key]);
  useKeys([
    { keys: "c", label: t.keys.composer, run: focusComposer },
    { keys: "n", label: t.keys.newChat, run: startConversation },
    { keys: ".", label: t.keys.stop, run: () => conversationOf(key).peek().live && void stop(key) },
  ]);
  if (key === "new") return null;
  return (
    <div class={`${styles.place} ${detail === "context" ? styles.withDetail : ""}`}>
      <aside class={`${styles.list} ${detail === "sessions" ? styles.listOpen : ""}`} aria-label={t.chat.sessions}>
        <SessionList current={key} />
      </aside>
      <section class={styles.conversation} aria-label={t.places.chat}>
        <ChatHeader sessionKey={key} />
        <Thread key={key} sessionKey={key} />
        <Composer key={`composer:${key}`} sessionKey={key} />
      </section>
      {detail === "context" && <ContextPane onClose={() => choose({ detail: "" })} />}
      <p class="sr-only" aria-live="polite">
        {announcement}
      </p>
    </div>
  );
}
