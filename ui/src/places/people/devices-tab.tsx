import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { ActionOutcome, ConfirmButton, Loaded, Row, Rows, Section, useAction } from "../../design/page.tsx";
import { Empty, Facts, Moment } from "../../design/surfaces.tsx";
import { ownDeviceId } from "../../shell/boot.ts";
import { t } from "../../strings/en.ts";
import { call } from "../../wire/link.ts";
import { devices } from "../../wire/resources.ts";
import { anything } from "../../wire/shape.ts";
import type { PairedDevice, PendingDevice } from "../../wire/views.ts";
import styles from "../place.module.css";

/** Who may operate this Gateway: browsers, phones, command lines. */
export function Devices() {
  return (
    <Loaded resource={devices}>
      {({ pending, paired }) => (
        <>
          {pending.length > 0 && (
            <Section title={t.people.pendingDevices}>
              <Rows>
                {pending.map((device) => (
                  <Row key={device.requestId}>
                    <Pending device={device} />
                  </Row>
                ))}
              </Rows>
            </Section>
          )}
          <Section title={t.people.pairedDevices}>
            {paired.length === 0 ? (
              <Empty icon="device" title={t.people.devicesEmptyTitle}>
                {t.people.devicesEmpty}
              </Empty>
            ) : (
              <Rows>
                {paired.map((device) => (
                  <Row key={device.deviceId}>
                    <Paired device={device} />
                  </Row>
                ))}
              </Rows>
            )}
          </Section>
        </>
      )}
    </Loaded>
  );
}

function Pending({ device }: { device: PendingDevice }) {
  const action = useAction(t.people.deviceFailed);
  const act = (method: string) => () => action.run(() => change(method, { requestId: device.requestId }));
  return (
    <>
      <div class={styles.rowHead}>
        <h3 class={styles.rowTitle}>{nameOf(device)}</h3>
        <Badge meaning="ask">{device.role ?? "operator"}</Badge>
      </div>
      <Facts
        facts={[
          { name: t.people.id, value: <code>{device.deviceId.slice(0, 16)}</code> },
          { name: t.people.address, value: device.remoteIp ?? t.unknown },
          { name: t.people.scopes, value: scopeWords(device.scopes) },
          { name: t.people.asked, value: <Moment at={device.ts} /> },
        ]}
      />
      <ActionOutcome action={action} />
      <div class={styles.actions}>
        <Button look="deny" icon="deny" disabled={action.busy === "busy"} onClick={act("device.pair.reject")}>
          {t.people.rejectDevice}
        </Button>
        <Button look="allow" icon="allow" disabled={action.busy === "busy"} onClick={act("device.pair.approve")}>
          {t.people.approveDevice}
        </Button>
      </div>
    </>
  );
}

function Paired({ device }: { device: PairedDevice }) {
  const action = useAction(t.people.deviceFailed);
  const since = device.approvedAtMs ?? device.createdAtMs;
  return (
    <>
      <div class={styles.rowHead}>
        <h3 class={styles.rowTitle}>{nameOf(device)}</h3>
        {device.deviceId === ownDeviceId.value && <Badge meaning="info">{t.people.thisDevice}</Badge>}
        <ConfirmButton
          label={t.people.removeDevice}
          question={t.people.removeConfirm}
          onConfirm={() => action.run(() => change("device.pair.remove", { deviceId: device.deviceId }))}
        />
      </div>
      <ActionOutcome action={action} />
      <Facts
        facts={[
          { name: t.people.id, value: <code>{device.deviceId.slice(0, 16)}</code> },
          { name: t.people.scopes, value: scopeWords(device.scopes) },
          ...(since === undefined ? [] : [{ name: t.people.since, value: <Moment at={since} /> }]),
        ]}
      />
    </>
  );
}

async function change(method: string, params: object): Promise<string> {
  await call(method, params, anything);
  await devices.load();
  return "";
}

function nameOf(device: {
  displayName: string | undefined;
  clientId: string | undefined;
  platform: string | undefined;
}): string {
  const name = device.displayName ?? device.clientId ?? t.people.device;
  return device.platform === undefined ? name : `${name}, ${device.platform}`;
}

function scopeWords(scopes: readonly string[]): string {
  return scopes.length === 0 ? t.none : scopes.map((scope) => t.people.scopeNames[scope] ?? scope).join(", ");
}
