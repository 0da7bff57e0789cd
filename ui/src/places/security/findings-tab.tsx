import { useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { Loaded, Row, Rows } from "../../design/page.tsx";
import { Empty, Moment } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { audit } from "../../wire/resources.ts";
import styles from "../place.module.css";
import { Finding } from "./finding.tsx";

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
