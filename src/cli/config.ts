/** `fased config`: look at the config, change it, take a change back. */
import type { Command } from "commander";
import { parseValue, setValue, unsetValue } from "../config/edit.ts";
import { configJsonSchema } from "../config/json-schema.ts";
import { startProblems } from "../config/login.ts";
import { type Setting, settingAt } from "../config/lookup.ts";
import { type ConfigPath, formatPath, parsePath } from "../config/path.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { isSecretPath } from "../config/redacted.ts";
import { isTextAt } from "../config/schema-keys.ts";
import { needsRestart } from "../config/start-keys.ts";
import { TextError } from "../config/tree.ts";
import type { Json } from "../config/value.ts";
import { listVersions } from "../config/versions.ts";
import { ConfigWriteError, changeConfig, undoConfig } from "../config/write.ts";
import { statePaths } from "../platform/state-paths.ts";
import { CliError } from "./cli-error.ts";
import { problemLines, shortPath } from "./config-text.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import type { RegisterCommand } from "./program.ts";

export type Accepted = {
  /** Hash of the policy that was accepted; undefined when nothing waited. */
  readonly policy: string | null;
  /** What is allowed now that was not before, one sentence each; empty when nothing waited. */
  readonly widened: readonly string[];
  /** Keys whose new value is in force only after the next start. */
  readonly restartKeys: readonly string[];
};

export type ConfigPorts = {
  /** Takes the policy that waits for consent: by the running Gateway, else in the state. Rejects when `expect` is not its hash. */
  accept(request: { readonly expect: string | undefined }, context: CliContext): Promise<Accepted>;
};

const examples = `
Examples:
  fased config get gateway.port
  fased config set channels.irc.host irc.example.org
  fased config set tools.deny '["exec", "process"]'
  fased config set gateway.auth.password --stdin < password.txt
  fased config unset channels.irc
  fased config undo

Paths: agents.list[0].id, channels.irc.groups["#a.b"].requireMention
Every key: docs/config.md, or \`fased config schema\``;

/** The command, with what it needs from the Gateway. */
export function configCommand(ports: ConfigPorts): RegisterCommand {
  return (program, context) => {
    const config = program
      .command("config")
      .description("look at the config, change it, take a change back")
      .addHelpText("after", examples);
    registerReading(config, context);
    registerWriting(config, context);
    registerHistory(config, context);
    config
      .command("accept")
      .description("let a change that allows more take effect")
      .option("--expect <hash>", "only if the waiting policy has this hash")
      .action(async ({ expect }: { expect?: string }) => accept(context(), ports, expect));
  };
}

type GetContext = () => CliContext;

function registerReading(config: Command, context: GetContext): void {
  config
    .command("get")
    .description("print a setting in force; without a path, all of them")
    .argument("[path]", "such as gateway.port")
    .option("--unredacted", "show secrets")
    .action((path: string | undefined, { unredacted }: { unredacted?: true }) => get(context(), path, unredacted));
  config
    .command("validate")
    .description("check the config; exit 1 when something is switched off by a mistake, or the start would refuse it")
    .action(() => validate(context()));
  config
    .command("path")
    .description("print where the config lies")
    .action(() => printPath(context()));
  config
    .command("schema")
    .description("print the config's JSON Schema")
    .action(() => {
      const schema = configJsonSchema();
      context().print.result(schema, () => JSON.stringify(schema, null, 2));
    });
}

function registerWriting(config: Command, context: GetContext): void {
  config
    .command("set")
    .description("change a setting, keeping comments and everything else")
    .argument("<path>", "such as gateway.port")
    .argument("[value]", "JSON5, or a bare text")
    .option("--stdin", "take the value from standard input: for secrets")
    .option("--strict-json", "accept JSON only")
    .action((path: string, value: string | undefined, from: ValueFrom) => set(context(), path, { ...from, value }));
  config
    .command("unset")
    .description("remove a setting, so that its default is in force")
    .argument("<path>", "such as gateway.port")
    .action((path: string) => unset(context(), path));
}

function registerHistory(config: Command, context: GetContext): void {
  config
    .command("undo")
    .description("bring back the text before the last change")
    .option("--list", "list the versions that are kept")
    .option("--to <id>", "bring back this version")
    .action(({ list, to }: { list?: true; to?: string }) => (list ? printVersions(context()) : undo(context(), to)));
}

function get(context: CliContext, text: string | undefined, unredacted: true | undefined): void {
  const path = text === undefined ? [] : parsePath(text);
  const loaded = context.load();
  const setting = settingAt(loaded, path, unredacted ? "unredacted" : "redacted");
  if (loaded.status === "invalid") context.print.note("The config has mistakes: see `fased config validate`.");
  context.print.result(setting, () => shown(setting.value));
}

function shown(value: Setting["value"]): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function validate(context: CliContext): void {
  const loaded = context.load();
  const { status, listedOnly, paths, switchedOff } = loaded;
  const problems = [...loaded.problems, ...startProblems(loaded)];
  const serious = problems.filter(({ severity }) => severity !== "info");
  if (serious.length > 0) context.outcome.code = exitCodes.failed;
  const { print } = context;
  print.result({ status, path: paths.config, problems, switchedOff, listedOnly }, () => [
    ...problems.flatMap((problem) => problemLines(problem, print.style)),
    verdict(context, { status, serious, switchedOff, file: shortPath(paths.config, context.environment) }),
  ]);
}

type Verdict = {
  readonly status: string;
  readonly serious: readonly ConfigProblem[];
  readonly switchedOff: readonly string[];
  readonly file: string;
};

