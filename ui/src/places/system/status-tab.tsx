import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Loaded, Row, Rows, Section } from "../../design/page.tsx";
import { Prose } from "../../design/prose.tsx";
import { Facts, Moment } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { logOut } from "../../wire/link.ts";
import { status } from "../../wire/resources.ts";
import type { ServiceProblem, StatusView } from "../../wire/views.ts";
import styles from "../place.module.css";

const sandboxMeanings = { proven: "allow", unproven: "ask", off: "ask" } as const;

export function Status() {
  return (
    <Loaded resource={status}>
      {(now) => (
        <>
          <Section title={t.system.gateway}>
            <Rows>
              <Row>
                <Facts facts={[...running(now), ...where(now)]} />
              </Row>
            </Rows>
          </Section>
          {now.problems.length > 0 && (
            <Section title={t.system.problems}>
              <Problems problems={now.problems} severity={now.mode === "recovery" ? "deny" : "info"} />
            </Section>
          )}
          <div class={styles.actions}>
            <Button onClick={() => void logOut()}>{t.system.logOut}</Button>
          </div>
        </>
      )}
    </Loaded>
  );
}

function running(now: StatusView) {
  const { queue } = now;
  return [
    {
      name: t.system.mode,
      value: <Badge meaning={now.mode === "normal" ? "allow" : "deny"}>{t.system.modes[now.mode]}</Badge>,
    },
    { name: t.system.version, value: now.version },
    { name: t.system.started, value: <Moment at={now.startedAt} /> },
    {
      name: t.system.model,
      value: now.model.offline ? t.system.offlineModel : `${now.model.provider}/${now.model.id}`,
    },
    {
      name: t.system.sandbox,
      value: (
        <>
          <Badge meaning={sandboxMeanings[now.sandbox.state]}>{t.system.sandboxStates[now.sandbox.state]}</Badge>{" "}
          {now.sandbox.detail}
        </>
      ),
    },
    ...(now.restartKeys.length === 0
      ? []
      : [{ name: t.system.restartTitle, value: <code>{now.restartKeys.join(", ")}</code> }]),
    {
      name: t.system.queue,
      value: t.system.queueWords(String(queue.running), String(queue.waiting), String(queue.parked)),
    },
  ];
}

function where(now: StatusView) {
  return [
    { name: t.system.workspace, value: <code>{now.workspace}</code> },
    { name: t.system.configPath, value: <code>{now.configPath}</code> },
    { name: t.system.state, value: <code>{now.stateDirectory}</code> },
    { name: t.system.epoch, value: now.policyEpoch },
  ];
}

/** Each problem with its place in the file, and what to write instead. */
export function Problems({ problems, severity }: { problems: readonly ServiceProblem[]; severity: "deny" | "info" }) {
  return (
    <Rows>
      {problems.map((problem, at) => (
        <Row key={at}>
          <div class={styles.rowHead}>
            <Badge meaning={severity}>{problem.path ?? problem.code}</Badge>
            <p class={styles.rowTitle}>
              <Prose text={problem.message} />
            </p>
            {problem.line !== undefined && <span class={styles.small}>{t.system.line(problem.line)}</span>}
          </div>
          {problem.fix !== "" && (
            <p class={styles.prose}>
              <Prose text={problem.fix} />
            </p>
          )}
          <code class={styles.small}>{problem.code}</code>
        </Row>
      ))}
    </Rows>
  );
}
