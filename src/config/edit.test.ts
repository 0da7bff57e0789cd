import { describe, expect, test } from "vitest";
import { patchText, setValue, unsetValue } from "./edit.ts";
import { redactionMask } from "./redacted.ts";

const text = `// mine
{
  // where it listens
  gateway: { port: 1, bind: "loopback" }, // keep
  tools: {
    deny: ["exec"],
    profile: "minimal" // why
  },
}
`;

describe("set", () => {
  test("replaces a value in place", () => {
    expect(setValue(text, ["gateway", "port"], 2)).toBe(text.replace("port: 1", "port: 2"));
  });

  test("adds to an object on one line, and to one on many lines below the comment of its last key", () => {
    expect(setValue(text, ["gateway", "mode"], "local")).toBe(
      text.replace('"loopback" }', '"loopback", mode: "local" }'),
    );
    expect(setValue(text, ["tools", "allow"], ["read"])).toBe(
      text.replace('"minimal" // why', '"minimal", // why\n    allow: ["read"]'),
    );
  });

  test("adds what is missing on the way, items of lists too", () => {
    expect(setValue(text, ["channels", "irc", "host"], "irc.example")).toBe(
      text.replace("  },\n}", '  },\n  channels: { irc: { host: "irc.example" } },\n}'),
    );
    expect(setValue(text, ["tools", "deny", 1], "process")).toBe(text.replace('["exec"]', '["exec", "process"]'));
  });

  test("writes long values over lines, in the style of the file", () => {
    const list = Array.from({ length: 8 }, (_, index) => `group:number-${index}`);
    const edited = setValue('{\n\t"a": 1\n}\n', ["b"], { list });
    expect(edited).toBe(
      `{\n\t"a": 1,\n\t"b": {\n\t\t"list": [\n${list.map((item) => `\t\t\t"${item}"`).join(",\n")}\n\t\t]\n\t}\n}\n`,
    );
  });

  test("starts an empty text and a text of comments", () => {
    expect(setValue("", ["gateway", "port"], 5)).toBe("{ gateway: { port: 5 } }\n");
    expect(setValue("// later", ["a"], [])).toBe("// later\n{ a: [] }\n");
  });

  test("keeps Windows line ends", () => {
    expect(setValue("{\r\n  a: 1, // x\r\n}\r\n", ["b"], 2)).toBe("{\r\n  a: 1, // x\r\n  b: 2,\r\n}\r\n");
  });

  test.each([
    [["gateway", "port", "x"], 1, "config.cannot_set: `gateway.port` is a single value"],
    [["tools", "deny", 3], 1, "config.cannot_set: `tools.deny` is a list of 1"],
    [["tools", "deny", "x"], 1, "config.cannot_set: `tools.deny` is a list of 1"],
    [["gateway", 0], 1, "config.cannot_set: `gateway` is an object"],
    [["gateway", "auth"], { token: redactionMask }, "config.masked: the mask of a secret is not a value"],
  ])("refuses %j", (path, value, refusal) => {
    const [code, message = ""] = refusal.split(": ");
    expect(() => setValue(text, path, value)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe("unset", () => {
  test("takes the whole line, or the part of the line, and keeps comments", () => {
    expect(unsetValue(text, ["gateway", "port"])).toBe(text.replace("port: 1, ", ""));
    expect(unsetValue(text, ["gateway", "bind"])).toBe(text.replace(', bind: "loopback"', ""));
    expect(unsetValue(text, ["tools", "deny"])).toBe(text.replace('    deny: ["exec"],\n', ""));
    expect(unsetValue(text, ["tools", "profile"])).toBe(
      text.replace('["exec"],\n    profile: "minimal" // why', '["exec"]\n    // why'),
    );
  });

  test("says when nothing is set there", () => {
    for (const path of [["nope"], ["gateway", "nope"], ["tools", "deny", 7], ["gateway", "port", "x"]]) {
      expect(() => unsetValue(text, path)).toThrow(expect.objectContaining({ code: "config.not_set" }));
    }
    expect(() => unsetValue("", ["a"])).toThrow(expect.objectContaining({ code: "config.not_set" }));
  });
});

test("a patch sets, merges, removes, and ignores the removal of what is not there", () => {
  const patched = patchText(text, { gateway: { port: 3, auth: { mode: "token" } }, tools: null, gone: null });
  expect(patched).toBe(`// mine
{
  // where it listens
  gateway: { port: 3, bind: "loopback", auth: { mode: "token" } }, // keep
}
`);
});
