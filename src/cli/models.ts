/** `fased models`: which models there are, and the keys they need. */
import type { Command } from "commander";
import { parseModelReference } from "../agent/model.ts";
import { EditError, setValue } from "../config/edit.ts";
import { didYouMean } from "../config/suggest.ts";
import { changeConfig } from "../config/write.ts";
import type { LocalModelServer } from "../gateway/services.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import { withModels } from "./model-access.ts";
import type { RegisterCommand } from "./program.ts";
import { readSecret } from "./secret-input.ts";
import { safeText, tableLines } from "./text-table.ts";
import { usage } from "./usage.ts";

const examples = `
A key is tested with a live call and stored in a private file of the agent, never in the config.

Examples:
  fased models list
  fased models auth add anthropic
  pass show openai | fased models auth add openai --key-stdin
  fased models auth add mine --base-url https://llm.example.org/v1 --model big --key-env MY_KEY
  fased models set anthropic/claude-sonnet-5-5
  fased models local list`;

export const registerModels: RegisterCommand = (program, context) => {
  const models = program.command("models").description("models and their keys").addHelpText("after", examples);
  gatewayOptions(models.command("list"))
    .description("models to choose from")
    .action((flags: GatewayFlags) => list(context(), flags));
  gatewayOptions(models.command("status"))
    .description("which providers can be used; exit 1 when none can")
    .action((flags: GatewayFlags) => status(context(), flags));
  models
    .command("set")
    .description("choose the model that answers")
    .argument("<model>", "provider/model, such as openai/gpt-5.4")
    .action((model: string) => choose(context(), model));
  registerAuth(models, context);
  registerLocal(models, context);
};

type AddFlags = GatewayFlags & {
  readonly keyStdin?: true;
  readonly keyEnv?: string;
  readonly key: boolean;
  readonly baseUrl?: string;
  readonly model?: string;
};

function registerAuth(models: Command, context: () => CliContext): void {
  const auth = models.command("auth").description("keys of providers").addHelpText("after", examples);
  gatewayOptions(auth.command("add"))
    .description("test a provider's key, then store it")
    .argument("<provider>", "anthropic, openai, openrouter, or a name of yours with --base-url")
    .option("--key-stdin", "read the key from standard input")
    .option("--key-env <name>", "take the key from this environment variable")
    .option("--no-key", "the server needs none")
    .option("--base-url <url>", "address of an OpenAI-compatible server")
    .option("--model <id>", "the model to test and use")
    .action((provider: string, flags: AddFlags) => add(context(), provider, flags));
  gatewayOptions(auth.command("remove"))
    .description("forget a provider's key")
    .argument("<provider>")
    .action((provider: string, flags: GatewayFlags) => remove(context(), provider, flags));
}

function registerLocal(models: Command, context: () => CliContext): void {
  const local = models.command("local").description("model servers on this machine").addHelpText("after", examples);
  gatewayOptions(local.command("list"))
    .description("those that answer now; none is used before you accept it")
    .action((flags: GatewayFlags) => listLocal(context(), flags));
  gatewayOptions(local.command("accept"))
    .description("let agents use a model of a server on this machine")
    .argument("<origin>", "such as http://127.0.0.1:11434")
    .argument("<model>", "a model that it has")
    .action((origin: string, model: string, flags: GatewayFlags) => acceptLocal(context(), { origin, model }, flags));
}

async function list(context: CliContext, flags: GatewayFlags): Promise<void> {
  const models = await withModels(context, flags, (access) => access.list());
  context.print.result({ models }, () =>
    tableLines(
      models.map(({ id, provider, name, available, unavailableReason }) => [
        id.startsWith(`${provider}/`) ? id : `${provider}/${id}`,
        available ? "ready" : (unavailableReason ?? "not available"),
        name,
      ]),
    ),
  );
}

