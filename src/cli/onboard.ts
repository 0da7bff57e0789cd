/** `fased onboard`: a short way to a workspace, a model and a first channel. Everything can be changed later. */
import { setValue } from "../config/edit.ts";
import { setEnvVariable } from "../config/env-file.ts";
import { writeFirstRun } from "../config/first-run.ts";
import type { ConfigPath } from "../config/path.ts";
import type { Json } from "../config/value.ts";
import { changeConfig } from "../config/write.ts";
import { portNumber } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { shortPath } from "./config-text.ts";
import type { CliContext } from "./context.ts";
import type { SandboxPort } from "./machine-probes.ts";
import { type Tested, withModels } from "./model-access.ts";
import { type ModelAnswer, type OnboardAnswers, type OnboardFlags, questionsFor } from "./onboard-answers.ts";
import type { RegisterCommand } from "./program.ts";

const examples = `
Secrets are asked for without showing them, or come from standard input or a variable; never from the command line.

Examples:
  fased onboard
  fased onboard --non-interactive --accept-risk --workspace ~/notes
  fased onboard --non-interactive --accept-risk --provider anthropic --key-env ANTHROPIC_API_KEY
  fased onboard --non-interactive --accept-risk --channel telegram --telegram-token-env BOT_TOKEN
  fased onboard --non-interactive --accept-risk --channel irc --irc-host irc.libera.chat --irc-nick mybot`;

export function onboardCommand(ports: SandboxPort): RegisterCommand {
  return (program, context) => {
    program
      .command("onboard")
      .description("set up a workspace, a model and a first channel")
      .option("--non-interactive", "ask nothing; needs --accept-risk")
      .option("--accept-risk", "I have read what an agent with tools can do")
      .option("--workspace <folder>", "where the agent works")
      .option("--provider <name>", "anthropic, openai, openrouter, or a name of yours with --base-url")
      .option("--base-url <url>", "address of an OpenAI-compatible server")
      .option("--model <id>", "the model to use")
      .option("--key-stdin", "read the provider's key from standard input")
      .option("--key-env <name>", "take the provider's key from this environment variable")
      .option("--no-key", "the server needs no key")
      .option("--channel <name>", "telegram or irc")
      .option("--telegram-token-stdin", "read the bot's token from standard input")
      .option("--telegram-token-env <name>", "take the bot's token from this environment variable")
      .option("--irc-host <host>", "name of the IRC server")
      .option("--irc-port <port>", "its port; 6697 with TLS when it is left out", portNumber)
      .option("--irc-nick <nick>", "nickname of the agent")
      .option("--irc-channels <rooms>", "rooms to join, with commas between them")
      .addHelpText("after", examples)
      .action((flags: OnboardFlags) => onboard(context(), ports, flags));
  };
}

type Done = {
  readonly config: "written" | "kept";
  readonly workspace: string;
  readonly model: Tested | null;
  readonly channel: string | null;
};

async function onboard(context: CliContext, ports: SandboxPort, flags: OnboardFlags): Promise<void> {
  const ask = await questionsFor(context, flags);
  await ask.acceptRisk();
  const config = await writeConfig(context, ports);
  const workspace = await ask.workspace(workspaceOf(context));
  await applyWorkspace(context, workspace);
  const model = await setUpModel(context, ask);
  const channel = await setUpChannel(context, ask);
  const done: Done = { config, workspace, model: model ?? null, channel: channel ?? null };
  context.print.result(done, () => summary(context, done));
}

async function writeConfig(context: CliContext, { trySandbox }: SandboxPort): Promise<"written" | "kept"> {
  const paths = context.paths();
  const { status } = context.load();
  if (status === "invalid") {
    throw new CliError("config.invalid", `${paths.config} has mistakes`, {
      fix: "see `fased config validate`; mend them first, or go back with `fased config undo`",
    });
  }
  if (status !== "absent") return "kept";
  context.print.note("Trying the sandbox of this machine …");
  const { state } = await trySandbox(paths);
  return (await writeFirstRun(paths, state === "proven" ? "proven" : "not proven")).config;
}

function workspaceOf(context: CliContext): string {
  const { config, paths } = context.load();
  return config.agents.defaults.workspace ?? shortPath(`${paths.state}/workspace`, context.environment);
}

async function applyWorkspace(context: CliContext, workspace: string): Promise<void> {
  if (workspace === workspaceOf(context)) return;
  await applySettings(context, [[["agents", "defaults", "workspace"], workspace]]);
}

type Setting = readonly [path: ConfigPath, value: Json];

async function applySettings(context: CliContext, settings: readonly Setting[]): Promise<void> {
  const { environment, flags, clock } = context;
  const edit = (before: string) => settings.reduce((text, [path, value]) => setValue(text, path, value), before);
  await changeConfig({ environment, flags, clock, edit });
}

/** A key that fails its test may be entered again, or left for later. */
async function setUpModel(context: CliContext, ask: OnboardAnswers): Promise<Tested | undefined> {
  for (let model = await ask.model(); model; model = await ask.model()) {
    try {
      return await testModel(context, model);
    } catch (error) {
      await ask.modelFailed(error);
    }
  }
  return undefined;
}

async function testModel(context: CliContext, model: ModelAnswer): Promise<Tested> {
  context.print.note(`Testing ${model.provider} …`);
  return withModels(context, {}, (models) => models.configure(model));
}

const telegramVariable = "TELEGRAM_BOT_TOKEN";

async function setUpChannel(context: CliContext, ask: OnboardAnswers): Promise<string | undefined> {
  const channel = await ask.channel();
  if (!channel) return undefined;
  if (channel.kind === "telegram") {
    await setEnvVariable(context.paths().envFile, telegramVariable, channel.token);
    await applySettings(context, [[["channels", "telegram", "botToken"], `$\{${telegramVariable}}`]]);
  } else {
    const { kind: _kind, ...settings } = channel;
    await applySettings(
      context,
      Object.entries(settings).map(([key, value]) => [["channels", "irc", key], value]),
    );
  }
  return channel.kind;
}

function summary({ print, environment, paths }: CliContext, { model, workspace, channel }: Done): string[] {
  const tested = model && `${model.provider}/${model.model} (answered in ${model.latencyMs} ms)`;
  return [
    print.style.success(`Set up in ${shortPath(paths().config, environment)}.`),
    `  Workspace  ${workspace}`,
    `  Model      ${tested ?? "offline assistant; add one with `fased models auth add`"}`,
    `  Channel    ${channel ?? "web chat only"}`,
    "",
    "Next: fased start",
    ...(channel === null
      ? []
      : ["Then write to the agent there and let yourself in: fased pairing approve CODE --owner"]),
    "And look at what is allowed: fased security audit",
  ];
}
