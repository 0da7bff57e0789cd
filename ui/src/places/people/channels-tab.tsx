import { Badge, type Meaning } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Loaded, Row, Rows } from "../../design/page.tsx";
import { Empty, Facts, Moment, ProblemBlock } from "../../design/surfaces.tsx";
import { navigate } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { channels } from "../../wire/resources.ts";
import type { ChannelStatus } from "../../wire/views.ts";
import styles from "../place.module.css";

const meanings: Record<ChannelStatus["state"], Meaning | "quiet"> = {
  connected: "allow",
  connecting: "info",
  disconnected: "ask",
  failed: "deny",
  stopped: "quiet",
};

export function Channels() {
  return (
    <Loaded resource={channels}>
      {(accounts) =>
        accounts.length === 0 ? (
          <Empty
            icon="message"
            title={t.people.channelsEmptyTitle}
            action={
              <Button onClick={() => navigate({ place: "system", query: { tab: "config" } })}>
                {t.people.channelsAction}
              </Button>
            }
          >
            {t.people.channelsEmpty}
          </Empty>
        ) : (
          <Rows>
            {accounts.map((account) => (
              <Row key={`${account.channel}:${account.account}`}>
                <Account account={account} />
              </Row>
            ))}
          </Rows>
        )
      }
    </Loaded>
  );
}

function Account({ account }: { account: ChannelStatus & { label: string } }) {
  const { problem } = account;
  return (
    <>
      <div class={styles.rowHead}>
        <h2 class={styles.rowTitle}>{account.label}</h2>
        <Badge meaning={meanings[account.state]}>{t.people.states[account.state]}</Badge>
      </div>
      <Facts
        facts={[
          { name: t.people.account, value: account.account },
          { name: t.people.selfName, value: account.self ?? t.unknown },
          { name: t.people.lastSeen, value: account.lastSeenAt ? <Moment at={account.lastSeenAt} /> : t.none },
        ]}
      />
      {problem && <ProblemBlock problem={{ what: problem.message, why: "", fix: problem.fix, code: problem.code }} />}
    </>
  );
}
