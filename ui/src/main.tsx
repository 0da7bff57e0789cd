import { render } from "preact";
import "./design/tokens.css";
import "./design/base.css";
import { startNavigation } from "./lib/navigation.ts";
import { startTheme } from "./lib/theme.ts";
import { App } from "./shell/app.tsx";
import { boot } from "./shell/boot.ts";

const root = document.getElementById("app");
if (root !== null) {
  startTheme();
  startNavigation();
  render(<App />, root);
  void boot();
}
