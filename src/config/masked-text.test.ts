import { describe, expect, test } from "vitest";
import { patchText } from "./edit.ts";
import { redactText, unmaskPatch, unmaskText } from "./masked-text.ts";
import { redactionMask } from "./redacted.ts";
import type { Json } from "./value.ts";

const reference = `$\{FASED_GATEWAY_TOKEN}`;
const text = `// mine
{
  gateway: { port: 1, auth: { token: "${reference}", password: 'hunter2' } }, // keep
  channels: { telegram: { accounts: { a: { botToken: "1:\\u0061" }, b: { botToken: "2:b" } } } },
  models: { providers: { p: { apiKey: { source: "env", /* why */ id: "P" } } } },
  plugins: { load: { paths: ["/x"] }, entries: { e: { env: { MY_API_KEY: "k", LANG: "C" } } } },
  approvals: { exec: { targets: [{ channel: "irc", password: "first" }, { channel: "irc", password: "second" }] } },
}
`;
const shown = redactText(text);
const masked = expect.objectContaining({ code: "config.masked" });

describe("a text that comes back with its masks", () => {
  test("shows no secret, and is the text it was, byte for byte", () => {
    for (const secret of ["hunter2", "1:", "2:b", '"k"', "first", "second"]) expect(shown).not.toContain(secret);
    expect(unmaskText(shown, text)).toBe(text);
  });

  test("keeps each secret at its path while everything else changes, comments included", () => {
    const edited = shown
      .replace("port: 1", "port: 2")
      .replace("// keep", "// kept")
      .replace(/a: \{ botToken: [^}]+\}, /, "");
    expect(unmaskText(edited, text)).toBe(
      text
        .replace("port: 1", "port: 2")
        .replace("// keep", "// kept")
        .replace(/a: \{ botToken: [^}]+\}, /, ""),
    );
  });

  test("takes a new secret beside masks, and the mask of a reference", () => {
    const edited = shown.replace(reference, redactionMask).replace(`password: "${redactionMask}"`, 'password: "new"');
    expect(unmaskText(edited, text)).toBe(text.replace("'hunter2'", '"new"'));
  });

  test.each<[string, string, string]>([
    ["at a key that had none", shown.replace('LANG: "C"', `OTHER_TOKEN: "${redactionMask}"`), "OTHER_TOKEN"],
    ["at a key that held no secret", shown.replace("port: 1", `port: "${redactionMask}"`), "gateway.port"],
    ["under another name", shown.replace("b: { botToken", "c: { botToken"), "accounts.c.botToken"],
    [
      "in a list whose items moved",
      shown.replace(/\{ channel: "irc", password: [^}]+\}, /, ""),
      "approvals.exec.targets",
    ],
    [
      "in an item of a list that changed",
      shown.replace('[{ channel: "irc"', '[{ channel: "xmpp"'),
      "approvals.exec.targets",
    ],
    ["in a list that grew at its front", shown.replace("targets: [", "targets: [{}, "), "approvals.exec.targets"],
  ])("is refused %s", (_where, edited, path) => {
    expect(edited).not.toBe(shown);
    expect(() => unmaskText(edited, text)).toThrow(masked);
    expect(() => unmaskText(edited, text)).toThrow(path);
  });

  test("keeps the masks of a list that only grew at its end", () => {
    const grown = shown.replace("}] } },", '}, { channel: "x" }] } },');
    expect(unmaskText(grown, text)).toBe(text.replace("}] } },", '}, { channel: "x" }] } },'));
  });

  test("has nothing to keep where the file is empty or was no JSON5", () => {
    for (const before of ["", "{ gateway: {"]) expect(() => unmaskText(shown, before)).toThrow(masked);
  });

  test("that is no JSON5 is left for its reader to refuse", () => {
    expect(unmaskText(`{ gateway: { "${redactionMask}"`, text)).toContain(redactionMask);
  });
});

describe("a patch with masks", () => {
  const patched = (patch: Json) => patchText(text, unmaskPatch(patch, text));

  test("leaves masked members as they are written", () => {
    const auth = { token: redactionMask, password: redactionMask };
    expect(patched({ gateway: { port: 2, auth } })).toBe(text.replace("port: 1", "port: 2"));
    expect(patched({ models: { providers: { p: { apiKey: redactionMask } } } })).toBe(text);
  });

  test("puts unchanged items of a list back with their secrets", () => {
    const item = (password: string) => ({ channel: "irc", password });
    const targets = [item(redactionMask), item(redactionMask), item("third")];
    const edited = patched({ approvals: { exec: { targets } } });
    for (const secret of ["first", "second", "third"]) expect(edited).toContain(secret);
    expect(edited).not.toContain(redactionMask);
  });

  test.each<[Json, string]>([
    [{ gateway: { port: redactionMask } }, "gateway.port"],
    [{ channels: { telegram: { accounts: { c: { botToken: redactionMask } } } } }, "accounts.c.botToken"],
    [{ approvals: { exec: { targets: [{ channel: "xmpp", password: redactionMask }] } } }, "approvals.exec.targets"],
  ])("is refused where the mask stands for nothing: %j", (patch, path) => {
    expect(() => patched(patch)).toThrow(masked);
    expect(() => patched(patch)).toThrow(path);
  });
});
