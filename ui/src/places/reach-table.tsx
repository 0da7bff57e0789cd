import { EffectBadge } from "../design/effect-badge.tsx";
import { t } from "../strings/en.ts";
import type { Reach } from "../wire/views.ts";
import styles from "./place.module.css";

/** Who reaches what: one row per cell of the reach map. */
export function ReachTable({ cells, label }: { cells: readonly Reach[]; label: string }) {
  return (
    <div class={styles.tableFrame}>
      <table class={styles.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{t.security.who}</th>
            <th scope="col">{t.security.what}</th>
            <th scope="col">{t.security.answer}</th>
            <th scope="col">{t.security.sentence}</th>
          </tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <tr key={`${cell.who}|${cell.what}|${cell.effect}`}>
              <th scope="row">
                <bdi>{cell.who}</bdi>
              </th>
              <td>
                <code>{cell.what}</code>
              </td>
              <td class={styles.nowrap}>
                <EffectBadge effect={cell.effect} />
              </td>
              <td>{cell.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
