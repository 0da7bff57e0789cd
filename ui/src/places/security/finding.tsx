import type { ComponentChildren } from "preact";
import { Badge, type Meaning } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { DiffView } from "../../design/diff-view.tsx";
import { ActionOutcome, useAction } from "../../design/page.tsx";
import { Prose } from "../../design/prose.tsx";
import { plural } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import { record } from "../../wire/frames.ts";
import { call } from "../../wire/link.ts";
import { audit, config, policy, status } from "../../wire/resources.ts";
import type { FindingView } from "../../wire/views.ts";
import styles from "../place.module.css";
import { ReachTable } from "../reach-table.tsx";

const meanings: Record<FindingView["severity"], Meaning> = { critical: "deny", warn: "ask", info: "info" };

/** One finding, in this order: who could do it, on which way, which lines of the config say so, and what to change. */
export function Finding({ finding }: { finding: FindingView }) {
  return (
    <>
      <div class={styles.rowHead}>
        <Badge meaning={meanings[finding.severity]}>{t.security[finding.severity]}</Badge>
        <h2 class={styles.rowTitle}>{finding.title}</h2>
        <code class={styles.small}>{finding.checkId}</code>
      </div>
      <p class={finding.sentence ? styles.witness : styles.prose}>
        <Prose text={finding.sentence ?? finding.detail} />
      </p>
      <Way steps={finding.path} />
      <Lines because={finding.because} />
      {finding.remediation && (
        <Part title={t.security.remediation}>
          <p class={styles.prose}>
            <Prose text={finding.remediation} />
          </p>
        </Part>
      )}
      {finding.fix && <Fix fix={finding.fix} />}
      {finding.sentence && (
        <details>
          <summary>{t.security.allOfIt}</summary>
          <p class={styles.prose}>
            <Prose text={finding.detail} />
          </p>
        </details>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class={styles.choice}>
      <h3>{title}</h3>
      {children}
    </div>
  );
}

function Way({ steps }: { steps: FindingView["path"] }) {
  if (steps.length === 0) return null;
  return (
    <Part title={t.security.steps}>
      <ol class={styles.steps}>
        {steps.map((step) => (
          <li key={step}>
            <Prose text={step} />
          </li>
        ))}
      </ol>
    </Part>
  );
}

type Because = FindingView["because"];

/** The key of each rule with its place, and the line as it is written; what is built in has no line. */
function Lines({ because }: { because: Because }) {
  const rules = [...new Map(because.map((rule) => [`${rule.origin}:${rule.line}`, rule])).values()];
  if (rules.length === 0) return null;
  return (
    <Part title={t.security.lines}>
      <ul class={styles.plain}>
        {rules.map((rule) => (
          <li key={`${rule.origin}:${rule.line}`}>
            <code>{rule.origin}</code> <span class={styles.small}>{placeText(rule)}</span>
            {rule.text && <code class={styles.code}>{rule.text}</code>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function placeText({ file, line }: Because[number]): string {
  if (file === undefined || line === undefined) return t.security.builtIn;
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;
}

/** The change itself, and whom it takes what from. It was tried by the Gateway: nobody is allowed more by it. */
function Fix({ fix }: { fix: NonNullable<FindingView["fix"]> }) {
  const { narrowed, more } = fix;
  const action = useAction(t.security.fixFailed);
  const make = async () => {
    await call("config.patch", { raw: fix.patch, baseHash: fix.baseHash }, record);
    await Promise.all([audit.load(), config.load(), status.load(), policy.load()]);
    return t.security.fixMade;
  };
  return (
    <Part title={t.security.fixTitle}>
      <DiffView path={fix.file} diff={fix.diff} />
      <p class={styles.small}>{t.security.fixEffect(plural(narrowed.length + more, "answer"))}</p>
      {narrowed.length > 0 && (
        <details>
          <summary>{t.security.fixNarrowed}</summary>
          <ReachTable cells={narrowed} label={t.security.fixNarrowed} />
          {more > 0 && <p class={styles.small}>{t.security.fixMore(plural(more, "more answer"))}</p>}
        </details>
      )}
      <div class={styles.actions}>
        <Button size="small" disabled={action.busy === "busy"} onClick={() => action.run(make)}>
          {t.security.fixMake}
        </Button>
        <ActionOutcome action={action} />
      </div>
    </Part>
  );
}
