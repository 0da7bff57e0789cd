import { useEffect, useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { ActionOutcome, useAction } from "../../design/page.tsx";
import { Empty, Field } from "../../design/surfaces.tsx";
import { choose, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { type Reach, reachList } from "../../wire/views.ts";
import styles from "../place.module.css";
import { ReachTable } from "../reach-table.tsx";

export function WhoCan() {
  const asked = route.value.query["tool"] ?? "";
  const [tool, setTool] = useState(asked);
  const [cells, setCells] = useState<readonly Reach[] | undefined>(undefined);
  const action = useAction(t.security.whoFailed);
  useEffect(() => {
    if (asked === "") return;
    action.run(async () => {
      setCells(await call("security.whoCan", { tool: asked }, reachList));
      return "";
    });
  }, [asked]);
  return (
    <>
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          choose({ tool: tool.trim() });
        }}
      >
        <Field label={t.security.tool} required value={tool} onInput={(event) => setTool(event.currentTarget.value)} />
        <div class={styles.formEnd}>
          <Button look="primary" type="submit" disabled={tool.trim() === "" || action.busy === "busy"}>
            {t.security.whoAsk}
          </Button>
        </div>
      </form>
      <ActionOutcome action={action} />
      {cells ? (
        <ReachTable cells={cells} label={t.security.whoTitle} />
      ) : (
        <Empty icon="people" title={t.security.whoTitle}>
          {t.security.whoEmpty}
        </Empty>
      )}
    </>
  );
}
