import { useMemo, useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { DiffView } from "../../design/diff-view.tsx";
import { Icon } from "../../design/icon.tsx";
import { ProblemBlock } from "../../design/surfaces.tsx";
import { plural } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import { offers } from "../../wire/link.ts";
import { type Problem, problemOf } from "../../wire/problem.ts";
import styles from "./chat.module.css";
import { keep, undo } from "./chat-state.ts";
import { type Conversation, lastTurn } from "./conversation.ts";
import { changedFiles } from "./tool-words.ts";
import type { ToolEntry } from "./transcript.ts";

type Outcome = { readonly said: string; readonly problem: Problem | undefined };

/** What the last turn changed in the workspace, and the two things to do about it. */
export function FilesBar({ conversation, sessionKey }: { conversation: Conversation; sessionKey: string }) {
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const [open, setOpen] = useState(false);
  const files = changedFiles(lastTurn(conversation).filter((entry): entry is ToolEntry => entry.kind === "tool"));
  // Of what is shown: pressed again without an answer, it is the same request.
  const request = useMemo(() => crypto.randomUUID(), [sessionKey, conversation.entries.length]);
  if (files.length === 0) return null;
  const run = (action: typeof undoWords, what: string) => async () => {
    try {
      setOutcome({ said: await action(sessionKey, request), problem: undefined });
    } catch (error) {
      setOutcome({ said: "", problem: problemOf(error, what) });
    }
  };
  return (
    <section class={styles.files} aria-label={t.chat.files.title(plural(files.length, "file"))}>
      <div class={styles.filesRow}>
        <button type="button" class={styles.filesTitle} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span class={`${styles.chevron} ${open ? styles.chevronOpen : ""}`}>
            <Icon name="open" />
          </span>
          {t.chat.files.title(plural(files.length, "file"))}
        </button>
        {outcome?.said ? (
          <p role="status">{outcome.said}</p>
        ) : (
          offers("sessions.undo") && (
            <>
              <Button size="small" icon="undo" onClick={run(undoWords, t.chat.files.failedUndo)}>
                {t.chat.files.undo}
              </Button>
              <Button size="small" icon="allow" onClick={run(keepWords, t.chat.files.failedKeep)}>
                {t.chat.files.keep}
              </Button>
            </>
          )
        )}
      </div>
      {outcome?.problem && <ProblemBlock problem={outcome.problem} />}
      {open && <p class={styles.quietLine}>{t.chat.files.why}</p>}
      {open && files.map((file) => <DiffView key={file.path} path={file.path} diff={file.diff} />)}
    </section>
  );
}

async function undoWords(key: string, request: string): Promise<string> {
  const { restored, skipped } = await undo(key, request);
  const said = t.chat.files.undone(plural(restored.length, "file"));
  return skipped.length === 0 ? said : `${said}. ${t.chat.files.skipped(skipped.join(", "))}`;
}

async function keepWords(key: string, request: string): Promise<string> {
  return t.chat.files.kept(plural((await keep(key, request)).kept.length, "file"));
}
