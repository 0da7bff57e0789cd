import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../strings/en.ts";
import type { Problem } from "../wire/problem.ts";
import { problemOf } from "../wire/problem.ts";
import type { Loadable, Resource } from "../wire/resource.ts";
import { Button } from "./button.tsx";
import styles from "./page.module.css";
import { ProblemBlock, Skeleton, type Tab, Tabs } from "./surfaces.tsx";

/** A place with tabs: its name, the tabs, the content below. */
export function TabbedPage(props: { title: string; tabs: readonly Tab[]; children: ComponentChildren }) {
  return (
    <div class={styles.page}>
      <div class={styles.head}>
        <h1 class={styles.title}>{props.title}</h1>
        <Tabs tabs={props.tabs} label={props.title} />
      </div>
      <div class={styles.body}>{props.children}</div>
    </div>
  );
}

/** Shows a resource: its value, what is wrong with it, or the room that it will take. */
export function Loaded<T>(props: { resource: Resource<T>; children: (value: T) => ComponentChildren }) {
  const { value, problem }: Loadable<T> = props.resource.use();
  return (
    <>
      {problem && <ProblemBlock problem={problem} onRetry={() => void props.resource.load()} />}
      {value === undefined ? problem ? null : <Skeleton /> : props.children(value)}
    </>
  );
}

export function Section(props: { title: string; action?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class={styles.section}>
      <div class={styles.sectionHead}>
        <h2>{props.title}</h2>
        {props.action}
      </div>
      {props.children}
    </section>
  );
}

/** A list of bordered rows. */
export function Rows({ children }: { children: ComponentChildren }) {
  return <ul class={styles.rows}>{children}</ul>;
}

export function Row({ children }: { children: ComponentChildren }) {
  return <li class={styles.row}>{children}</li>;
}

export type Action = {
  readonly busy: "busy" | "idle";
  readonly problem: Problem | undefined;
  readonly said: string;
  run(action: () => Promise<string>): void;
};

/** State of something that a person started: while it runs, what it said, or why it failed (`what` names it). */
export function useAction(what: string): Action {
  const [state, setState] = useState<Omit<Action, "run">>({ busy: "idle", problem: undefined, said: "" });
  const run = async (action: () => Promise<string>) => {
    setState({ busy: "busy", problem: undefined, said: "" });
    try {
      setState({ busy: "idle", problem: undefined, said: await action() });
    } catch (error) {
      setState({ busy: "idle", problem: problemOf(error, what), said: "" });
    }
  };
  return { ...state, run: (action) => void run(action) };
}

export function ActionOutcome({ action }: { action: Action }) {
  return (
    <>
      {action.problem && <ProblemBlock problem={action.problem} />}
      {action.said !== "" && (
        <p role="status" class={styles.said}>
          {action.said}
        </p>
      )}
    </>
  );
}

/** A button that asks once more, in place, before it does what cannot be taken back. */
export function ConfirmButton(props: { label: string; question: string; onConfirm: () => void }) {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) {
    return (
      <Button size="small" onClick={() => setAsking(true)}>
        {props.label}
      </Button>
    );
  }
  return (
    <span class={styles.confirm} role="alertdialog" aria-label={props.question}>
      <span>{props.question}</span>
      <Button
        size="small"
        look="deny"
        onClick={() => {
          setAsking(false);
          props.onConfirm();
        }}
      >
        {props.label}
      </Button>
      <Button size="small" onClick={() => setAsking(false)}>
        {t.cancel}
      </Button>
    </span>
  );
}
