/** Where the answers of `fased onboard` come from: flags, or a person who is asked for what the flags leave open. */
import { isAbsolute } from "node:path";
import { knownProviders } from "../agent/known-providers.ts";
import type { Secret } from "../platform/secret.ts";
import type { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { cancelled, type Prompts } from "./prompts.ts";
import { readSecret } from "./secret-input.ts";
import { usage } from "./usage.ts";

export type OnboardFlags = {
  readonly nonInteractive?: true;
  readonly acceptRisk?: true;
  readonly workspace?: string;
  readonly provider?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly keyStdin?: true;
  readonly keyEnv?: string;
  readonly key: boolean;
  readonly channel?: string;
  readonly telegramTokenStdin?: true;
  readonly telegramTokenEnv?: string;
  readonly ircHost?: string;
  readonly ircPort?: number;
  readonly ircNick?: string;
  readonly ircChannels?: string;
};

export type ModelAnswer = {
  readonly provider: string;
  readonly apiKey: Secret | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
};

export type ChannelAnswer =
  | { readonly kind: "telegram"; readonly token: Secret }
  | {
      readonly kind: "irc";
      readonly host: string;
      readonly nick: string;
      readonly port?: number;
      readonly channels?: readonly string[];
    };

export type OnboardAnswers = {
  /** Throws CliError unless the risk is accepted. */
  acceptRisk(): Promise<void>;
  workspace(suggested: string): Promise<string>;
  /** Asked again after each failure; undefined: none for now. */
  model(): Promise<ModelAnswer | undefined>;
  /** Tells why the test failed; throws where nobody can answer differently. */
  modelFailed(error: unknown): Promise<void>;
  channel(): Promise<ChannelAnswer | undefined>;
};

const risk = `An agent with tools can read and change the files of its workspace and run commands there. What it reads, a web page
or a message, may try to talk it into something. Fased asks you before anything leaves the sandbox, and the safe config
lets nobody in but you. Still: give it a workspace that you can afford to lose, and read what you approve.`;

export async function questionsFor(context: CliContext, flags: OnboardFlags): Promise<OnboardAnswers> {
  if (flags.nonInteractive) return answersFromFlags(context, flags);
  if (!context.prompts) {
    throw usage("there is no terminal to ask at", "add --non-interactive --accept-risk and the answers as options");
  }
  return answersFromPerson(context, flags, await context.prompts());
}

function answersFromFlags(context: CliContext, flags: OnboardFlags): OnboardAnswers {
  return {
    async acceptRisk() {
      if (!flags.acceptRisk) throw usage("--non-interactive needs --accept-risk", risk.replaceAll("\n", " "));
    },
    workspace: async (suggested) => checkedWorkspace(flags.workspace ?? suggested),
    model: async () => {
      const { provider } = flags;
      return provider === undefined ? undefined : modelAnswer(context, flags, provider);
    },
    async modelFailed(error) {
      throw error;
    },
    channel: async () => (flags.channel === undefined ? undefined : channelAnswer(context, flags, flags.channel)),
  };
}

function answersFromPerson(context: CliContext, flags: OnboardFlags, prompts: Prompts): OnboardAnswers {
  let attempts = 0;
  return {
    async acceptRisk() {
      if (flags.acceptRisk) return;
      prompts.say(risk);
      if (!(await prompts.confirm({ message: "Go on?", suggested: "no" }))) throw cancelled();
    },
    workspace: async (suggested) =>
      flags.workspace ?? (await prompts.text({ message: "Workspace of the agent", suggested, check: workspaceFault })),
    async model() {
      attempts += 1;
      const provider = attempts === 1 ? flags.provider : undefined;
      return provider === undefined ? askModel(flags, prompts) : modelAnswer(context, flags, provider);
    },
    modelFailed: async (error) => prompts.say(`It did not work: ${error instanceof Error ? error.message : error}`),
    channel: async () =>
      flags.channel === undefined ? askChannel(prompts) : channelAnswer(context, flags, flags.channel),
  };
}

const absoluteOrHome = (path: string): boolean => isAbsolute(path) || path === "~" || path.startsWith("~/");

const workspaceFault = (path: string): string | undefined =>
  absoluteOrHome(path) ? undefined : "Write the whole path, such as ~/notes.";

function checkedWorkspace(path: string): string {
  const fault = workspaceFault(path);
  if (fault === undefined) return path;
  throw usage(`\`${path}\` cannot be the workspace`, fault);
}

async function modelAnswer(context: CliContext, flags: OnboardFlags, provider: string): Promise<ModelAnswer> {
  const { baseUrl, model, key, keyStdin, keyEnv } = flags;
  if (!knownProviders[provider] && baseUrl === undefined) throw unknownProvider(provider);
  const source = { stdin: keyStdin === true, variable: keyEnv, options: "--key-stdin, --key-env NAME or --no-key" };
  const apiKey = key ? await readSecret(context, { name: `API key of ${provider}`, ...source }) : undefined;
  return { provider, apiKey, baseUrl, model };
}

function unknownProvider(provider: string): CliError {
  const known = Object.keys(knownProviders).join(", ");
  return usage(`\`${provider}\` is no provider that Fased knows`, `use ${known}, or add --base-url`);
}

async function askModel(flags: OnboardFlags, prompts: Prompts): Promise<ModelAnswer | undefined> {
  const provider = await prompts.choose("Which model should answer?", [
    { value: "later", label: "None yet", hint: "the offline assistant answers" },
    ...Object.keys(knownProviders).map((value) => ({ value, label: value })),
    { value: "other", label: "Another OpenAI-compatible server" },
  ]);
  if (provider === "later") return undefined;
  if (provider !== "other") {
    return { provider, apiKey: await prompts.secret(`API key of ${provider}`), baseUrl: undefined, model: undefined };
  }
  const name = await prompts.text({ message: "A name for it", suggested: flags.provider ?? "mine" });
  const baseUrl = await prompts.text({ message: "Its address", suggested: "https://", check: urlFault });
  const model = await prompts.text({ message: "The model's id there", check: emptyFault });
  const apiKey = await prompts.secret("Its API key; empty when it needs none");
  return { provider: name, apiKey: apiKey.reveal() === "" ? undefined : apiKey, baseUrl, model };
}

const urlFault = (text: string): string | undefined =>
  /^https?:\/\/[^/]/.test(text) && URL.canParse(text) ? undefined : "Write it as https://host/v1.";
const emptyFault = (text: string): string | undefined => (text.trim() === "" ? "It is needed." : undefined);

async function channelAnswer(context: CliContext, flags: OnboardFlags, channel: string): Promise<ChannelAnswer> {
  if (channel === "telegram") {
    const { telegramTokenStdin, telegramTokenEnv } = flags;
    const token = await readSecret(context, {
      name: "token of the Telegram bot",
      stdin: telegramTokenStdin === true,
      variable: telegramTokenEnv,
      options: "--telegram-token-stdin or --telegram-token-env NAME",
    });
    return { kind: "telegram", token };
  }
  if (channel !== "irc") throw usage(`\`${channel}\` cannot be set up here`, "use telegram or irc");
  const { ircHost: host, ircNick: nick, ircPort: port, ircChannels } = flags;
  if (host === undefined || nick === undefined)
    throw usage("IRC needs a server and a nickname", "add --irc-host and --irc-nick");
  return {
    ...{ kind: "irc", host, nick },
    ...(port === undefined ? {} : { port }),
    ...(ircChannels === undefined ? {} : { channels: ircChannels.split(",").map((room) => room.trim()) }),
  };
}

async function askChannel(prompts: Prompts): Promise<ChannelAnswer | undefined> {
  const kind = await prompts.choose("A first channel, beside the web chat?", [
    { value: "later", label: "None yet" },
    { value: "telegram", label: "Telegram", hint: "needs a bot's token from @BotFather" },
    { value: "irc", label: "IRC", hint: "needs a server and a nickname" },
  ]);
  if (kind === "later") return undefined;
  if (kind === "telegram") return { kind, token: await prompts.secret("Token of the bot") };
  const host = await prompts.text({ message: "IRC server", suggested: "irc.libera.chat", check: emptyFault });
  const nick = await prompts.text({ message: "Nickname of the agent", check: emptyFault });
  return { kind, host, nick };
}