function verdict({ print }: CliContext, { status, serious, switchedOff, file }: Verdict): string {
  if (status === "absent") return print.style.warn(`${file} does not exist yet; \`fased start\` writes it.`);
  if (serious.length === 0) return print.style.success(`${file} is sound.`);
  const count = serious.length === 1 ? "1 mistake" : `${serious.length} mistakes`;
  if (status === "invalid") return print.style.error(`${file}: ${count}; the Gateway would start in recovery mode.`);
  if (serious.some(({ severity }) => severity === "fatal"))
    return print.style.error(`${file}: ${count}; the Gateway would not start.`);
  if (status === "ok")
    return print.style.warn(`${file}: this version refuses ${serious.map(({ path }) => path).join(", ")}.`);
  return print.style.warn(`${file}: ${count}; switched off: ${switchedOff.join(", ")}.`);
}

function printPath(context: CliContext): void {
  const { config, state, envFile } = context.paths();
  const exists = context.load().status !== "absent";
  context.print.result({ config, state, env: envFile, exists }, () => config);
}

type ValueFrom = { readonly stdin?: true; readonly strictJson?: true; readonly value?: string | undefined };

async function set(context: CliContext, text: string, from: ValueFrom): Promise<void> {
  const path = parsePath(text);
  const value = await valueFrom(context, path, from);
  const changed = await change(context, (before) => setValue(before, path, value));
  report(context, { path, verb: "Set", changed: changed.changed, hash: changed.hash });
}

async function unset(context: CliContext, text: string): Promise<void> {
  const path = parsePath(text);
  const { changed, hash } = await change(context, (before) => unsetValue(before, path));
  report(context, { path, verb: "Removed", changed, hash });
}

async function valueFrom(context: CliContext, path: ConfigPath, from: ValueFrom): Promise<Json> {
  if ((from.value === undefined) !== (from.stdin === true)) {
    const message = from.stdin ? "the value is given twice" : "the value is missing";
    throw new CliError("cli.usage", message, {
      fix: `fased config set ${formatPath(path)} <value>, or --stdin`,
      exitCode: exitCodes.usage,
    });
  }
  if (isSecretPath(path) && !from.stdin) {
    context.print.note("Other users of this machine can see the words of a command; use --stdin for secrets.");
  }
  const text = from.value ?? (await context.readStdin()).replace(/\r?\n$/, "");
  return from.strictJson ? strictValue(text) : looseValue(path, text);
}

function strictValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new CliError("cli.usage", `the value is not JSON: ${(error as Error).message}`, {
      fix: "put texts in double quotes, or leave --strict-json out",
      exitCode: exitCodes.usage,
    });
  }
}

/** Where a text is expected, the words are the text; elsewhere JSON5, or else a bare text. */
function looseValue(path: ConfigPath, text: string): Json {
  const value = json5Value(text);
  if (value === undefined || (isTextAt(path) && typeof value !== "string")) return text;
  return value;
}

function json5Value(text: string): Json | undefined {
  try {
    return parseValue(text);
  } catch (error) {
    if (error instanceof TextError && !/^\s*[[{]/.test(text)) return undefined;
    throw error;
  }
}

async function change(context: CliContext, edit: (text: string) => string) {
  const { environment, flags, clock, print } = context;
  try {
    return await changeConfig({ environment, flags, clock, edit });
  } catch (error) {
    if (error instanceof ConfigWriteError && print.form === "text") {
      for (const problem of error.problems.slice(1)) print.note(problemLines(problem, print.style).join("\n"));
    }
    throw error;
  }
}

type Change = {
  readonly path: ConfigPath;
  readonly verb: "Set" | "Removed";
  readonly changed: "changed" | "unchanged";
  readonly hash: string;
};

function report(context: CliContext, { path, verb, changed, hash }: Change): void {
  const { print, environment } = context;
  const name = formatPath(path);
  const file = context.paths().config;
  const restart = changed === "changed" && needsRestart(path);
  print.result({ path: name, file, changed: changed === "changed", restartRequired: restart, hash }, () => {
    if (changed === "unchanged") return print.style.muted(`${name} had that value already.`);
    return [
      print.style.success(`${verb} ${name} in ${shortPath(file, environment)}.`),
      ...(restart ? ["It takes effect when the Gateway starts again."] : []),
    ];
  });
}

async function printVersions(context: CliContext): Promise<void> {
  const versions = await listVersions(statePaths(context.paths().state).configVersions);
  context.print.result({ versions }, () => {
    if (versions.length === 0) return "No earlier versions.";
    return versions.map(({ id, replacedAt }) => `${id}  replaced ${replacedAt}`);
  });
}

async function undo(context: CliContext, to: string | undefined): Promise<void> {
  const { environment, flags, clock, print } = context;
  const { version, hash } = await undoConfig({ environment, flags, clock, ...(to === undefined ? {} : { to }) });
  print.result({ version: version.id, replacedAt: version.replacedAt, hash }, () => [
    print.style.success(`Brought back version ${version.id}, replaced ${version.replacedAt}.`),
    "`fased config undo` again takes this back.",
  ]);
}

async function accept(context: CliContext, ports: ConfigPorts, expect: string | undefined): Promise<void> {
  const accepted = await ports.accept({ expect }, context);
  context.print.result(accepted, () => {
    if (accepted.policy === null) return "Nothing waits for consent.";
    return [
      ...accepted.widened.map((sentence) => `+ ${sentence}`),
      `Policy ${accepted.policy} is in force.`,
      ...restartLines(context, accepted.restartKeys),
    ];
  });
}

function restartLines({ print }: CliContext, keys: readonly string[]): string[] {
  return keys.length === 0 ? [] : [print.style.warn(`After the next start of the Gateway: ${keys.join(", ")}.`)];
}
