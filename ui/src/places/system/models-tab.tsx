import { useId, useState } from "preact/hooks";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { ActionOutcome, ConfirmButton, Loaded, Row, Rows, Section, useAction } from "../../design/page.tsx";
import { Field } from "../../design/surfaces.tsx";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../strings/en.ts";
import { call, offers, slowCall } from "../../wire/link.ts";
import { localServers, models, providers, status } from "../../wire/resources.ts";
import { anything } from "../../wire/shape.ts";
import { type LocalServer, modelTest, type ProviderAuth } from "../../wire/views.ts";
import styles from "../place.module.css";

const knownProviders = ["anthropic", "openai", "openai-compatible"] as const;
const keyMeanings = { ok: "allow", missing: "quiet", failed: "deny" } as const;

export function Models() {
  const now = status.use().value;
  return (
    <>
      {now && (
        <Section title={t.system.currentModel}>
          <p class={styles.prose}>
            {now.model.offline
              ? `${t.system.offlineTitle}. ${t.system.offlineText}`
              : `${now.model.provider}/${now.model.id}`}
          </p>
        </Section>
      )}
      <Section title={t.system.addKey}>
        <KeyForm />
      </Section>
      <Section title={t.system.providers}>
        <Loaded resource={providers}>
          {(list) => (
            <Rows>
              {list.map((provider) => (
                <Row key={provider.provider}>
                  <Provider provider={provider} />
                </Row>
              ))}
            </Rows>
          )}
        </Loaded>
      </Section>
      {offers("models.local.list") && <LocalServers />}
      <Section title={t.system.availableModels}>
        <ModelTable />
      </Section>
    </>
  );
}

/** A key is tested with one live call before it is kept; it leaves the page's memory with the answer. */
function KeyForm() {
  const selectId = useId();
  const [provider, setProvider] = useState<string>(knownProviders[0]);
  const [apiKey, setApiKey] = useState("");
  const [baseUrl, setBaseUrl] = useState("");
  const [model, setModel] = useState("");
  const action = useAction(t.system.testFailed);
  const test = async () => {
    const settings = { provider, ...given({ apiKey, baseUrl, model }) };
    const result = await slowCall("models.auth.configure", settings, modelTest);
    setApiKey("");
    await Promise.all([providers.load(), models.load(), status.load()]);
    return t.system.tested(`${result.provider}/${result.model}`, formatDuration(result.latencyMs));
  };
  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        action.run(test);
      }}
    >
      <div class={styles.choice}>
        <label for={selectId}>{t.system.provider}</label>
        <select
          id={selectId}
          class={styles.select}
          value={provider}
          onChange={(event) => setProvider(event.currentTarget.value)}
        >
          {knownProviders.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <Field
        label={t.system.apiKey}
        hint={t.system.apiKeyHint}
        type="password"
        mono
        value={apiKey}
        onInput={(event) => setApiKey(event.currentTarget.value)}
      />
      {provider === "openai-compatible" && (
        <Field
          label={t.system.baseUrl}
          hint={t.system.baseUrlHint}
          type="url"
          required
          value={baseUrl}
          onInput={(event) => setBaseUrl(event.currentTarget.value)}
        />
      )}
      <Field
        label={t.system.modelName}
        hint={t.system.modelHint}
        value={model}
        onInput={(event) => setModel(event.currentTarget.value)}
      />
      <div class={styles.formEnd}>
        <Button look="primary" type="submit" disabled={action.busy === "busy"}>
          {action.busy === "busy" ? t.system.testing : t.system.test}
        </Button>
        <ActionOutcome action={action} />
      </div>
    </form>
  );
}

function given(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));
}

function Provider({ provider }: { provider: ProviderAuth }) {
  const action = useAction(t.system.removeFailed);
  const remove = async () => {
    await call("models.auth.clear", { provider: provider.provider }, anything);
    await Promise.all([providers.load(), models.load(), status.load()]);
    return "";
  };
  return (
    <>
      <div class={styles.rowHead}>
        <h3 class={styles.rowTitle}>{provider.provider}</h3>
        {provider.source && <span class={styles.small}>{provider.source}</span>}
        <Badge meaning={keyMeanings[provider.state]}>{t.system.keyStates[provider.state]}</Badge>
        {provider.source === "profile" && (
          <ConfirmButton
            label={t.system.removeKey}
            question={`${t.system.removeKey}?`}
            onConfirm={() => action.run(remove)}
          />
        )}
      </div>
      {provider.problem && <p class={styles.prose}>{provider.problem}</p>}
      <ActionOutcome action={action} />
    </>
  );
}

function LocalServers() {
  return (
    <Section title={t.system.local}>
      <Loaded resource={localServers}>
        {(servers) =>
          servers.length === 0 ? (
            <p class={styles.prose}>{t.system.localNone}</p>
          ) : (
            <Rows>
              {servers.map((server) => (
                <Row key={server.origin}>
                  <Server server={server} />
                </Row>
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Section>
  );
}

function Server({ server }: { server: LocalServer }) {
  const action = useAction(t.system.useFailed);
  const accept = (model: string) => async () => {
    await slowCall("models.local.accept", { origin: server.origin, model }, anything);
    await Promise.all([localServers.load(), models.load(), status.load()]);
    return "";
  };
  return (
    <>
      <div class={styles.rowHead}>
        <h3 class={styles.rowTitle}>{server.kind}</h3>
        <code class={styles.small}>{server.origin}</code>
        {server.accepted && <Badge meaning="allow">{t.system.inUse}</Badge>}
      </div>
      <ActionOutcome action={action} />
      <div class={styles.actions}>
        {server.models.map((model) => (
          <Button key={model} size="small" disabled={action.busy === "busy"} onClick={() => action.run(accept(model))}>
            {t.system.use} {model}
          </Button>
        ))}
      </div>
    </>
  );
}

function ModelTable() {
  return (
    <Loaded resource={models}>
      {(list) => (
        <div class={styles.tableFrame}>
          <table class={styles.table} aria-label={t.system.availableModels}>
            <tbody>
              {list.map((model) => (
                <tr key={`${model.provider}/${model.id}`}>
                  <th scope="row">{model.name === "" ? model.id : model.name}</th>
                  <td>
                    <code>
                      {model.provider}/{model.id}
                    </code>
                  </td>
                  <td>
                    <Badge meaning={model.available ? "allow" : "quiet"}>
                      {model.available
                        ? t.system.keyStates.ok
                        : (model.unavailableReason ?? t.system.keyStates.missing)}
                    </Badge>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Loaded>
  );
}
