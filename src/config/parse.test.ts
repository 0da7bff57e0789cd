import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "./parse.ts";

const fixture = (name: string) => readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url), "utf8");

const facts = (text: string, variables = {}) =>
  parseConfig(text, { variables }).problems.map(({ severity, code, path, line, fix }) => {
    return `${severity} ${code} ${path} :${line} ${fix}`;
  });

const serious = (text: string) => parseConfig(text).problems.filter(({ severity }) => severity !== "info");

describe("the security page", () => {
  test("its hardened example loads without a problem and keeps WhatsApp's access settings", () => {
    const { status, config, problems } = parseConfig(fixture("hardened.json5"));
    expect(status).toBe("ok");
    expect(problems.map(({ code }) => code)).toEqual(["config.channel_not_shipped"]);
    expect(config.channels.whatsapp?.accounts["default"]).toMatchObject({
      dmPolicy: "pairing",
      groups: { "*": { requireMention: true } },
    });
    expect(config.gateway.auth.token?.reveal()).toBe("replace-with-long-random-token");
  });

  test("its reader block loads without a problem", () => {
    expect(parseConfig(fixture("reader.json5"))).toMatchObject({ status: "ok", problems: [], listedOnly: [] });
  });
});

describe("text that is no config", () => {
  test.each([
    ["{ gateway: { port: 1 }", "fatal config.syntax  :1 add the missing `}`"],
    ["{ gateway: { port: 1 } tools: {} }", "fatal config.syntax  :1 look for a missing comma"],
    ["{\n  gateway: {},\n  gateway: {},\n}", "fatal config.duplicate_key  :3 keep one"],
    ["{ __proto__: {} }", "fatal config.forbidden_key  :1 remove it"],
    ['{ "constructor": {} }', "fatal config.forbidden_key  :1 remove it"],
    ['{ a: "unfinished\\', "fatal config.syntax"],
    ["[]", "fatal config.syntax  :1 wrap it in { }"],
    ["{ gateway: { port: NaN } }", "fatal config.syntax  :1 write an ordinary number"],
    [`{ a: ${"[".repeat(100)}${"]".repeat(100)} }`, "fatal config.too_deep  :1 nest at most 64"],
    ["[".repeat(200_000), "fatal config.too_deep  :1 nest at most 64"],
    [`{ a: "${"x".repeat(1024 * 1024)}" }`, "fatal config.syntax  :1 a config is far smaller"],
  ])("is refused with its line and a fix: %.30s", (text, expected) => {
    const [problem, ...others] = facts(text);
    expect(problem).toContain(expected);
    expect(others).toEqual([]);
    expect(parseConfig(text).status).toBe("invalid");
  });

  test("an empty text and a text of comments are an empty config", () => {
    expect(parseConfig("")).toMatchObject({ status: "ok", problems: [] });
    expect(parseConfig("// nothing yet\n{}")).toMatchObject({ status: "ok", problems: [] });
  });
});

