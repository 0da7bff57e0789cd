import { Button } from "../../design/button.tsx";
import { ActionOutcome, Section, useAction } from "../../design/page.tsx";
import { Empty, ProblemBlock } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { policy, status } from "../../wire/resources.ts";
import { listOf, object, text } from "../../wire/shape.ts";
import type { PendingPolicy } from "../../wire/views.ts";
import styles from "../place.module.css";
import { ReachTable } from "../reach-table.tsx";

/** A config that allows more than was accepted: the difference as cells, and the consent to it. */
export function PolicyTab() {
  const { value, problem } = policy.use();
  const action = useAction(t.system.acceptFailed);
  const accept = (hash: string) => async () => {
    const { restartKeys } = await call("policy.accept", { hash }, object({ restartKeys: listOf(text) }));
    await Promise.all([policy.load(), status.load()]);
    return restartKeys.length > 0
      ? `${t.system.accepted} ${t.system.restart(restartKeys.join(", "))}`
      : t.system.accepted;
  };
  return (
    <>
      {problem && <ProblemBlock problem={problem} onRetry={() => void policy.load()} />}
      <ActionOutcome action={action} />
      {value ? (
        <Pending pending={value} isBusy={action.busy === "busy"} onAccept={() => action.run(accept(value.hash))} />
      ) : (
        <Empty icon="security" title={t.system.policyNoneTitle}>
          {t.system.policyNone}
        </Empty>
      )}
    </>
  );
}

function Pending(props: { pending: PendingPolicy; isBusy: boolean; onAccept: () => void }) {
  const { hash, widened, narrowed, restartKeys } = props.pending;
  return (
    <>
      <Section title={t.system.widened}>
        <ReachTable cells={widened} label={t.system.widened} />
      </Section>
      {narrowed.length > 0 && (
        <Section title={t.system.narrowed}>
          <ReachTable cells={narrowed} label={t.system.narrowed} />
        </Section>
      )}
      <div class={styles.choice}>
        <div class={styles.actions}>
          <Button look="allow" icon="allow" disabled={props.isBusy} onClick={props.onAccept}>
            {t.system.accept}
          </Button>
          <span class={styles.small}>
            {t.system.hash} <code>{hash}</code>
          </span>
        </div>
        <p class={styles.small}>{t.system.acceptMeans}</p>
        {restartKeys.length > 0 && <p class={styles.small}>{t.system.restart(restartKeys.join(", "))}</p>}
        <p class={styles.small}>{t.system.refuse}</p>
      </div>
    </>
  );
}
