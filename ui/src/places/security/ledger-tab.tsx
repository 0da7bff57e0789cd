import { Button } from "../../design/button.tsx";
import { EffectBadge } from "../../design/effect-badge.tsx";
import { ActionOutcome, Loaded, useAction } from "../../design/page.tsx";
import { Empty, Moment } from "../../design/surfaces.tsx";
import { plural } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { ledger } from "../../wire/resources.ts";
import { type LedgerEntry, ledgerCheck } from "../../wire/views.ts";
import styles from "../place.module.css";

/** What was decided, newest first, and whether the chain of rows is whole. */
export function Ledger() {
  const action = useAction(t.security.verifyFailed);
  const verify = async () => {
    const { intact, rows, problem } = await call("ledger.verify", {}, ledgerCheck);
    return intact ? t.security.intact(plural(rows, "row")) : t.security.broken(problem ?? "");
  };
  return (
    <Loaded resource={ledger}>
      {(entries) =>
        entries.length === 0 ? (
          <Empty icon="security" title={t.security.ledgerEmptyTitle}>
            {t.security.ledgerEmpty}
          </Empty>
        ) : (
          <>
            <div class={styles.actions}>
              <Button size="small" icon="security" disabled={action.busy === "busy"} onClick={() => action.run(verify)}>
                {t.security.verify}
              </Button>
              <ActionOutcome action={action} />
            </div>
            <LedgerTable entries={entries} />
          </>
        )
      }
    </Loaded>
  );
}

function LedgerTable({ entries }: { entries: readonly LedgerEntry[] }) {
  return (
    <div class={styles.tableFrame}>
      <table class={styles.table} aria-label={t.security.ledger}>
        <thead>
          <tr>
            <th scope="col">{t.security.at}</th>
            <th scope="col">{t.security.who}</th>
            <th scope="col">{t.security.what}</th>
            <th scope="col">{t.security.answer}</th>
            <th scope="col">{t.security.reason}</th>
          </tr>
        </thead>
        <tbody>
          {[...entries]
            .sort((a, b) => b.seq - a.seq)
            .map((entry) => (
              <tr key={entry.seq}>
                <td class={styles.nowrap}>
                  <Moment at={entry.at} />
                </td>
                <th scope="row">
                  <bdi>{entry.who}</bdi>
                </th>
                <td>
                  <code>{entry.what}</code>
                  {entry.summary && <p class={styles.small}>{entry.summary}</p>}
                </td>
                <td class={styles.nowrap}>
                  <EffectBadge effect={entry.effect} />
                </td>
                <td>
                  <code>{entry.reason}</code>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