describe("keys and values", () => {
  test.each([
    ["{\n gateway: { prot: 1 } }", "fatal config.unknown_key gateway.prot :2 did you mean `port`?"],
    ["{ sesion: {} }", "fatal config.unknown_key sesion :1 did you mean `session`?"],
    ["{ gateway: { port: '80' } }", "fatal config.wrong_type gateway.port :1 write a number"],
    ["{ gateway: { bind: 'lopback' } }", "fatal config.wrong_value gateway.bind :1 did you mean `loopback`?"],
    ["{ tools: { deny: 'exec' } }", "fatal config.wrong_type tools.deny :1 write a list"],
    ["{ tools: { exec: { security: 'none' } } }", "fatal config.wrong_value tools.exec.security :1 choose one of them"],
    ["{ security: { owners: [{ channel: 'irc' }] } }", "fatal config.missing_key security.owners[0].id :1 add `id`"],
    ["{ agents: { list: [{ id: 'Ops!' }] } }", "fatal config.wrong_value agents.list[0].id :1 correct the value"],
    ["{ hooks: { tokn: 'x' } }", "section config.unknown_key hooks.tokn :1 did you mean `token`?"],
    ["{ cron: { enabled: 'yes' } }", "section config.wrong_type cron.enabled :1 write true or false"],
    [
      "{ gateway: { nodes: { allowCommand: [] } } }",
      "section config.unknown_key gateway.nodes.allowCommand :1 did you mean",
    ],
    [
      "{ channels: { telegram: { dmPolicy: 'pair' } } }",
      "section config.wrong_value channels.telegram.dmPolicy :1 did",
    ],
    ["{ channels: { telegramm: {} } }", "section config.unknown_key channels.telegramm :1 did you mean `telegram`?"],
    [
      "{ channels: { defaults: { groupPolicy: 'opn' } } }",
      "fatal config.wrong_value channels.defaults.groupPolicy :1 did",
    ],
    ["{ gateway: null }", "fatal config.wrong_type gateway :1 write an object"],
  ])("what is wrong is told with path, line and fix: %s", (text, expected) => {
    expect(facts(text).filter((fact) => !fact.startsWith("info"))).toEqual([expect.stringContaining(expected)]);
  });

  test("what stands beside a mistake in a fatal section is kept, so that the owner can still log in", () => {
    const { config, status } = parseConfig(
      "{ gateway: { port: 4000, prot: 1, auth: { token: 'abc', mode: 'tokn' } } }",
    );
    expect(status).toBe("invalid");
    expect(config.gateway.port).toBe(4_000);
    expect(config.gateway.auth.token?.reveal()).toBe("abc");
  });

  test("an invalid channel is off as a whole, the others run", () => {
    const text = "{ channels: { telegram: { botToken: 'a', dmPolicy: 'x' }, irc: { host: 'irc.example' } } }";
    const { config, status, switchedOff } = parseConfig(text);
    expect({ status, switchedOff }).toEqual({ status: "partial", switchedOff: ["channels.telegram"] });
    expect(config.channels.telegram).toBeUndefined();
    expect(config.channels.irc?.accounts["default"]?.host).toBe("irc.example");
  });

  test("several mistakes in one list are left out one by one", () => {
    const text = "{ security: { owners: [{ channel: 1, id: 'a' }, { channel: 'irc', id: 'b' }, { id: 'c' }, {}] } }";
    expect(parseConfig(text).config.security.owners).toEqual([{ channel: "irc", account: "default", id: "b" }]);
  });

  test("keys of the reference that are not used load and are told", () => {
    const text = `{ hooks: { enabled: true, token: "x", mappings: [{ id: "a", match: { path: "/p" } }] },
      channels: { discord: { token: "t", guilds: { "1": { channels: {} } } } }, gateway: { tailscale: { mode: "off" } } }`;
    const { status, listedOnly, problems, config } = parseConfig(text);
    expect(status).toBe("ok");
    expect(listedOnly).toEqual(["hooks", "channels.discord.token", "channels.discord.guilds", "gateway.tailscale"]);
    expect(problems.map(({ severity, code, path }) => [severity, code, path])).toEqual([
      ["info", "config.not_used", "hooks"],
      ["info", "config.channel_not_shipped", "channels.discord"],
      ["info", "config.not_used", "gateway.tailscale"],
    ]);
    expect(config.channels.discord?.accounts["default"]?.dmPolicy).toBe("pairing");
  });
});

describe("variables", () => {
  const variable = (name: string) => `$\{${name}}`;

  test("are replaced, escaped ones are not, and other braces are left alone", () => {
    const text = `{ gateway: { auth: { token: "${variable("A")}-${variable("B_1")}" } },
      messages: { responsePrefix: "$${variable("A")} ${variable("lower")}" } }`;
    const { config, problems } = parseConfig(text, { variables: { A: "one", B_1: "two" } });
    expect(problems).toEqual([]);
    expect(config.gateway.auth.token?.reveal()).toBe("one-two");
    expect(config.messages.responsePrefix).toBe(`${variable("A")} ${variable("lower")}`);
  });

  test("that are missing or empty are as severe as their section", () => {
    const text = `{ gateway: { auth: { token: "${variable("A")}" } }, channels: { telegram: { botToken: "${variable("B")}" } } }`;
    expect(facts(text, { B: "" })).toEqual([
      expect.stringMatching(/^fatal config.missing_variable gateway.auth.token :1 set A /),
      expect.stringMatching(/^section config.missing_variable channels.telegram.botToken :1 set B /),
    ]);
  });
});

