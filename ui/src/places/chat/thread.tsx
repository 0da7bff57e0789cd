import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { Empty, ProblemBlock, Skeleton } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { offers } from "../../wire/link.ts";
import { approvals } from "../../wire/resources.ts";
import { ApprovalCard } from "../approvals/approval-card.tsx";
import styles from "./chat.module.css";
import { conversationOf, discard, load, send } from "./chat-state.ts";
import { type Conversation, lastQuestion } from "./conversation.ts";
import { EntryRow } from "./entry-row.tsx";
import { FilesBar } from "./files-bar.tsx";
import { whileWaiting } from "./transcript.ts";

const nearBottomPx = 48;

/** The conversation, newest last. It follows new text only while the reader is at its end. */
export function Thread({ sessionKey }: { sessionKey: string }) {
  const conversation = conversationOf(sessionKey).value;
  const scroller = useRef<HTMLElement>(null);
  const isFollowing = useRef(true);
  const followedTo = useRef(0);
  const [hasNew, setHasNew] = useState(false);
  const waiting = pendingFor(sessionKey);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // A reader who has just scrolled up is believed before the browser says so by an event.
    if (element.scrollTop < followedTo.current - 1 && distanceToEnd(element) > nearBottomPx)
      isFollowing.current = false;
    if (isFollowing.current) element.scrollTop = element.scrollHeight;
    else setHasNew(true);
    followedTo.current = element.scrollTop;
  }, [conversation, waiting.length]);
  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    isFollowing.current = distanceToEnd(element) < nearBottomPx;
    if (isFollowing.current) setHasNew(false);
  };
  // At once: a smooth way down would aim at an end that has moved on before it arrives.
  const toEnd = () => {
    isFollowing.current = true;
    setHasNew(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  return (
    <div class={styles.threadFrame}>
      <section
        class={styles.thread}
        ref={scroller}
        onScroll={onScroll}
        aria-label={t.chat.thread}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <div class={styles.column}>
          <Beginning conversation={conversation} sessionKey={sessionKey} />
          {conversation.entries.map((entry) => (
            <EntryRow key={entry.id} entry={waiting.length > 0 ? whileWaiting(entry) : entry} />
          ))}
          {conversation.live?.entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
          {waiting.map((approval) => (
            <ApprovalCard key={approval.id} approval={approval} />
          ))}
          {conversation.live && waiting.length === 0 && <Working />}
          <Ending conversation={conversation} sessionKey={sessionKey} />
        </div>
      </section>
      {hasNew && (
        <div class={styles.below}>
          <Button icon="down" size="small" onClick={toEnd}>
            {t.chat.newBelow}
          </Button>
        </div>
      )}
    </div>
  );
}

function distanceToEnd(element: HTMLElement): number {
  return element.scrollHeight - element.scrollTop - element.clientHeight;
}

type Part = { conversation: Conversation; sessionKey: string };

function Beginning({ conversation, sessionKey }: Part) {
  if (conversation.problem)
    return <ProblemBlock problem={conversation.problem} onRetry={() => void load(sessionKey)} />;
  if (!conversation.isLoaded) return <Skeleton lines={7} />;
  const isEmpty = conversation.entries.length === 0 && conversation.outgoing.length === 0 && !conversation.live;
  return isEmpty ? <EmptyChat sessionKey={sessionKey} /> : null;
}

function EmptyChat({ sessionKey }: { sessionKey: string }) {
  const action = (
    <>
      <p>{t.chat.try}</p>
      <div class={styles.examples}>
        {t.chat.examples.map((example) => (
          <Button key={example} size="small" onClick={() => void send(sessionKey, example)}>
            {example}
          </Button>
        ))}
      </div>
    </>
  );
  return (
    <Empty icon="chat" title={t.chat.emptyTitle} action={action}>
      {t.chat.empty}
    </Empty>
  );
}

function Ending({ conversation, sessionKey }: Part) {
  const { failure, outgoing } = conversation;
  const again = () => {
    const question = lastQuestion(conversation);
    if (question !== undefined) void send(sessionKey, question);
  };
  return (
    <>
      {outgoing.map((message) => (
        <div key={message.key} class={styles.outgoing}>
          <p class={styles.said} dir="auto">
            {message.text}
          </p>
          {message.problem ? (
            <>
              <ProblemBlock
                problem={message.problem}
                onRetry={() => void send(sessionKey, message.text, message.key)}
              />
              <Button size="small" look="plain" onClick={() => discard(sessionKey, message.key)}>
                {t.cancel}
              </Button>
            </>
          ) : (
            <p class={styles.quietLine}>{t.chat.sending}</p>
          )}
        </div>
      ))}
      {failure && <ProblemBlock problem={failureProblem(failure.message)} onRetry={again} />}
      {!conversation.live && <FilesBar conversation={conversation} sessionKey={sessionKey} />}
    </>
  );
}

function Working() {
  return (
    <p class={styles.working} role="status">
      <span class={styles.pulse} aria-hidden="true" />
      {t.chat.writing}
    </p>
  );
}

/** Run errors read `sentence (code)`; the code is what a person quotes when asking for help. */
function failureProblem(message: string) {
  const [, why, code] = /^(.*) \(([a-z_]+(?:\.[a-z_]+)+)\)$/s.exec(message) ?? [];
  return { what: t.chat.failed, why: why ?? message, fix: "", code: code ?? "run.failed" };
}

function pendingFor(sessionKey: string) {
  if (!offers("exec.approval.list")) return [];
  return (approvals.use().value ?? []).filter(
    (approval) => approval.state === "pending" && approval.sessionKey === sessionKey,
  );
}
