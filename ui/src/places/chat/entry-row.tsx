import { VisibleText } from "../../design/exact-text.tsx";
import { Icon } from "../../design/icon.tsx";
import { MarkdownText } from "../../design/markdown-text.tsx";
import { memo } from "../../design/memo.ts";
import { formatClock, formatExact } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import styles from "./chat.module.css";
import { ToolRow } from "./tool-row.tsx";
import type { Entry, MessageEntry } from "./transcript.ts";

export const EntryRow = memo(function EntryRow({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case "message":
      return entry.from === "person" ? <Said message={entry} /> : <Answer message={entry} />;
    case "tool":
      return <ToolRow entry={entry} />;
    case "part":
      return (
        <figure class={styles.part}>
          <figcaption>{entry.author === "" ? t.chat.partUnknown : t.chat.part(entry.author)}</figcaption>
          <p dir="auto">{entry.text}</p>
        </figure>
      );
    case "notice":
      return (
        <p class={styles.notice}>
          <Icon name="info" />
          {entry.text}
        </p>
      );
  }
});

function Said({ message }: { message: MessageEntry }) {
  return (
    <article class={styles.message}>
      <Byline speaker={isOwn(message.speaker) ? t.chat.you : message.speaker} at={message.at} />
      <p class={styles.said} dir="auto">
        {message.text}
      </p>
    </article>
  );
}

/** The operator of this page is the owner; people on channels have names of their own. */
function isOwn(speaker: string): boolean {
  return speaker === "" || speaker === "owner" || speaker === "operator";
}

function Answer({ message }: { message: MessageEntry }) {
  return (
    <article class={styles.message}>
      {message.at > 0 && <Byline speaker={message.speaker === "" ? t.product : message.speaker} at={message.at} />}
      <MarkdownText text={message.text} />
    </article>
  );
}

function Byline({ speaker, at }: { speaker: string; at: number }) {
  return (
    <p class={styles.byline}>
      <span class={styles.speaker}>
        <VisibleText text={speaker} />
      </span>
      {at > 0 && (
        <time dateTime={new Date(at).toISOString()} title={formatExact(at)}>
          {formatClock(at)}
        </time>
      )}
    </p>
  );
}