describe("includes", () => {
  const read = (files: Record<string, string>) => (specifier: string) => {
    const file = specifier.replace("./", "/c/");
    return { file, text: files[file] ?? "{}" };
  };

  test("one file replaces its object, several are merged, siblings override, and origins name the file", () => {
    const files = {
      "/c/tools.json5": "{ profile: 'minimal', deny: ['exec'] }",
      "/c/a.json5": "{ port: 1000, bind: 'lan' }",
      "/c/b.json5": "{\n port: 2000 }",
    };
    const text = `{ tools: { $include: "./tools.json5" },
      gateway: { $include: ["./a.json5", "./b.json5"], bind: "loopback" } }`;
    const parsed = parseConfig(text, { file: "/c/fased.json", readInclude: read(files) });
    expect(parsed.problems).toEqual([]);
    expect(parsed.config.tools).toMatchObject({ profile: "minimal", deny: ["exec"] });
    expect(parsed.config.gateway).toMatchObject({ port: 2000, bind: "loopback" });
    expect(parsed.originOf("gateway.port")).toEqual({ file: "/c/b.json5", line: 2, column: 2 });
    expect(parsed.includes).toEqual(["/c/tools.json5", "/c/a.json5", "/c/b.json5"]);
  });

  test("a cycle is told with its chain", () => {
    const files = { "/c/a": '{ $include: "./b" }', "/c/b": '{ $include: "./a" }' };
    const { problems, status } = parseConfig('{ $include: "./a" }', {
      file: "/c/fased.json",
      readInclude: read(files),
    });
    expect(status).toBe("invalid");
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ["config.include_cycle", "files include each other: /c/fased.json → /c/a → /c/b → /c/a"],
    ]);
  });

  test("ten levels are followed, the eleventh is refused", () => {
    const chain = (length: number) => {
      const files: Record<string, string> = { [`/c/${length}`]: "{ port: 7 }" };
      for (let level = 1; level < length; level += 1) files[`/c/${level}`] = `{ $include: "./${level + 1}" }`;
      return parseConfig('{ gateway: { $include: "./1" } }', { readInclude: read(files) });
    };
    expect(chain(10)).toMatchObject({ status: "ok", config: { gateway: { port: 7 } } });
    expect(chain(11).problems.map(({ code }) => code)).toEqual(["config.include_too_deep"]);
  });

  test("files that include each other many times end early", () => {
    const files: Record<string, string> = {};
    for (let level = 1; level < 10; level += 1) {
      files[`/c/${level}`] = `{ $include: [${Array(10)
        .fill(`"./${level + 1}"`)
        .join(",")}] }`;
    }
    const { problems } = parseConfig('{ $include: "./1" }', { readInclude: read(files) });
    expect(problems[0]?.code).toBe("config.include_too_deep");
  });
});

