import { describe, expect, test } from "vitest";
import { type Exposure, exposureKeys, exposureOf, restrainedTo, widerSettings, widerText } from "./exposure.ts";
import { configSchema, defaultConfig } from "./schema.ts";

const configOf = (gateway: object, privateHosts: readonly string[] = []) =>
  configSchema.parse({ gateway, network: { privateHosts } });

const connected = (models: object, channels: object = {}) =>
  configSchema.parse({ models: { providers: models }, channels });

const keysWidened = (accepted: Exposure, wanted: Exposure) => widerSettings(accepted, wanted).map(({ key }) => key);

/** Each: the narrower setting, the wider one, and the key that tells. */
const pairs: readonly [string, object, object][] = [
  ["gateway.bind", { bind: "loopback" }, { bind: "lan" }],
  ["gateway.customBindHost", {}, { customBindHost: "10.0.0.1" }],
  ["gateway.auth.mode", { auth: { mode: "token" } }, { auth: { mode: "trusted-proxy" } }],
  ["gateway.auth.allowTailscale", {}, { auth: { allowTailscale: true } }],
  ["gateway.auth.trustedProxy", {}, { auth: { trustedProxy: { userHeader: "x-user" } } }],
  ["gateway.auth.rateLimit.maxAttempts", {}, { auth: { rateLimit: { maxAttempts: 11 } } }],
  ["gateway.auth.rateLimit.windowMs", {}, { auth: { rateLimit: { windowMs: 1_000 } } }],
  ["gateway.auth.rateLimit.lockoutMs", {}, { auth: { rateLimit: { lockoutMs: 1_000 } } }],
  ["gateway.auth.rateLimit.exemptLoopback", { auth: { rateLimit: { exemptLoopback: false } } }, {}],
  ["gateway.controlUi.enabled", { controlUi: { enabled: false } }, {}],
  ["gateway.controlUi.root", {}, { controlUi: { root: "/srv/page" } }],
  ["gateway.controlUi.allowedOrigins", {}, { controlUi: { allowedOrigins: ["https://a.example"] } }],
  [
    "gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback",
    {},
    { controlUi: { dangerouslyAllowHostHeaderOriginFallback: true } },
  ],
  ["gateway.controlUi.allowInsecureAuth", {}, { controlUi: { allowInsecureAuth: true } }],
  ["gateway.controlUi.dangerouslyDisableDeviceAuth", {}, { controlUi: { dangerouslyDisableDeviceAuth: true } }],
  ["gateway.trustedProxies", {}, { trustedProxies: ["10.0.0.0/8"] }],
  ["gateway.allowRealIpFallback", {}, { allowRealIpFallback: true }],
  [
    "gateway.http.endpoints.chatCompletions.enabled",
    {},
    { http: { endpoints: { chatCompletions: { enabled: true } } } },
  ],
];

describe("each setting of the Gateway", () => {
  test.each(pairs)(
    "%s: the wider value waits and the accepted one holds; back again holds at once",
    (key, narrow, wide) => {
      const [accepted, wanted] = [configOf(narrow), configOf(wide)];
      expect(keysWidened(exposureOf(accepted), exposureOf(wanted))).toEqual([key]);
      expect(exposureOf(restrainedTo(exposureOf(accepted), wanted))).toEqual(exposureOf(accepted));
      const undone = ["gateway.customBindHost", "gateway.auth.trustedProxy", "gateway.controlUi.root"].includes(key);
      // Another place or another proxy is neither narrower nor wider: it is asked about in both directions.
      expect(keysWidened(exposureOf(wanted), exposureOf(accepted))).toEqual(undone ? [key] : []);
    },
  );

  test("every key is covered here", () => {
    expect([...pairs.map(([key]) => key), "network.privateHosts"].sort()).toEqual([...exposureKeys].sort());
  });
});

describe("lists", () => {
  test("what both name stays; what is new waits; what is gone is gone at once", () => {
    const accepted = exposureOf(configOf({}, ["http://10.0.0.1", "http://10.0.0.2"]));
    const wanted = configOf({}, ["http://10.0.0.2/", "http://10.0.0.3"]);
    expect(restrainedTo(accepted, wanted).network.privateHosts).toEqual(["http://10.0.0.2/"]);
    expect(widerSettings(accepted, exposureOf(wanted)).map(widerText)).toEqual([
      'network.privateHosts: ["http://10.0.0.1","http://10.0.0.2"] becomes ["http://10.0.0.2/","http://10.0.0.3"]',
    ]);
  });

  test("every origin is wider than any list, and any list narrower than every origin", () => {
    const every = configOf({ controlUi: { allowedOrigins: ["*"] } });
    const one = configOf({ controlUi: { allowedOrigins: ["https://a.example"] } });
    expect(keysWidened(exposureOf(one), exposureOf(every))).toEqual(["gateway.controlUi.allowedOrigins"]);
    expect(restrainedTo(exposureOf(one), every).gateway.controlUi.allowedOrigins).toEqual(["https://a.example"]);
    expect(keysWidened(exposureOf(every), exposureOf(one))).toEqual([]);
  });
});

