import type { ComponentChildren, TargetedInputEvent } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { formatExact, formatRelative } from "../lib/format.ts";
import { addressOf, choose, route } from "../lib/navigation.ts";
import { t } from "../strings/en.ts";
import type { Problem } from "../wire/problem.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { Prose } from "./prose.tsx";
import styles from "./surfaces.module.css";

/** What a place is for, in one sentence, with at most one thing to do. */
export function Empty(props: {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class={styles.empty}>
      <span class={styles.emptyIcon}>
        <Icon name={props.icon} />
      </span>
      <h2>{props.title}</h2>
      <p class={styles.quiet}>{props.children}</p>
      {props.action}
    </div>
  );
}

/** An error: what happened, why, what to do, and its stable code. */
export function ProblemBlock({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <div class={styles.problem} role="alert">
      <Icon name="deny" />
      <div class={styles.problemBody}>
        <p class={styles.what}>
          <Prose text={problem.what} />
        </p>
        {problem.why !== "" && (
          <p>
            <Prose text={problem.why} />
          </p>
        )}
        {problem.fix !== "" && (
          <p>
            <Prose text={problem.fix} />
          </p>
        )}
        <p class={styles.code}>{problem.code}</p>
        {onRetry && (
          <div class={styles.problemActions}>
            <Button size="small" icon="retry" onClick={onRetry}>
              {t.again}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** Holds the layout while data is on its way; shows nothing for the first 300 ms. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={styles.skeleton} aria-busy="true">
      <span class="sr-only">{t.loading}</span>
      {shown && Array.from({ length: lines }, (_, at) => <div key={at} class={styles.bone} />)}
    </div>
  );
}

export type Tab = { readonly id: string; readonly label: string; readonly mark?: ComponentChildren };

/** Tabs are links: each has an address, Back returns to the one before. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const { place, query } = route.value;
  const current = tabs.find((tab) => tab.id === query["tab"]) ?? tabs[0];
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    row.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current?.id]);
  return (
    <nav class={styles.tabs} aria-label={label} ref={row}>
      {tabs.map((tab) => (
        <a
          key={tab.id}
          class={styles.tab}
          href={addressOf({ place, query: { tab: tab.id } })}
          aria-current={tab === current ? "page" : undefined}
          onClick={(event) => followInPage(event, () => choose({ ...emptied(query), tab: tab.id }))}
        >
          {tab.label}
          {tab.mark}
        </a>
      ))}
    </nav>
  );
}

/** Lets the browser open new tabs and windows by itself; everything else stays in this page. */
export function followInPage(event: MouseEvent, go: () => void): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go();
}

type FieldProps = {
  label: string;
  hint?: string;
  mono?: boolean;
  type?: "text" | "password" | "search" | "url";
  required?: boolean;
  value: string;
  onInput: (event: TargetedInputEvent<HTMLInputElement>) => void;
};

/** A labelled line of text. Secrets are never remembered, nothing is spell-checked by a service of the browser. */
export function Field({ label, hint, mono = false, type = "text", required = false, value, onInput }: FieldProps) {
  const id = useId();
  return (
    <div class={styles.field}>
      <label class={styles.label} for={id}>
        {label}
      </label>
      <input
        id={id}
        class={`${styles.input} ${mono ? styles.mono : ""}`}
        type={type as "text"}
        required={required}
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={onInput}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      {hint && (
        <span class={styles.hint} id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

export type Fact = { readonly name: string; readonly value: ComponentChildren };

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class={styles.facts}>
      {facts.map((fact) => (
        <FactRow key={fact.name} fact={fact} />
      ))}
    </dl>
  );
}

function FactRow({ fact }: { fact: Fact }) {
  return (
    <>
      <dt>{fact.name}</dt>
      <dd>{fact.value}</dd>
    </>
  );
}

/** A moment as people say it; the exact time is one hover or long press away. */
export function Moment({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatExact(at)}>
      {formatRelative(at, Date.now())}
    </time>
  );
}

function emptied(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(query).map((key) => [key, ""]));
}
