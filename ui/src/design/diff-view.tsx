import { useState } from "preact/hooks";
import { formatCount, plural } from "../lib/format.ts";
import { t } from "../strings/en.ts";
import { Button } from "./button.tsx";
import styles from "./diff-view.module.css";
import { VisibleText } from "./exact-text.tsx";

const linesShown = 60;

/** A unified diff: signs as well as colours, hidden characters as marks. */
export function DiffView({ path, diff }: { path: string; diff: string }) {
  const [open, setOpen] = useState(false);
  const lines = diff.replace(/\n$/, "").split("\n");
  const shown = open ? lines : lines.slice(0, linesShown);
  return (
    <figure class={styles.diff}>
      <figcaption class={styles.path}>
        <code>
          <VisibleText text={path} />
        </code>
      </figcaption>
      {diff !== "" && (
        <section
          class={styles.lines}
          aria-label={path}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {shown.map((line, at) => (
            <div key={at} class={`${styles.line} ${lineClass(line)}`}>
              <VisibleText text={line === "" ? " " : line} />
            </div>
          ))}
        </section>
      )}
      {lines.length > shown.length && (
        <div class={styles.fold}>
          {t.exact.linesShown(formatCount(shown.length), formatCount(lines.length))}
          <Button size="small" onClick={() => setOpen(true)}>
            {t.exact.all(plural(lines.length, "line"))}
          </Button>
        </div>
      )}
    </figure>
  );
}

function lineClass(line: string): string {
  if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@")) return styles.meta ?? "";
  if (line.startsWith("+")) return styles.added ?? "";
  return line.startsWith("-") ? (styles.removed ?? "") : "";
}
