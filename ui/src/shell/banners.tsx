import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { navigate } from "../lib/navigation.ts";
import { t } from "../strings/en.ts";
import { hello, link, offers, reconnect } from "../wire/link.ts";
import { policy, status } from "../wire/resources.ts";
import styles from "./app.module.css";

/** What the owner must know on every page, most serious first. */
export function Banners() {
  const now = offers("status") ? status.use().value : undefined;
  const pending = offers("policy.pending") && now?.mode !== "recovery" ? policy.use().value : undefined;
  return (
    <>
      {link.value.kind === "waiting" && hello.value && (
        <Banner meaning="ask" title={t.link.offline(link.value.reason)} action={t.link.now} onAction={reconnect} />
      )}
      {now?.mode === "recovery" && (
        <Banner
          meaning="deny"
          title={t.status.recovery}
          why={t.status.recoveryWhy}
          action={t.status.recoveryAction}
          onAction={() => navigate({ place: "system", query: { tab: "config" } })}
        />
      )}
      {pending && (
        <Banner
          meaning="ask"
          title={t.status.pending}
          why={t.status.pendingWhy}
          action={t.status.pendingAction}
          onAction={() => navigate({ place: "system", query: { tab: "policy" } })}
        />
      )}
      {(now?.dangerousFlags.length ?? 0) > 0 && (
        <Banner meaning="deny" title={t.status.danger(now?.dangerousFlags.join(", ") ?? "")} />
      )}
    </>
  );
}

function Banner(props: {
  meaning: "ask" | "deny";
  title: string;
  why?: string;
  action?: string;
  onAction?: () => void;
}) {
  return (
    <section class={`${styles.banner} ${props.meaning === "deny" ? styles.bannerDeny : ""}`} aria-label={props.title}>
      <Icon name={props.meaning} />
      <p class={styles.bannerText}>
        <strong>{props.title}</strong>
        {props.why && <span> {props.why}</span>}
      </p>
      {props.action && (
        <Button size="small" onClick={() => props.onAction?.()}>
          {props.action}
        </Button>
      )}
    </section>
  );
}
