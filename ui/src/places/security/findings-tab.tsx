import { useState } from "preact/hooks";
import { Badge, type Meaning } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Loaded, Row, Rows } from "../../design/page.tsx";
import { Prose } from "../../design/prose.tsx";
import { Empty, Moment } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { audit } from "../../wire/resources.ts";
import type { FindingView } from "../../wire/views.ts";
import styles from "../place.module.css";
import { type WitnessWords, witnessWords } from "./witness-words.ts";

const meanings: Record<FindingView["severity"], Meaning> = { critical: "deny", warn: "ask", info: "info" };
const order = { critical: 0, warn: 1, info: 2 } as const;

export function Findings() {
  const [isRunning, setRunning] = useState(false);
  const again = async () => {
    setRunning(true);
    await audit.load();
    setRunning(false);
  };
  return (
    <Loaded resource={audit}>
      {({ findings, summary, ts }) => (
        <>
          <div class={styles.rowHead}>
            <p class={styles.rowTitle}>{t.security.counts(summary)}</p>
            {ts > 0 && (
              <p class={styles.small}>
                {t.security.ranAt} <Moment at={ts} />
              </p>
            )}
            <Button size="small" icon="retry" disabled={isRunning} onClick={() => void again()}>
              {t.security.auditAgain}
            </Button>
          </div>
          {findings.length === 0 ? (
            <Empty icon="security" title={t.security.auditEmptyTitle}>
              {t.security.auditEmpty}
            </Empty>
          ) : (
            <Rows>
              {[...findings]
                .sort((a, b) => order[a.severity] - order[b.severity])
                .map((finding, at) => (
                  <Row key={`${finding.checkId}:${at}`}>
                    <Finding finding={finding} />
                  </Row>
                ))}
            </Rows>
          )}
        </>
      )}
    </Loaded>
  );
}

function Finding({ finding }: { finding: FindingView }) {
  const witness = witnessWords(finding.witness);
  return (
    <>
      <div class={styles.rowHead}>
        <Badge meaning={meanings[finding.severity]}>{t.security[finding.severity]}</Badge>
        <h2 class={styles.rowTitle}>{finding.title}</h2>
        <code class={styles.small}>{finding.checkId}</code>
      </div>
      {witness && <Witness witness={witness} />}
      <p class={styles.prose}>
        <Prose text={finding.detail} />
      </p>
      {finding.remediation && (
        <div class={styles.choice}>
          <h3>{t.security.remediation}</h3>
          <p class={styles.prose}>
            <Prose text={finding.remediation} />
          </p>
        </div>
      )}
    </>
  );
}

function Witness({ witness }: { witness: WitnessWords }) {
  return (
    <div class={styles.choice}>
      <h3>{t.security.witness}</h3>
      {witness.sentence !== "" && (
        <p class={styles.witness}>
          <Prose text={witness.sentence} />
        </p>
      )}
      {witness.steps.length > 0 && (
        <ol class={styles.steps}>
          {witness.steps.map((step) => (
            <li key={step}>
              <Prose text={step} />
            </li>
          ))}
        </ol>
      )}
      {witness.lines.length > 0 && <code class={styles.code}>{witness.lines.join("\n")}</code>}
    </div>
  );
}
