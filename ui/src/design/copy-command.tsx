import { useState } from "preact/hooks";
import { t } from "../strings/en.ts";
import { IconButton } from "./button.tsx";
import styles from "./copy-command.module.css";

const saidMs = 2000;

/** A command to type elsewhere, with a button that copies it. */
export function CopyCommand({ command }: { command: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), saidMs);
  };
  return (
    <div class={styles.row}>
      <code class={styles.command}>{command}</code>
      <IconButton icon={copied ? "allow" : "copy"} label={copied ? t.copied : t.copy} onClick={() => void copy()} />
    </div>
  );
}