describe("rules between settings", () => {
  const telegram = (settings: string) => serious(`{ channels: { telegram: { ${settings} } } }`).map(({ code }) => code);

  test.each([
    ["dmPolicy: 'open'", ["channel.open_without_star"]],
    ["dmPolicy: 'open', allowFrom: ['*']", []],
    ["allowFrom: ['*']", ["channel.star_without_open"]],
    ["dmPolicy: 'allowlist'", ["channel.empty_allowlist"]],
    ["dmPolicy: 'allowlist', allowFrom: [5]", []],
    ["dmPolicy: 'disabled'", []],
    ["groupAllowFrom: ['*']", ["channel.star_without_open"]],
    ["groupPolicy: 'open', groupAllowFrom: ['*']", []],
    ["groups: { '-1': { allowFrom: ['*'] } }", ["channel.star_without_open"]],
    ["groups: { '-1': { groupPolicy: 'open', allowFrom: ['*'] } }", []],
    ["allowFrom: ['*'], accounts: { a: {}, b: {} }", ["channel.star_without_open"]],
    ["dmPolicy: 'open', allowFrom: ['*'], accounts: { a: { allowFrom: [1] } }", ["channel.open_without_star"]],
    ["accounts: { a: { dmPolicy: 'open', allowFrom: ['*'] } }", []],
    ["webhookUrl: 'https://x.example/'", ["channel.missing_companion"]],
    ["webhookUrl: 'https://x.example/', webhookSecret: 's'", []],
    ["webhookSecret: 's', accounts: { a: { webhookUrl: 'https://x.example/' } }", []],
    ["enabled: false, webhookUrl: 'https://x.example/'", []],
    ["groups: { '-1': { tools: { allow: ['read'], alsoAllow: ['exec'] } } }", ["tools.allow_and_also_allow"]],
  ])("of a channel's access: %s", (settings, expected) => {
    expect(telegram(settings)).toEqual(expected);
  });

  test("an inherited breach is told where it is written", () => {
    const [problem] = serious("{ channels: { irc: {\n allowFrom: ['*'],\n accounts: { a: { host: 'h' } } } } }");
    expect(problem).toMatchObject({ path: "channels.irc.allowFrom", line: 2 });
  });

  test.each([
    ["{ tools: { allow: ['read'], alsoAllow: ['exec'] } }", ["tools.allow_and_also_allow tools.alsoAllow"]],
    ["{ tools: { allow: [], alsoAllow: ['exec'] } }", []],
    [
      "{ tools: { byProvider: { x: { allow: ['a'], alsoAllow: ['b'] } } } }",
      ["tools.allow_and_also_allow tools.byProvider.x.alsoAllow"],
    ],
    ["{ agents: { list: [{ id: 'a' }, { id: 'a' }] } }", ["agents.duplicate_id agents.list[1].id"]],
    [
      "{ agents: { list: [{ id: 'a', default: true }, { id: 'b', default: true }] } }",
      ["agents.two_defaults agents.list[1].default"],
    ],
    ["{ bindings: [{ agentId: 'opz', match: { channel: 'irc' } }] }", ["config.unknown_agent bindings[0].agentId"]],
    [
      "{ bindings: [{ agentId: 'main', match: { channel: 'icq' } }] }",
      ["config.unknown_channel bindings[0].match.channel"],
    ],
    ["{ security: { owners: [{ channel: 'irc', id: '*' }] } }", ["security.owner_wildcard security.owners[0]"]],
    [
      "{ gateway: { bind: 'custom' } }",
      ["gateway.custom_bind_host gateway.customBindHost", "gateway.bind_refused gateway.bind"],
    ],
    ["{ gateway: { bind: 'custom', customBindHost: '10.0.0.1' } }", ["gateway.bind_refused gateway.bind"]],
    ["{ network: { privateHosts: ['http://10.0.0.1:80/x'] } }", ["network.not_an_origin network.privateHosts[0]"]],
    ["{ network: { privateHosts: ['http://10.0.0.1:8080', 'https://nas.local/'] } }", []],
    ["{ channels: { discord: { allowFrom: [123] } } }", ["channel.bad_value channels.discord.allowFrom"]],
    ["{ channels: { slack: { mode: 'http' } } }", ["channel.missing_companion channels.slack.mode"]],
    ["{ channels: { irc: { nickserv: { register: true } } } }", ["channel.bad_value channels.irc.nickserv"]],
    [
      "{ channels: { imessage: { remoteHost: '-oProxyCommand=x' } } }",
      ["channel.bad_value channels.imessage.remoteHost"],
    ],
    ["{ channels: { signal: { startupTimeoutMs: 5 } } }", ["channel.bad_value channels.signal.startupTimeoutMs"]],
  ])("%s", (text, expected) => {
    expect(serious(text).map(({ code, path }) => `${code} ${path}`)).toEqual(expected);
  });
});

test("origins follow inheritance, and a default has none", () => {
  const { originOf } = parseConfig(
    "{\n channels: { telegram: {\n dmPolicy: 'disabled',\n accounts: { work: {\n enabled: true } } } },\n agents: { list: [{ id: 'a' }] } }",
  );
  expect(originOf("channels.telegram.accounts.work.dmPolicy")?.line).toBe(3);
  expect(originOf("channels.telegram.accounts.work.enabled")?.line).toBe(5);
  expect(originOf("agents.list[0].id")?.line).toBe(6);
  expect(originOf("agents.list.0.id")?.line).toBe(6);
  expect(originOf("gateway.port")).toBeUndefined();
});
