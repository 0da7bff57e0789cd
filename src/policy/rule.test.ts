import { expect, test } from "vitest";
import { cleanLabel } from "./label.ts";
import type { Request } from "./request.ts";
import { pathKey, placeKey, ruleOn } from "./rule.ts";

const place = { channel: "telegram", account: "default" };
const request: Request = {
  principal: { kind: "operator", id: "laptop", scopes: [], via: "cli" },
  path: { kind: "control", transport: "cli" },
  action: { kind: "message.deliver" },
  context: { label: cleanLabel, audience: ["owner"], sandbox: "off", grant: "none" },
};

test("a rule sees requests of its kind alone", () => {
  const always = ruleOn("method.call", { id: "test.always", origin: "test", effect: "allow", applies: () => true });
  expect(always.applies(request)).toBe(false);
  expect(always.applies({ ...request, action: { kind: "method.call", method: "m", scope: "operator.read" } })).toBe(
    true,
  );
  expect(Object.isFrozen(always)).toBe(true);
});

test("the key of a path is that of its account; the control path has one that no account has", () => {
  expect(pathKey({ kind: "direct", ...place })).toBe("place:telegram/default");
  expect(pathKey({ kind: "group", ...place, group: "g", mention: "mentioned" })).toBe(placeKey("telegram", "default"));
  expect(pathKey(request.path)).toBe("control");
});
