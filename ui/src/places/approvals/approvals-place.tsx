import { Button } from "../../design/button.tsx";
import { VisibleText } from "../../design/exact-text.tsx";
import { Empty, followInPage, Moment, ProblemBlock, Skeleton } from "../../design/surfaces.tsx";
import { useKeys } from "../../lib/keys.ts";
import { addressOf, choose, navigate, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { approvals } from "../../wire/resources.ts";
import type { ApprovalView } from "../../wire/views.ts";
import { Unavailable } from "../unavailable.tsx";
import { ApprovalCard } from "./approval-card.tsx";
import styles from "./approvals.module.css";

export function ApprovalsPlace() {
  return (
    <Unavailable method="exec.approval.list">
      <Requests />
    </Unavailable>
  );
}

function Requests() {
  const { value, problem } = approvals.use();
  const pending = (value ?? []).filter((approval) => approval.state === "pending");
  const item = route.value.query["item"];
  const shown = item === undefined ? pending[0] : pending.find((approval) => approval.id === item);
  const step = (by: number) => {
    const at = pending.findIndex((approval) => approval.id === shown?.id);
    const next = pending[(at + by + pending.length) % pending.length];
    if (next !== undefined) choose({ item: next.id }, "replace");
  };
  useKeys([
    { keys: "j", label: t.keys.next, run: () => step(1) },
    { keys: "k", label: t.keys.previous, run: () => step(-1) },
  ]);
  if (value === undefined) return problem ? <Failed problem={problem} /> : <Skeleton lines={8} />;
  if (pending.length === 0) return <Nothing />;
  return (
    <div class={`${styles.place} ${item === undefined ? styles.showsList : styles.showsItem}`}>
      <aside class={styles.list} aria-label={t.approvals.list}>
        <h1 class={styles.listTitle}>{t.approvals.title}</h1>
        <ul class={styles.rows}>
          {pending.map((approval) => (
            <li key={approval.id}>
              <RequestLink approval={approval} isCurrent={approval === shown} />
            </li>
          ))}
        </ul>
      </aside>
      <div class={styles.detail}>
        <div class={styles.backRow}>
          <Button look="plain" icon="back" onClick={() => choose({ item: "" })}>
            {t.approvals.title}
          </Button>
        </div>
        {problem && <ProblemBlock problem={problem} onRetry={() => void approvals.load()} />}
        {shown ? <ApprovalCard key={shown.id} approval={shown} /> : <p class={styles.gone}>{t.approvals.gone}</p>}
        {shown && (
          <Button
            look="plain"
            icon="chat"
            onClick={() => navigate({ place: "chat", query: { session: shown.sessionKey } })}
          >
            {t.approvals.openChat}
          </Button>
        )}
      </div>
    </div>
  );
}

function RequestLink({ approval, isCurrent }: { approval: ApprovalView; isCurrent: boolean }) {
  const target = { place: "approvals", query: { item: approval.id } } as const;
  return (
    <a
      class={styles.row}
      href={addressOf(target)}
      aria-current={isCurrent ? "true" : undefined}
      onClick={(event) => followInPage(event, () => navigate(target))}
    >
      <span class={styles.rowTitle}>
        <VisibleText text={approval.title} />
      </span>
      <span class={styles.quiet}>
        <VisibleText text={approval.asker} /> · <Moment at={approval.createdAt} />
      </span>
    </a>
  );
}

function Failed({ problem }: { problem: Parameters<typeof ProblemBlock>[0]["problem"] }) {
  return (
    <div class={styles.alone}>
      <ProblemBlock problem={problem} onRetry={() => void approvals.load()} />
    </div>
  );
}

function Nothing() {
  const action = <Button onClick={() => navigate({ place: "chat" })}>{t.approvals.openChat}</Button>;
  return (
    <Empty icon="approvals" title={t.approvals.emptyTitle} action={action}>
      {t.approvals.empty}
    </Empty>
  );
}
