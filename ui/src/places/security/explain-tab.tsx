import { useEffect, useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { EffectBadge } from "../../design/effect-badge.tsx";
import { ActionOutcome, Row, Rows, useAction } from "../../design/page.tsx";
import { Prose } from "../../design/prose.tsx";
import { Empty, Facts, Field } from "../../design/surfaces.tsx";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { type Explanation, explanation } from "../../wire/views.ts";
import styles from "../place.module.css";

/** What may a person do, and why. The question stands in the address, so that an answer can be shared. */
export function Explain() {
  const { query } = route.value;
  const [from, setFrom] = useState(query["from"] ?? "");
  const [tool, setTool] = useState(query["tool"] ?? "");
  const [group, setGroup] = useState(query["group"] ?? "");
  const [answer, setAnswer] = useState<Explanation | undefined>(undefined);
  const action = useAction(t.security.explainFailed);
  const question = `${query["from"] ?? ""}|${query["tool"] ?? ""}|${query["group"] ?? ""}`;
  useEffect(() => {
    if (query["from"]) action.run(async () => answered(setAnswer, query));
  }, [question]);
  return (
    <>
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          choose({ from: from.trim(), tool: tool.trim(), group: group.trim() });
        }}
      >
        <Field
          label={t.security.from}
          hint={t.security.fromHint}
          required
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
        <Field
          label={t.security.tool}
          hint={t.security.toolHint}
          value={tool}
          onInput={(event) => setTool(event.currentTarget.value)}
        />
        <Field
          label={t.security.group}
          hint={t.security.groupHint}
          value={group}
          onInput={(event) => setGroup(event.currentTarget.value)}
        />
        <div class={styles.formEnd}>
          <Button look="primary" type="submit" disabled={from.trim() === "" || action.busy === "busy"}>
            {t.security.ask}
          </Button>
        </div>
      </form>
      <ActionOutcome action={action} />
      {answer ? (
        <Rows>
          <Row>
            <Answer answer={answer} />
          </Row>
        </Rows>
      ) : (
        <Empty icon="search" title={t.security.explainTitle}>
          {t.security.askEmpty}
        </Empty>
      )}
    </>
  );
}

async function answered(show: (answer: Explanation) => void, query: Readonly<Record<string, string>>): Promise<string> {
  const { from, tool, group } = query;
  show(await call("security.explain", { from, ...(tool ? { tool } : {}), ...(group ? { group } : {}) }, explanation));
  return "";
}

function Answer({ answer }: { answer: Explanation }) {
  const { decision, lines, fix, sentence } = answer;
  return (
    <>
      <div class={styles.rowHead} role="status">
        <EffectBadge effect={decision.effect} />
        <p class={styles.rowTitle}>
          <Prose text={sentence} />
        </p>
      </div>
      <Facts
        facts={[
          { name: t.security.reason, value: <code>{decision.reason}</code> },
          {
            name: t.security.rule,
            value: decision.because.map((rule) => (
              <p key={rule.id}>
                <code>{rule.id}</code> <span class={styles.quiet}>{rule.origin}</span>
              </p>
            )),
          },
          ...(fix ? [{ name: t.security.fix, value: <Prose text={fix} /> }] : []),
        ]}
      />
      {lines.length > 0 && (
        <code class={styles.code}>
          {lines.map((line) => `${line.file}:${line.line}  ${line.text.trim()}`).join("\n")}
        </code>
      )}
    </>
  );
}
