import { useState } from "preact/hooks";
import { Badge, type Meaning } from "../../design/badge.tsx";
import { DiffView } from "../../design/diff-view.tsx";
import { ExactText } from "../../design/exact-text.tsx";
import { Icon, type IconName } from "../../design/icon.tsx";
import { plainOutput } from "../../lib/ansi.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import styles from "./tool-row.module.css";
import { argumentRows, type ToolFacts, toolFacts } from "./tool-words.ts";
import type { ToolEntry, ToolState } from "./transcript.ts";

const icons: Record<string, IconName> = {
  exec: "terminal",
  process: "terminal",
  read: "file",
  write: "file",
  edit: "file",
  web_fetch: "globe",
  message: "message",
  remind: "clock",
};

const meanings: Record<ToolState, Meaning | "quiet"> = {
  running: "info",
  ok: "quiet",
  failed: "deny",
  waiting: "ask",
  unknown: "ask",
};

/** One line for one call; it opens to what was asked and what came back. */
export function ToolRow({ entry }: { entry: ToolEntry }) {
  const [open, setOpen] = useState(false);
  const facts = toolFacts(entry);
  return (
    <div class={`${styles.tool} ${open ? styles.toolOpen : ""}`}>
      <button type="button" class={styles.toolLine} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={styles.toolIcon}>
          <Icon name={icons[entry.tool] ?? "tool"} />
        </span>
        <span class={styles.toolName}>{entry.tool}</span>
        <code class={styles.toolArguments}>{facts.line}</code>
        <ToolMarks entry={entry} facts={facts} />
        <span class={`${styles.chevron} ${open ? styles.chevronOpen : ""}`}>
          <Icon name="open" />
        </span>
      </button>
      {open && <ToolDetail entry={entry} facts={facts} />}
    </div>
  );
}

function ToolMarks({ entry, facts }: { entry: ToolEntry; facts: ToolFacts }) {
  return (
    <span class={styles.toolMarks}>
      {facts.sandbox && <span class={styles.onlyWide}>{t.chat.tool.sandbox[facts.sandbox]}</span>}
      {facts.durationMs !== undefined && <span class={styles.onlyWide}>{formatDuration(facts.durationMs)}</span>}
      {facts.exitCode !== undefined && facts.exitCode !== 0 && <span>{t.chat.tool.exit(facts.exitCode)}</span>}
      {entry.state === "ok" ? (
        <span class="sr-only">{t.chat.tool.ok}</span>
      ) : (
        <Badge meaning={meanings[entry.state]}>{t.chat.tool[entry.state]}</Badge>
      )}
    </span>
  );
}

function ToolDetail({ entry, facts }: { entry: ToolEntry; facts: ToolFacts }) {
  const rows = argumentRows(entry.argumentsText);
  const output = plainOutput(entry.output);
  return (
    <div class={styles.toolDetail}>
      {rows.map((row) => (
        <div key={row.name} class={styles.toolPart}>
          <h3>{row.name === "" ? t.chat.tool.arguments : row.name}</h3>
          <ExactText text={row.value} mono label={row.name} />
        </div>
      ))}
      {facts.diffs.map((diff) => (
        <DiffView key={diff.path} path={diff.path} diff={diff.diff} />
      ))}
      <div class={styles.toolPart}>
        <h3>{t.chat.tool.output}</h3>
        {output === "" ? (
          <p class={styles.none}>{t.chat.tool.noOutput}</p>
        ) : (
          <ExactText text={output} mono label={t.chat.tool.output} />
        )}
      </div>
    </div>
  );
}
