import { TabbedPage } from "../../design/page.tsx";
import { route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { placeTabs } from "../place-tabs.ts";
import { Unavailable } from "../unavailable.tsx";
import { Explain } from "./explain-tab.tsx";
import { Findings } from "./findings-tab.tsx";
import { Ledger } from "./ledger-tab.tsx";
import { WhoCan } from "./who-can-tab.tsx";
import { Why } from "./why-tab.tsx";

export function SecurityPlace() {
  return (
    <TabbedPage title={t.places.security} tabs={placeTabs("security")}>
      <SecurityTab />
    </TabbedPage>
  );
}

function SecurityTab() {
  switch (route.value.query["tab"]) {
    case "explain":
      return <Explain />;
    case "who-can":
      return <WhoCan />;
    case "why":
      return (
        <Unavailable method="messages.why">
          <Why />
        </Unavailable>
      );
    case "ledger":
      return (
        <Unavailable method="ledger.list">
          <Ledger />
        </Unavailable>
      );
    default:
      return <Findings />;
  }
}
