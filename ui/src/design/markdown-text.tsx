import { useMemo, useState } from "preact/hooks";
import { formatCount, plural } from "../lib/format.ts";
import { blockHtml, markdownBlocks } from "../lib/markdown.ts";
import { t } from "../strings/en.ts";
import { Button } from "./button.tsx";
import styles from "./markdown-text.module.css";
import { memo } from "./memo.ts";

const charactersShown = 20_000;

/** Sanitised markdown. While text arrives only the last block is made again, so that nothing above it moves. */
export function MarkdownText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const shown = open ? text : text.slice(0, charactersShown);
  const blocks = useMemo(() => markdownBlocks(shown), [shown]);
  return (
    <div class={styles.markdown} dir="auto">
      {blocks.map((block, at) => (
        <Block key={at} source={block} />
      ))}
      {text.length > shown.length && (
        <p class={styles.fold}>
          {t.exact.partShown(formatCount(shown.length), formatCount(text.length))}{" "}
          <Button size="small" onClick={() => setOpen(true)}>
            {t.exact.all(plural(text.length, "character"))}
          </Button>
        </p>
      )}
    </div>
  );
}

const Block = memo(function Block({ source }: { source: string }) {
  // The one place that sets HTML: the value is TrustedHTML from the sanitiser.
  return <div dangerouslySetInnerHTML={{ __html: blockHtml(source) as unknown as string }} />;
});
