import type { ComponentChildren } from "preact";
import { Button } from "../design/button.tsx";
import { Empty } from "../design/surfaces.tsx";
import { navigate } from "../lib/navigation.ts";
import { t } from "../strings/en.ts";
import { hello, offers } from "../wire/link.ts";
import { status } from "../wire/resources.ts";

/** In recovery mode most of the Gateway does not run: the place then says so, and where to go. */
export function Unavailable({ method, children }: { method: string; children: ComponentChildren }) {
  const isRecovery = hello.value !== undefined && offers("status") && status.use().value?.mode === "recovery";
  if (!isRecovery && offers(method)) return <>{children}</>;
  const action = (
    <Button onClick={() => navigate({ place: "system", query: { tab: "config" } })}>{t.status.recoveryAction}</Button>
  );
  return (
    <Empty icon="system" title={t.unavailable.title} action={isRecovery ? action : undefined}>
      {isRecovery ? t.status.recoveryWhy : t.unavailable.method(method)}
    </Empty>
  );
}
