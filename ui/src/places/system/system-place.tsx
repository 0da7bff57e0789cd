import { TabbedPage } from "../../design/page.tsx";
import { route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { placeTabs } from "../place-tabs.ts";
import { Unavailable } from "../unavailable.tsx";
import { ConfigTab } from "./config-tab.tsx";
import { Logs } from "./logs-tab.tsx";
import { Models } from "./models-tab.tsx";
import { PolicyTab } from "./policy-tab.tsx";
import { Status } from "./status-tab.tsx";

export function SystemPlace() {
  return (
    <TabbedPage title={t.places.system} tabs={placeTabs("system")}>
      <SystemTab />
    </TabbedPage>
  );
}

function SystemTab() {
  switch (route.value.query["tab"]) {
    case "models":
      return (
        <Unavailable method="models.list">
          <Models />
        </Unavailable>
      );
    case "config":
      return <ConfigTab />;
    case "policy":
      return (
        <Unavailable method="policy.pending">
          <PolicyTab />
        </Unavailable>
      );
    case "logs":
      return <Logs />;
    default:
      return <Status />;
  }
}
