import { useState } from "preact/hooks";
import { Button } from "../../design/button.tsx";
import { CopyCommand } from "../../design/copy-command.tsx";
import { Facts, Field, ProblemBlock, Skeleton } from "../../design/surfaces.tsx";
import { bootState } from "../../shell/boot.ts";
import { t } from "../../strings/en.ts";
import type { LinkState } from "../../wire/gateway-client.ts";
import { link, logIn } from "../../wire/link.ts";
import type { Problem } from "../../wire/problem.ts";
import styles from "./log-in.module.css";

/** Before the inside: log in, wait for the owner's approval, or learn why this browser cannot. */
export function LogInPlace() {
  const boot = bootState.value;
  return (
    <main class={styles.page}>
      <p class={styles.brand}>{t.product}</p>
      <div class={styles.card}>
        {boot.kind === "unusable" && <ProblemBlock problem={boot.problem} />}
        {(boot.kind === "starting" || boot.kind === "redeeming") && <Starting words={boot.kind} />}
        {boot.kind === "started" && <Refused state={link.value} loginProblem={boot.loginProblem} />}
      </div>
    </main>
  );
}

function Starting({ words }: { words: "starting" | "redeeming" }) {
  return (
    <>
      <p role="status">{words === "redeeming" ? t.logIn.redeeming : t.loading}</p>
      <Skeleton lines={3} />
    </>
  );
}

function Refused({ state, loginProblem }: { state: LinkState; loginProblem: Problem | undefined }) {
  if (state.kind === "pairing") return <WaitForOwner requestId={state.requestId} deviceId={state.deviceId} />;
  const problem = loginProblem ?? refusalProblem(state);
  return (
    <>
      <div class={styles.lead}>
        <h1>{t.logIn.title}</h1>
        <p>{t.logIn.lead}</p>
      </div>
      {problem && <ProblemBlock problem={problem} />}
      <section class={styles.way} aria-labelledby="by-link">
        <h2 id="by-link">{t.logIn.linkTitle}</h2>
        <p>{t.logIn.linkHow}</p>
        <CopyCommand command={t.logIn.command} />
      </section>
      <TokenForm />
    </>
  );
}

function TokenForm() {
  const [token, setToken] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    logIn({ token: token.trim() });
    setToken("");
  };
  return (
    <form class={styles.way} onSubmit={submit} aria-labelledby="by-token">
      <h2 id="by-token">{t.logIn.tokenTitle}</h2>
      <Field
        label={t.logIn.token}
        hint={t.logIn.tokenHint}
        type="password"
        mono
        required
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <div>
        <Button look="primary" type="submit" disabled={token.trim() === ""}>
          {t.logIn.submit}
        </Button>
      </div>
    </form>
  );
}

function WaitForOwner({ requestId, deviceId }: { requestId: string; deviceId: string }) {
  return (
    <>
      <div class={styles.lead}>
        <h1>{t.pairing.title}</h1>
        <p>{t.pairing.lead}</p>
      </div>
      <section class={styles.way}>
        <p>{t.pairing.how}</p>
        <CopyCommand command={t.pairing.command(requestId)} />
        <p>{t.pairing.elsewhere}</p>
      </section>
      <Facts
        facts={[
          { name: t.pairing.device, value: <code>{deviceId.slice(0, 16)}</code> },
          { name: t.pairing.request, value: <code>{requestId}</code> },
        ]}
      />
      <p role="status" class={styles.quiet}>
        {t.pairing.waiting}
      </p>
    </>
  );
}

/** Having nothing to offer yet is no error: the page then only says how to log in. */
function refusalProblem(state: LinkState): Problem | undefined {
  if (state.kind !== "refused" || /_MISSING$|_REQUIRED$/.test(state.code)) return undefined;
  const base = { what: t.logIn.refused, code: state.code };
  switch (state.refusal) {
    case "credentials":
      return { ...base, why: t.logIn.wrong, fix: "" };
    case "rate-limited":
      return { ...base, why: t.logIn.limited, fix: "" };
    case "origin":
      return { ...base, what: t.identity.originWhat, why: "", fix: t.identity.originFix };
    case "protocol":
      return { ...base, what: t.identity.protocolWhat, why: "", fix: t.identity.protocolFix };
    case "identity":
      return { ...base, why: state.message, fix: "" };
  }
}
