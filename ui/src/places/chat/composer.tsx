import { useEffect, useRef, useState } from "preact/hooks";
import { Button, IconButton } from "../../design/button.tsx";
import { ProblemBlock } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { isConnected } from "../../wire/link.ts";
import type { Problem } from "../../wire/problem.ts";
import styles from "./chat.module.css";
import { conversationOf, draftOf, send, stop } from "./chat-state.ts";
import { lastQuestion } from "./conversation.ts";

const composerId = "composer";

export function focusComposer(): void {
  document.getElementById(composerId)?.focus();
}

/** Enter sends where there is a keyboard; on a phone Enter is a new line and the button sends. */
export function Composer({ sessionKey }: { sessionKey: string }) {
  const draft = draftOf(sessionKey);
  const conversation = conversationOf(sessionKey).value;
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => grow(box.current), [draft.value]);
  const submit = () => {
    const text = draft.peek().trim();
    if (text === "") return;
    draft.value = "";
    void send(sessionKey, text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && draft.peek() === "") {
      draft.value = lastQuestion(conversation) ?? "";
    }
  };
  return (
    <form
      class={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {problem && <ProblemBlock problem={problem} />}
      <div class={styles.composerRow}>
        <textarea
          ref={box}
          id={composerId}
          class={styles.box}
          rows={1}
          dir="auto"
          aria-label={t.chat.placeholder}
          placeholder={isConnected.value ? t.chat.placeholder : t.chat.queued}
          value={draft.value}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
          }}
          onKeyDown={onKeyDown}
        />
        {conversation.live && (
          <Button icon="stop" onClick={() => void stop(sessionKey).then(setProblem)}>
            {t.chat.stop}
          </Button>
        )}
        <SendButton disabled={draft.value.trim() === ""} />
      </div>
    </form>
  );
}

function SendButton({ disabled }: { disabled: boolean }) {
  return <IconButton icon="send" label={t.chat.send} type="submit" disabled={disabled} />;
}

function grow(box: HTMLTextAreaElement | null): void {
  if (box === null) return;
  box.rows = 1;
  const lines = Math.ceil((box.scrollHeight - 16) / 24);
  box.rows = Math.max(1, Math.min(10, lines));
}
