import { describe, expect, test } from "vitest";
import { audienceOf, labelFor } from "./labels-of.ts";
import type { Path, Principal } from "./request.ts";
import { integrityOf } from "./standing.ts";

const bob: Principal = { kind: "sender", channel: "telegram", account: "work", id: "2", identity: "immutable" };
const laptop: Principal = { kind: "operator", id: "laptop", scopes: ["operator.admin"], via: "webchat" };
const dm: Path = { kind: "direct", channel: "telegram", account: "work" };
const control: Path = { kind: "control", transport: "ws" };
const group: Path = { kind: "group", channel: "telegram", account: "work", group: "g", mention: "mentioned" };

describe("labels of what people write", () => {
  test.each([
    ["an operator", laptop, control, "operator", "owner", ["owner"], []],
    ["an owner in their own chat", bob, dm, "owner", "owner", ["owner"], []],
    ["a paired guest", bob, dm, "paired", "known", ["owner", "peer:telegram:work:2"], ["peer:telegram:work:2"]],
    ["a listed guest", bob, dm, "listed", "known", ["owner", "peer:telegram:work:2"], ["peer:telegram:work:2"]],
    ["a stranger", bob, dm, "stranger", "untrusted", ["owner", "peer:telegram:work:2"], ["peer:telegram:work:2"]],
    ["an owner in a room", bob, group, "owner", "known", ["owner", "room:telegram:work:g"], ["room:telegram:work:g"]],
    ["a listed member", bob, group, "listed", "known", ["owner", "room:telegram:work:g"], ["room:telegram:work:g"]],
    ["a member", bob, group, "member", "untrusted", ["owner", "room:telegram:work:g"], ["room:telegram:work:g"]],
  ] as const)("%s", (...row) => {
    const [, principal, path, standing, integrity, readers, sources] = row;
    const label = labelFor({ principal, path, part: "own", holdsSecret: false }, standing);
    expect(label).toEqual({ integrity, readers, secret: false, sources });
  });

  test.each(["quoted", "forwarded", "attachment"] as const)("what an owner %s is nobody's word", (part) => {
    expect(labelFor({ principal: laptop, path: control, part, holdsSecret: true }, "operator")).toEqual({
      integrity: "untrusted",
      readers: ["owner"],
      secret: true,
      sources: [`${part}:owner`],
    });
  });

  test("the audience is the owner, the peer or the room", () => {
    expect(audienceOf({ principal: laptop, path: control }, "operator")).toEqual(["owner"]);
    expect(audienceOf({ principal: laptop, path: dm }, "stranger")).toEqual(["owner"]);
    expect(audienceOf({ principal: bob, path: dm }, "owner")).toEqual(["owner"]);
    expect(audienceOf({ principal: bob, path: dm }, "listed")).toEqual(["peer:telegram:work:2"]);
    expect(audienceOf({ principal: bob, path: group }, "owner")).toEqual(["room:telegram:work:g"]);
    expect(audienceOf({ principal: bob, path: control }, "stranger")).toEqual(["owner"]);
  });

  test("an owner's words in a room are known, not owner", () => {
    expect(integrityOf("owner", group)).toBe("known");
    expect(integrityOf("operator", control)).toBe("owner");
    expect(integrityOf("member", group)).toBe("untrusted");
  });
});