async function status(context: CliContext, flags: GatewayFlags): Promise<void> {
  const providers = await withModels(context, flags, (access) => access.providers());
  const usable = providers.some(({ state }) => state === "ok");
  if (!usable) context.outcome.code = exitCodes.failed;
  context.print.result({ providers }, () => [
    ...tableLines(
      providers.map(({ provider, state, source, problem }) => [provider, state, source ?? "", problem ?? ""]),
    ),
    ...(usable ? [] : ["No provider can be used: the offline assistant answers. Add a key: fased models auth add"]),
  ]);
}

async function add(context: CliContext, provider: string, flags: AddFlags): Promise<void> {
  const { keyStdin, keyEnv, key, baseUrl, model } = flags;
  if (baseUrl === undefined) await assertKnown(context, provider, flags);
  const apiKey = key
    ? await readSecret(context, {
        name: `API key of ${provider}`,
        stdin: keyStdin === true,
        variable: keyEnv,
        options: "--key-stdin, --key-env NAME or --no-key",
      })
    : undefined;
  context.print.note(`Testing ${provider} …`);
  const tested = await withModels(context, flags, (access) => access.configure({ provider, apiKey, baseUrl, model }));
  context.print.result(tested, () =>
    context.print.style.success(
      `${safeText(tested.provider)}/${safeText(tested.model)} answered in ${tested.latencyMs} ms; the key is stored.`,
    ),
  );
}

/** Before anybody is asked for a key: the address of this provider is known. Throws CliError. */
async function assertKnown(context: CliContext, provider: string, flags: GatewayFlags): Promise<void> {
  const known = await withModels(context, flags, (access) => access.providers());
  const names = known.map((one) => one.provider).sort();
  if (names.includes(provider)) return;
  throw usage(
    `no provider is called \`${provider}\``,
    `${didYouMean(provider, names)}Known: ${names.join(", ")}. Another server needs --base-url and --model`,
  );
}

async function remove(context: CliContext, provider: string, flags: GatewayFlags): Promise<void> {
  const outcome = await withModels(context, flags, (access) => access.clear(provider));
  if (outcome === "absent") {
    throw new CliError("models.no_key", `no key of \`${provider}\` is stored`, {
      fix: "see `fased models status`; keys in environment variables are unset there",
    });
  }
  context.print.result({ provider, outcome }, () => `Forgot the key of ${provider}.`);
}

type LocalServers = { readonly servers: readonly LocalModelServer[] };

async function listLocal(context: CliContext, flags: GatewayFlags): Promise<void> {
  const found = await withGateway(context, flags, (gateway) => gateway.call<LocalServers>("models.local.list"));
  context.print.result(found, () => {
    if (found.servers.length === 0) return "No model server answers on this machine: neither Ollama nor llama-server.";
    return tableLines(
      found.servers.flatMap(({ origin, kind, models, accepted }) =>
        models.map((model) => [origin, kind, model, accepted ? "accepted" : "not accepted"]),
      ),
    );
  });
}

type LocalChoice = { readonly origin: string; readonly model: string };

async function acceptLocal(context: CliContext, choice: LocalChoice, flags: GatewayFlags): Promise<void> {
  await withGateway(context, flags, (gateway) => gateway.call("models.local.accept", choice));
  context.print.result(choice, () =>
    context.print.style.success(`${choice.model} at ${choice.origin} may be used now.`),
  );
}

async function choose(context: CliContext, model: string): Promise<void> {
  if (!parseModelReference(model)) {
    throw usage(`\`${model}\` is no model`, "write provider/model; see `fased models list`");
  }
  const { environment, flags, clock, print } = context;
  const { changed } = await changeConfig({
    environment,
    flags,
    clock,
    edit: (text) => withModel(text, model),
  });
  print.result({ model, changed: changed === "changed" }, () => print.style.success(`${model} answers from now on.`));
}

/** The setting may be one name, or an object with fallbacks, which stay. */
function withModel(text: string, model: string): string {
  const path = ["agents", "defaults", "model"];
  try {
    return setValue(text, [...path, "primary"], model);
  } catch (error) {
    if (error instanceof EditError) return setValue(text, path, model);
    throw error;
  }
}
