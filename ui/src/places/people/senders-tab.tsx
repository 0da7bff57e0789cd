import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { VisibleText } from "../../design/exact-text.tsx";
import { ActionOutcome, Loaded, Row, Rows, useAction } from "../../design/page.tsx";
import { Empty, Facts, Moment } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { senders } from "../../wire/resources.ts";
import { anything } from "../../wire/shape.ts";
import type { SenderRequest } from "../../wire/views.ts";
import styles from "../place.module.css";

/** Strangers who wrote and wait to be let in. */
export function Senders() {
  return (
    <Loaded resource={senders}>
      {({ requests }) =>
        requests.length === 0 ? (
          <Empty icon="people" title={t.people.sendersEmptyTitle}>
            {t.people.sendersEmpty}
          </Empty>
        ) : (
          <Rows>
            {requests.map((request) => (
              <Row key={request.requestId}>
                <Request request={request} />
              </Row>
            ))}
          </Rows>
        )
      }
    </Loaded>
  );
}

function Request({ request }: { request: SenderRequest }) {
  const approve = useAction(t.people.approveFailed);
  const dismiss = useAction(t.people.dismissFailed);
  const target = { channel: request.channel, accountId: request.accountId, requestId: request.requestId };
  const act = (method: string) => async () => {
    await call(method, target, anything);
    await senders.load();
    return "";
  };
  return (
    <>
      <div class={styles.rowHead}>
        <h2 class={styles.rowTitle}>
          <VisibleText text={request.senderLabel === "" ? request.senderId : request.senderLabel} />
        </h2>
        <Badge meaning="ask">{request.channelLabel === "" ? request.channel : request.channelLabel}</Badge>
      </div>
      <Facts
        facts={[
          { name: t.people.id, value: <code>{request.senderId}</code> },
          { name: t.people.account, value: request.accountId },
          { name: t.people.asked, value: <Moment at={timeOf(request.createdAt)} /> },
          { name: t.people.expires, value: <Moment at={timeOf(request.expiresAt)} /> },
        ]}
      />
      <ActionOutcome action={approve} />
      <ActionOutcome action={dismiss} />
      <div class={styles.choices}>
        <div class={styles.choice}>
          <Button
            look="deny"
            icon="deny"
            disabled={dismiss.busy === "busy"}
            onClick={() => dismiss.run(act("channels.pairing.dismiss"))}
          >
            {t.people.dismiss}
          </Button>
          <p class={styles.small}>{t.people.dismissMeans}</p>
        </div>
        <div class={styles.choice}>
          <Button
            look="allow"
            icon="allow"
            disabled={approve.busy === "busy"}
            onClick={() => approve.run(act("channels.pairing.approve"))}
          >
            {t.people.approve}
          </Button>
          <p class={styles.small}>{t.people.approveMeans}</p>
        </div>
      </div>
    </>
  );
}

/** The published frame carries ISO text; milliseconds are read as well. */
function timeOf(value: unknown): number {
  const at = typeof value === "number" ? value : Date.parse(String(value));
  return Number.isFinite(at) ? at : 0;
}
