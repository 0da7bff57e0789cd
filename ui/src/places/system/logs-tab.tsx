import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { VisibleText } from "../../design/exact-text.tsx";
import { Empty, Field, ProblemBlock, Skeleton } from "../../design/surfaces.tsx";
import { formatExact, plural } from "../../lib/format.ts";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { call, isConnected } from "../../wire/link.ts";
import { type Problem, problemOf } from "../../wire/problem.ts";
import { logTail } from "../../wire/views.ts";
import styles from "../place.module.css";
import { type LogLine, readLogLine } from "./log-line.ts";

const pollMs = 2000;
const linesKeptMax = 2000;
const lineCharactersShown = 400;
const limit = 500;
const maxBytes = 500_000;

type Tail = { readonly lines: readonly LogLine[] | undefined; readonly problem: Problem | undefined };

export function Logs() {
  const { lines, problem } = useTail();
  const filter = route.value.query["q"] ?? "";
  const shown = (lines ?? []).filter((line) => line.text.toLowerCase().includes(filter.toLowerCase()));
  return (
    <>
      {problem && <ProblemBlock problem={problem} />}
      {lines === undefined && problem === undefined && <Skeleton lines={10} />}
      {lines?.length === 0 && (
        <Empty icon="system" title={t.system.logsEmptyTitle}>
          {t.system.logsEmpty}
        </Empty>
      )}
      {lines !== undefined && lines.length > 0 && (
        <>
          <Field
            label={t.system.filter}
            type="search"
            value={filter}
            onInput={(event) => choose({ q: event.currentTarget.value }, "replace")}
          />
          <LogView lines={shown} />
        </>
      )}
    </>
  );
}

function useTail(): Tail {
  const [tail, setTail] = useState<Tail>({ lines: undefined, problem: undefined });
  const cursor = useRef<number | undefined>(undefined);
  const isReady = isConnected.value;
  useEffect(() => {
    if (!isReady) return;
    const read = async () => {
      try {
        const params = { limit, maxBytes, ...(cursor.current === undefined ? {} : { cursor: cursor.current }) };
        const answer = await call("logs.tail", params, logTail);
        cursor.current = answer.cursor;
        const fresh = answer.lines.map(readLogLine);
        setTail((before) => ({
          lines: [...(answer.reset ? [] : (before.lines ?? [])), ...fresh].slice(-linesKeptMax),
          problem: undefined,
        }));
      } catch (error) {
        setTail((before) => ({ ...before, problem: problemOf(error, t.system.logsFailed) }));
      }
    };
    void read();
    const timer = setInterval(() => void read(), pollMs);
    return () => clearInterval(timer);
  }, [isReady]);
  return tail;
}

function LogView({ lines }: { lines: readonly LogLine[] }) {
  const element = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current && element.current) element.current.scrollTop = element.current.scrollHeight;
  }, [lines]);
  return (
    <div
      ref={element}
      class={styles.log}
      role="log"
      aria-live="off"
      aria-label={t.system.logs}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.length === 0 && <p class={styles.logLine}>{t.system.noMatch}</p>}
      {lines.map((line, at) => (
        <Line key={at} line={line} />
      ))}
    </div>
  );
}

const levelClass = { debug: "logTime", info: "logTime", warn: "logWarn", error: "logError" } as const;

function Line({ line }: { line: LogLine }) {
  const time = line.at === undefined ? "" : new Date(line.at).toLocaleTimeString(undefined, { hour12: false });
  return (
    <div class={styles.logLine}>
      <span class={styles.logTime} title={line.at === undefined ? undefined : formatExact(line.at)}>
        {time}
      </span>
      <span class={styles[levelClass[line.level]]}>{line.level}</span>
      <LineText text={line.text} />
    </div>
  );
}

function LineText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  if (open || text.length <= lineCharactersShown) {
    return (
      <span>
        <VisibleText text={text} />
      </span>
    );
  }
  return (
    <span>
      <VisibleText text={text.slice(0, lineCharactersShown)} />{" "}
      <button type="button" class={styles.logWarn} onClick={() => setOpen(true)}>
        {t.exact.all(plural(text.length, "character"))}
      </button>
    </span>
  );
}
