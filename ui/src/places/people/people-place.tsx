import { Count } from "../../design/badge.tsx";
import { TabbedPage } from "../../design/page.tsx";
import { route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { offers } from "../../wire/link.ts";
import { devices, senders } from "../../wire/resources.ts";
import { placeTabs } from "../place-tabs.ts";
import { Unavailable } from "../unavailable.tsx";
import { Channels } from "./channels-tab.tsx";
import { Devices } from "./devices-tab.tsx";
import { Senders } from "./senders-tab.tsx";

export function PeoplePlace() {
  return (
    <TabbedPage
      title={t.places.people}
      tabs={placeTabs("people").map((tab) => ({ ...tab, mark: <Waiting tab={tab.id} /> }))}
    >
      <PeopleTab />
    </TabbedPage>
  );
}

function PeopleTab() {
  switch (route.value.query["tab"]) {
    case "channels":
      return (
        <Unavailable method="channels.status">
          <Channels />
        </Unavailable>
      );
    case "devices":
      return <Devices />;
    default:
      return (
        <Unavailable method="channels.pairing.list">
          <Senders />
        </Unavailable>
      );
  }
}

function Waiting({ tab }: { tab: string }) {
  if (tab === "senders" && offers("channels.pairing.list")) {
    return <Count value={senders.use().value?.requests.length ?? 0} label={t.people.pendingDevices} />;
  }
  if (tab === "devices" && offers("device.pair.list")) {
    return <Count value={devices.use().value?.pending.length ?? 0} label={t.people.pendingDevices} />;
  }
  return null;
}
