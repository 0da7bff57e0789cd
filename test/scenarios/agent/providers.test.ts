import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthProfiles } from "../../../src/agent/auth-profiles.ts";
import { acceptedServersMigrations, createAcceptedServers } from "../../../src/agent/local-servers.ts";
import { createModelSettings } from "../../../src/agent/model-settings.ts";
import { ProviderRegistry } from "../../../src/agent/provider-registry.ts";
import { type Config, configSchema, freezeDeep } from "../../../src/config/schema.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { openDatabase } from "../../../src/platform/database.ts";
import type { Environment } from "../../../src/platform/host.ts";
import { createHttpClient } from "../../../src/platform/http-client.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

const key = "sk-test-4711-abcdef";
let folder: string;
let server: ScriptedModel;
/** An address where nothing listens. */
let nobody: string;
beforeAll(async () => {
  const gone = await startScriptedModel();
  nobody = gone.origin;
  await gone.close();
  server = await startScriptedModel();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-providers-"));
  server.play({ rules: [], otherwise: [{ text: "ok" }] });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (raw: object): Config => freezeDeep(configSchema.parse(raw)) as Config;
const profilesPath = () => join(folder, "agents", "main", "agent", "auth-profiles.json");

function open(raw: object = {}, environment: Environment = {}) {
  const database = openDatabase(join(folder, "state.db"), { servers: acceptedServersMigrations });
  const profiles = createAuthProfiles(profilesPath());
  const accepted = createAcceptedServers(database);
  const ports = {
    config: () => configOf(raw),
    profiles: () => profiles,
    environment,
    accepted,
    clientFor: (privateOrigins: readonly string[]) => createHttpClient({ privateOrigins }),
    clock: systemClock,
    places: [
      { kind: "ollama" as const, origin: server.origin, path: "/api/tags" },
      { kind: "llama-server" as const, origin: nobody, path: "/v1/models" },
    ],
  };
  const registry = new ProviderRegistry(ports);
  const close = async () => {
    await registry.close();
    await database.close();
  };
  return { registry, settings: createModelSettings(ports, registry), profiles, accepted, close };
}

describe("auth profiles", () => {
  it("are created 0600, keep what they do not know, and never show a key", async () => {
    const { profiles, close } = open();
    await profiles.save({ provider: "anthropic", apiKey: new Secret(key) });
    expect(statSync(profilesPath()).mode & 0o777).toBe(0o600);
    const file = JSON.parse(readFileSync(profilesPath(), "utf8"));
    expect(file).toEqual({
      version: 1,
      profiles: { "anthropic:default": { type: "api_key", provider: "anthropic", key } },
    });
    file.profiles["google:x"] = { type: "oauth", access: "a", refresh: "r" };
    file.order = { anthropic: ["anthropic:default"] };
    writeFileSync(profilesPath(), JSON.stringify(file));
    await profiles.save({ provider: "anthropic", model: "m" });
    expect(JSON.parse(readFileSync(profilesPath(), "utf8"))).toEqual({
      ...file,
      profiles: { ...file.profiles, "anthropic:default": { type: "api_key", provider: "anthropic", key, model: "m" } },
    });
    expect(inspect(profiles.list(), { depth: 9 }) + JSON.stringify(profiles.list())).not.toContain(key);
    expect(profiles.find("anthropic")?.apiKey?.reveal()).toBe(key);
    expect(await profiles.clear("anthropic")).toBe("cleared");
    expect(await profiles.clear("anthropic")).toBe("absent");
    await close();
  });

  it("that another program writes are used at once, and those that it removes are gone", async () => {
    const { profiles, close } = open();
    const byOther = createAuthProfiles(profilesPath());
    expect(profiles.list()).toEqual([]);
    await byOther.save({ provider: "openai", apiKey: new Secret(key) });
    expect(profiles.find("openai")?.apiKey?.reveal()).toBe(key);
    writeFileSync(profilesPath(), readFileSync(profilesPath(), "utf8").replace(key, `${key}-by-hand`));
    expect(profiles.find("openai")?.apiKey?.reveal()).toBe(`${key}-by-hand`);
    rmSync(profilesPath());
    expect(profiles.list()).toEqual([]);
    await close();
  });

  it("that cannot be read are an error that names the file and no secret", async () => {
    const { profiles, close } = open();
    await profiles.save({ provider: "openai", apiKey: new Secret(key) });
    for (const broken of [
      `{"version":1,"profiles":{"openai:default":{"key":"${key}"`,
      '{"version":2,"profiles":{}}',
      "[]",
    ]) {
      writeFileSync(profilesPath(), broken);
      expect(() => profiles.list()).toThrow(profilesPath());
      expect(() => profiles.list()).not.toThrow(key);
      await expect(profiles.save({ provider: "openai", model: "m" })).rejects.toThrow("repair it");
      expect(readFileSync(profilesPath(), "utf8")).toBe(broken);
    }
    await close();
  });
});

describe("the choice of a model", () => {
  it("is the offline assistant when nothing is configured", async () => {
    const { registry, close } = open();
    expect((await registry.choose("main")).map(({ provider }) => provider)).toEqual(["offline"]);
    await close();
  });

  it("is the stored key's provider, then the environment's, and the configured model goes before both", async () => {
    const environment = { OPENAI_API_KEY: key };
    const first = open({}, environment);
    expect((await first.registry.choose("main"))[0]).toMatchObject({ provider: "openai" });
    await first.profiles.save({ provider: "anthropic", apiKey: new Secret(key), model: "claude-x" });
    expect((await first.registry.choose("main"))[0]).toMatchObject({ provider: "anthropic", id: "claude-x" });
    await first.close();
    const model = { primary: "openai/gpt-x", fallbacks: ["nobody/model", "offline/offline-assistant"] };
    const second = open({ agents: { defaults: { model } } }, environment);
    expect((await second.registry.choose("main")).map(({ provider, id }) => `${provider}/${id}`)).toEqual([
      "openai/gpt-x",
      "offline/offline-assistant",
    ]);
    await second.close();
  });

  it.each([
    ["anthropic/claude-x", "model.no_key"],
    ["nobody/model", "model.unknown_provider"],
    ["claude-x", "model.unknown_provider"],
  ])("%s that cannot be used is told, not replaced in silence", async (model, code) => {
    const { registry, close } = open({ agents: { defaults: { model } } });
    await expect(registry.choose("main")).rejects.toMatchObject({ code });
    await close();
  });
});

describe("a key that is entered", () => {
  const credential = { agent: "main", provider: "mine", apiKey: key, model: "scripted" };

  it("is tested live and stored only when it works", async () => {
    const { settings, registry, profiles, close } = open();
    server.play({ rules: [], otherwise: [{ fault: { kind: "status", status: 401 } }] });
    const entered = { ...credential, baseUrl: `${server.origin}/v1` };
    await expect(settings.configure(entered)).rejects.toMatchObject({ code: "model.unauthorized" });
    expect(profiles.list()).toEqual([]);
    server.play({ rules: [], otherwise: [{ text: "ok" }] });
    expect(await settings.configure(entered)).toMatchObject({ provider: "mine", model: "scripted" });
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect((await registry.choose("main"))[0]).toMatchObject({ provider: "mine", id: "scripted" });
    expect(settings.status("main")).toContainEqual({ provider: "mine", state: "ok", source: "profile" });
    expect(JSON.stringify([settings.status("main"), settings.list("main")])).not.toContain(key);
    await close();
  });

  it("is not sent to another address than the one it was stored with", async () => {
    const { settings, close } = open();
    await settings.configure({ ...credential, baseUrl: `${server.origin}/v1` });
    server.play({ rules: [], otherwise: [{ text: "ok" }] });
    await settings.testProvider({ ...credential, apiKey: undefined, baseUrl: `${server.origin}/v1` });
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
    const other = await startScriptedModel();
    await settings.testProvider({ ...credential, apiKey: undefined, baseUrl: `${other.origin}/v1` });
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
    await other.close();
    await close();
  });
});

describe("a model server on this machine", () => {
  it("is found and offered, and used only once it is accepted, also after a restart", async () => {
    const first = open();
    expect(await first.settings.localServers()).toEqual([
      { origin: server.origin, kind: "ollama", models: ["scripted:latest"], accepted: false },
    ]);
    expect((await first.registry.choose("main"))[0]).toMatchObject({ provider: "offline" });
    await expect(first.settings.acceptLocal({ origin: server.origin, model: "other" })).rejects.toThrow("other");
    await expect(first.settings.acceptLocal({ origin: "http://10.0.0.1:1", model: "x" })).rejects.toThrow("10.0.0.1");
    await first.settings.acceptLocal({ origin: server.origin, model: "scripted:latest" });
    await first.close();
    const again = open();
    expect((await again.registry.choose("main"))[0]).toMatchObject({ provider: "ollama", id: "scripted:latest" });
    expect(await again.settings.localServers()).toMatchObject([{ accepted: true }]);
    expect(await again.accepted.withdraw(server.origin)).toBe(true);
    expect((await again.registry.choose("main"))[0]).toMatchObject({ provider: "offline" });
    await again.close();
  });
});
