import { useState } from "preact/hooks";
import { formatCount, plural } from "../lib/format.ts";
import { visibleSegments } from "../lib/visible-text.ts";
import { t } from "../strings/en.ts";
import { Button } from "./button.tsx";
import styles from "./exact-text.module.css";

const charactersShown = 1200;
const linesShown = 16;
const charactersMarkedMax = 200_000;

/** The exact bytes of something: nothing invisible, nothing cut without saying how much. */
export function ExactText({ text, mono, label }: { text: string; mono: boolean; label: string }) {
  const [open, setOpen] = useState(false);
  const start = startOf(text);
  const isCut = start.length < text.length;
  return (
    <div>
      <section
        class={`${styles.exact} ${mono ? "" : styles.prose} ${open ? styles.scroll : ""}`}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <VisibleText text={open ? text : start} />
      </section>
      {isCut && (
        <div class={styles.fold}>
          <span>
            {open
              ? t.exact.allShown(formatCount(text.length))
              : t.exact.partShown(formatCount(start.length), formatCount(text.length))}
          </span>
          <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t.exact.less : t.exact.all(plural(text.length, "character"))}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Text with control and direction characters as named marks. */
export function VisibleText({ text }: { text: string }) {
  return (
    <>
      {visibleSegments(text.slice(0, charactersMarkedMax)).map((segment, at) =>
        segment.kind === "plain" ? (
          <bdi key={at} class={styles.run}>
            {segment.text}
          </bdi>
        ) : (
          <span
            key={at}
            class={`${styles.mark} ${segment.danger === "reorders" ? styles.reorders : ""}`}
            title={`${segment.code} ${segment.name}`}
          >
            {segment.code} {segment.name}
          </span>
        ),
      )}
      {text.length > charactersMarkedMax && <bdi class={styles.run}>{text.slice(charactersMarkedMax)}</bdi>}
    </>
  );
}

function startOf(text: string): string {
  const lines = text.split("\n");
  const byLines = lines.length > linesShown ? lines.slice(0, linesShown).join("\n") : text;
  return byLines.length > charactersShown ? [...byLines.slice(0, charactersShown)].join("") : byLines;
}
