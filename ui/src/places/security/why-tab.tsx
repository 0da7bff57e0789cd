import { Badge } from "../../design/badge.tsx";
import { VisibleText } from "../../design/exact-text.tsx";
import { Loaded, Row, Rows } from "../../design/page.tsx";
import { Prose } from "../../design/prose.tsx";
import { Empty, Moment } from "../../design/surfaces.tsx";
import { t } from "../../strings/en.ts";
import { unanswered } from "../../wire/resources.ts";
import type { Unanswered } from "../../wire/views.ts";
import styles from "../place.module.css";

/** Every message that got no answer: the reason, and the one line that would change it. */
export function Why() {
  return (
    <Loaded resource={unanswered}>
      {(messages) =>
        messages.length === 0 ? (
          <Empty icon="message" title={t.security.whyEmptyTitle}>
            {t.security.whyEmpty}
          </Empty>
        ) : (
          <Rows>
            {messages.map((message, at) => (
              <Row key={`${message.at}:${at}`}>
                <Message message={message} />
              </Row>
            ))}
          </Rows>
        )
      }
    </Loaded>
  );
}

function Message({ message }: { message: Unanswered }) {
  return (
    <>
      <div class={styles.rowHead}>
        <h2 class={styles.rowTitle}>
          <VisibleText text={message.text} />
        </h2>
        <Badge meaning="quiet">{message.channel}</Badge>
        <span class={styles.small}>
          <Moment at={message.at} />
        </span>
      </div>
      <p class={styles.prose}>
        <span class={styles.quiet}>{t.security.who}: </span>
        <VisibleText text={message.sender} />
      </p>
      <p class={styles.prose}>
        <span class={styles.quiet}>{t.security.fix}: </span>
        <Prose text={message.fix} />
      </p>
      <code class={styles.small}>{message.code}</code>
    </>
  );
}
