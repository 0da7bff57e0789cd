import { useEffect, useState } from "preact/hooks";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { ActionOutcome, Loaded, Section, useAction } from "../../design/page.tsx";
import { plural } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import { record, stringOf } from "../../wire/frames.ts";
import { call } from "../../wire/link.ts";
import { config, policy, status } from "../../wire/resources.ts";
import { listOf, text } from "../../wire/shape.ts";
import styles from "../place.module.css";
import { Problems } from "./status-tab.tsx";

/** The config file itself, with what is wrong in it. In recovery mode this is the way out. */
export function ConfigTab() {
  // Above the editor, which begins anew with each text of the file: what saving it said stays.
  const action = useAction(t.system.saveFailed);
  return (
    <Loaded resource={config}>
      {(snapshot) => <Editor key={snapshot.hash} snapshot={snapshot} action={action} />}
    </Loaded>
  );
}

type Snapshot = NonNullable<ReturnType<typeof config.use>["value"]>;

function Editor({ snapshot, action }: { snapshot: Snapshot; action: ReturnType<typeof useAction> }) {
  const stored = snapshot.raw ?? snapshot.text ?? "";
  const problems = [...snapshot.issues, ...snapshot.problems];
  const [draft, setDraft] = useState(stored);
  useEffect(() => setDraft(stored), [stored]);
  const save = async () => {
    const answer = record(await call("config.set", { raw: draft, baseHash: snapshot.hash }, record));
    await Promise.all([config.load(), status.load(), policy.load()]);
    const said = stringOf(answer["pendingPolicy"]) === undefined ? t.system.saved : t.system.savedPending;
    const keys = listOf(text)(answer["restartKeys"]);
    return keys.length > 0 ? `${said} ${t.system.restart(keys.join(", "))}` : said;
  };
  return (
    <>
      {problems.length > 0 && <Problems problems={problems} severity={snapshot.valid ? "info" : "deny"} />}
      <Section
        title={t.system.configTitle}
        action={
          <Badge meaning={snapshot.valid ? "allow" : "deny"}>
            {snapshot.valid ? t.system.valid : t.system.invalid(plural(problems.length, "problem"))}
          </Badge>
        }
      >
        <p class={styles.small}>
          <code>{snapshot.path}</code>
        </p>
        <p class={styles.small}>{t.system.configHint}</p>
        <textarea
          class={styles.editor}
          aria-label={t.system.configTitle}
          spellcheck={false}
          value={draft}
          onInput={(event) => setDraft(event.currentTarget.value)}
        />
        <div class={styles.actions}>
          <Button look="primary" disabled={draft === stored || action.busy === "busy"} onClick={() => action.run(save)}>
            {t.system.save}
          </Button>
          <Button disabled={draft === stored} onClick={() => setDraft(stored)}>
            {t.system.reload}
          </Button>
          <ActionOutcome action={action} />
        </div>
      </Section>
    </>
  );
}
