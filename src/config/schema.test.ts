import { expect, expectTypeOf, test } from "vitest";
import { Secret } from "../platform/secret.ts";
import { type Config, configSchema, defaultConfig } from "./schema.ts";

test("an empty config is complete, frozen, private and has the one agent main", () => {
  const config = defaultConfig();
  expect(config.gateway.bind).toBe("loopback");
  expect(config.gateway.port).toBe(18_789);
  expect(config.channels.defaults.groupPolicy).toBe("allowlist");
  expect(config.channels.telegram).toBeUndefined();
  expect(config.security).toEqual({ owners: [], informationFlow: { mode: "enforce" } });
  expect(config.agents.list.map(({ id, default: chosen }) => [id, chosen])).toEqual([["main", true]]);
  expect(Object.isFrozen(config.agents.list[0]?.sandbox)).toBe(true);
});

test("agents inherit each setting they leave out", () => {
  const { agents } = configSchema.parse({
    agents: {
      defaults: { sandbox: { mode: "all" }, timeoutSeconds: 30, model: "openai/gpt-5" },
      list: [
        { id: "ops", sandbox: { scope: "session" } },
        { id: "home", default: true, timeoutSeconds: 5 },
      ],
    },
  });
  const facts = agents.list.map(({ id, default: chosen, timeoutSeconds, sandbox, model }) => {
    return { id, chosen, timeoutSeconds, sandbox, model };
  });
  const model = { primary: "openai/gpt-5", fallbacks: [] };
  expect(facts).toEqual([
    {
      id: "ops",
      chosen: false,
      timeoutSeconds: 30,
      sandbox: { mode: "all", scope: "session", workspaceAccess: "none" },
      model,
    },
    {
      id: "home",
      chosen: true,
      timeoutSeconds: 5,
      sandbox: { mode: "all", scope: "agent", workspaceAccess: "none" },
      model,
    },
  ]);
});

test("accounts inherit from their channel, whose own settings are the account default when they hold a credential", () => {
  const { channels } = configSchema.parse({
    channels: {
      telegram: { botToken: "1:a", dmPolicy: "disabled", accounts: { work: { botToken: "2:b", allowFrom: [7] } } },
      irc: { nick: "bot", accounts: { libera: { host: "irc.libera.chat", channels: ["#x"] } } },
      whatsapp: { dmPolicy: "pairing" },
    },
  });
  expect(Object.keys(channels.telegram?.accounts ?? {})).toEqual(["default", "work"]);
  expect(channels.telegram?.accounts["work"]).toMatchObject({ dmPolicy: "disabled", allowFrom: ["7"], enabled: true });
  expect(Object.keys(channels.irc?.accounts ?? {})).toEqual(["libera"]);
  expect(channels.irc?.accounts["libera"]).toMatchObject({ nick: "bot", tls: true, channels: ["#x"] });
  expect(Object.keys(channels.whatsapp?.accounts ?? {})).toEqual(["default"]);
});

test("secret values are Secret, everything in Config is read-only", () => {
  const config = configSchema.parse({ gateway: { auth: { token: "s3cret" } } });
  expect(config.gateway.auth.token).toBeInstanceOf(Secret);
  expect(JSON.stringify(config)).not.toContain("s3cret");
  expectTypeOf<Config["gateway"]["auth"]["token"]>().toEqualTypeOf<Secret<string> | undefined>();
  expectTypeOf<Config["tools"]["deny"]>().toEqualTypeOf<readonly string[] | undefined>();
});

test("the agent of an empty list is what its entry alone would be", () => {
  const listed = configSchema.parse({ agents: { list: [{ id: "main" }] } }).agents.list;
  expect(configSchema.parse({}).agents.list).toEqual(listed);
});