test("a config that is no wider stays the very same object, and the rest of one that is stays as it was", () => {
  const config = configOf({ port: 1_234, auth: { token: "secret" } });
  expect(restrainedTo(exposureOf(config), config)).toBe(config);
  const wide = configOf({ port: 1_234, auth: { token: "another" }, bind: "lan" });
  const held = restrainedTo(exposureOf(config), wide);
  expect(held.gateway).toEqual({ ...wide.gateway, bind: "loopback" });
});

test("another secret opens nothing, and no secret is part of it", () => {
  const [old, next] = [configOf({ auth: { token: "old-token" } }), configOf({ auth: { token: "new-token" } })];
  expect(widerSettings(exposureOf(old), exposureOf(next))).toEqual([]);
  expect(JSON.stringify(exposureOf(next))).not.toContain("new-token");
});

test("what an older version did not store counts as the default", () => {
  const wide = configOf({ bind: "lan" }, ["http://10.0.0.1"]);
  expect(keysWidened({}, exposureOf(wide))).toEqual(["gateway.bind", "network.privateHosts"]);
  expect(widerSettings({}, exposureOf(defaultConfig()))).toEqual([]);
});

describe("addresses that context goes to", () => {
  const provider = (baseUrl?: string) => ({ mine: { apiKey: "k", ...(baseUrl === undefined ? {} : { baseUrl }) } });
  const telegram = (apiRoot?: string) => ({
    telegram: { botToken: "t", ...(apiRoot === undefined ? {} : { apiRoot }) },
  });
  const irc = (server: object) => ({ irc: { nick: "n", ...server } });

  test.each<[string, object, object, readonly string[]]>([
    ["a provider moves", [provider("http://a/v1")], [provider("http://b/v1")], ["models.providers.mine.baseUrl"]],
    ["a provider gets an address", [provider()], [provider("http://b/v1")], ["models.providers.mine.baseUrl"]],
    ["a provider is new", [{}], [provider("http://b/v1")], ["models.providers.mine.baseUrl"]],
    ["a provider goes", [provider("http://a/v1")], [{}], []],
    ["a provider is spelled anew", [provider("http://A/v1")], [provider("http://a/v1")], []],
    [
      "a bot's server moves",
      [{}, telegram("http://a")],
      [{}, telegram("http://b")],
      ["channels.telegram.accounts.default.apiRoot"],
    ],
    [
      "a bot is new, at a server of its own",
      [{}],
      [{}, telegram("http://b")],
      ["channels.telegram.accounts.default.apiRoot"],
    ],
    ["a bot is new, on Telegram itself", [{}], [{}, telegram()], []],
    ["a bot goes back to Telegram itself", [{}, telegram("http://a")], [{}, telegram()], []],
    [
      "an IRC server is another",
      [{}, irc({ host: "a" })],
      [{}, irc({ host: "b" })],
      ["channels.irc.accounts.default.host"],
    ],
    [
      "an IRC port is another",
      [{}, irc({ host: "a" })],
      [{}, irc({ host: "a", port: 7000 })],
      ["channels.irc.accounts.default.host"],
    ],
    [
      "IRC loses TLS",
      [{}, irc({ host: "a" })],
      [{}, irc({ host: "a", tls: false })],
      ["channels.irc.accounts.default.host"],
    ],
    ["IRC gains TLS", [{}, irc({ host: "a", tls: false })], [{}, irc({ host: "a" })], []],
    ["IRC is new", [{}], [{}, irc({ host: "a" })], []],
  ])("%s", (...[, before, after, keys]) => {
    const [accepted, wanted] = [before, after].map((parts) => connected(...(parts as [object, object?])));
    if (!accepted || !wanted) throw new Error("two configs");
    expect(keysWidened(exposureOf(accepted), exposureOf(wanted))).toEqual(keys);
    const held = restrainedTo(exposureOf(accepted), wanted);
    if (keys.length === 0) expect(held).toBe(wanted);
    // Not used at all: neither is the new address reached, nor does its key go to the old one.
    else expect([held.models.providers, ...accountsOf(held)].every(isOff)).toBe(true);
  });

  const accountsOf = ({ channels: { telegram: bots, irc: servers } }: ReturnType<typeof connected>) => [
    ...Object.values(bots?.accounts ?? {}),
    ...Object.values(servers?.accounts ?? {}),
  ];
  const isOff = (part: object) => Object.keys(part).length === 0 || ("enabled" in part && part.enabled === false);

  test("one that waits leaves the others alone, and no secret is stored", () => {
    const accepted = connected({ ...provider("http://a/v1"), other: { baseUrl: "http://o/v1", apiKey: "sekrit" } });
    const wanted = connected({ ...provider("http://b/v1"), other: { baseUrl: "http://o/v1", apiKey: "sekrit" } });
    expect(Object.keys(restrainedTo(exposureOf(accepted), wanted).models.providers)).toEqual(["other"]);
    expect(JSON.stringify(exposureOf(wanted))).not.toContain("sekrit");
  });
});
