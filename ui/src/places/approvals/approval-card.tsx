import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { DiffView } from "../../design/diff-view.tsx";
import { ExactText, VisibleText } from "../../design/exact-text.tsx";
import { Prose } from "../../design/prose.tsx";
import { Moment, ProblemBlock } from "../../design/surfaces.tsx";
import { plural } from "../../lib/format.ts";
import { hiddenCount } from "../../lib/visible-text.ts";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { type Problem, problemOf } from "../../wire/problem.ts";
import { approvals } from "../../wire/resources.ts";
import { anything } from "../../wire/shape.ts";
import type { ApprovalView } from "../../wire/views.ts";
import styles from "./approvals.module.css";

/** One request, as the answers to five questions in their order. Everything shown comes from the canonical call. */
export function ApprovalCard({ approval }: { approval: ApprovalView }) {
  const id = useId();
  return (
    <article class={styles.card} aria-labelledby={id}>
      <header class={styles.cardHead}>
        <Badge meaning="ask">{approval.tool}</Badge>
        <h2 id={id} class={styles.cardTitle}>
          <VisibleText text={approval.title} />
        </h2>
      </header>
      <div class={styles.answers}>
        <Answer question={t.approvals.who}>
          <p>
            <VisibleText text={t.approvals.whoText(approval.asker, approval.agent)} />
          </p>
        </Answer>
        <Answer question={t.approvals.what}>
          <Exactly approval={approval} />
        </Answer>
        <Answer question={t.approvals.where}>{t.approvals.places[approval.where] ?? approval.where}</Answer>
        <Answer question={t.approvals.why}>
          <p>
            <Prose text={approval.why} />
          </p>
          <Sources approval={approval} />
        </Answer>
        <Answer question={t.approvals.words}>
          <p class={styles.words}>{approval.words}</p>
          <p class={styles.quiet}>{t.approvals.wordsWhy}</p>
        </Answer>
        <Answer question={t.approvals.expires}>
          <Moment at={approval.expiresAt} />
        </Answer>
      </div>
      <Decision approval={approval} />
    </article>
  );
}

function Answer({ question, children }: { question: string; children: ComponentChildren }) {
  return (
    <section class={styles.answer}>
      <h3 class={styles.question}>{question}</h3>
      <div class={styles.answerBody}>{children}</div>
    </section>
  );
}

function Exactly({ approval }: { approval: ApprovalView }) {
  const hidden = approval.exactly.reduce((count, part) => count + hiddenCount(part.text), 0);
  return (
    <>
      {approval.exactly.map((part) => (
        <div key={part.label} class={styles.part}>
          <p class={styles.quiet}>{part.label}</p>
          <ExactText text={part.text} mono={part.mono} label={part.label} />
        </div>
      ))}
      {hidden > 0 && <Badge meaning="deny">{t.exact.hidden(plural(hidden, "character"))}</Badge>}
      {approval.diffs.map((diff) => (
        <DiffView key={diff.path} path={diff.path} diff={diff.diff} />
      ))}
    </>
  );
}

function Sources({ approval }: { approval: ApprovalView }) {
  if (approval.sources.length === 0) return null;
  return (
    <ul class={styles.sources} aria-label={t.approvals.sourcesTitle}>
      {approval.sources.map((source) => (
        <li key={source.handle}>
          <Badge meaning="ask">{source.kind}</Badge> <bdi>{source.host ?? source.handle}</bdi>
        </li>
      ))}
    </ul>
  );
}

/** Denying is as easy as allowing: same size, same distance. Nothing is focused by itself, so no key decides by accident. */
function Decision({ approval }: { approval: ApprovalView }) {
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const decide = (decision: "allow-once" | "deny") => async () => {
    setBusy(true);
    try {
      await call("exec.approval.resolve", { id: approval.id, decision }, anything);
      setSaid(t.approvals.decided["decided"] ?? "");
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error, t.approvals.decideFailed));
    }
    setBusy(false);
    void approvals.load();
  };
  return (
    <footer class={styles.decision}>
      {problem && <ProblemBlock problem={problem} />}
      {said !== "" && <p role="status">{said}</p>}
      <fieldset class={styles.choices} aria-label={t.approvals.means}>
        <Choice means={t.approvals.denyMeans}>
          <Button look="deny" icon="deny" disabled={isBusy || said !== ""} onClick={decide("deny")}>
            {t.approvals.deny}
          </Button>
        </Choice>
        <Choice means={t.approvals.allowMeans}>
          <Button look="allow" icon="allow" disabled={isBusy || said !== ""} onClick={decide("allow-once")}>
            {t.approvals.allow}
          </Button>
        </Choice>
      </fieldset>
    </footer>
  );
}

function Choice({ means, children }: { means: string; children: ComponentChildren }) {
  return (
    <div class={styles.choice}>
      {children}
      <p class={styles.quiet}>{means}</p>
    </div>
  );
}
