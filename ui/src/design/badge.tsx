import type { ComponentChildren } from "preact";
import styles from "./badge.module.css";
import { Icon } from "./icon.tsx";

/** The four meanings. Each has a colour, a shape and a word; they never swap. */
export type Meaning = "allow" | "ask" | "deny" | "info";

export function Badge({ meaning, children }: { meaning: Meaning | "quiet"; children: ComponentChildren }) {
  return (
    <span class={`${styles.badge} ${styles[meaning]}`}>
      {meaning !== "quiet" && <Icon name={meaning} />}
      {children}
    </span>
  );
}

/** What waits for the owner: the one use of the accent colour for a number. */
export function Count({ value, label }: { value: number; label: string }) {
  return value === 0 ? null : (
    <span class={styles.count}>
      {value > 99 ? "99+" : value}
      <span class="sr-only"> {label}</span>
    </span>
  );
}
