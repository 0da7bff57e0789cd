import * as z from "zod";
import { block, flag, key, later, positive, secretKey, text, texts } from "../key.ts";

const logLevel = () => z.enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"]);

export const logging = block({
  level: key(logLevel().default("info"), "What goes to the log file."),
  consoleLevel: key(logLevel().default("info"), "What goes to the terminal."),
  file: key(
    text().optional(),
    "Log file. Unset: `<state>/logs/fased-YYYY-MM-DD.log`.",
    "A folder that others can write to is unsafe.",
  ),
  maxFileBytes: key(positive().default(500_000_000), "Size of a log file in bytes."),
  consoleStyle: key(z.enum(["pretty", "compact", "json"]).default("pretty"), "Form of terminal output."),
  redactSensitive: key(
    z.enum(["off", "tools"]).default("tools"),
    "Masks what looks like a secret in the log and in the ledger's summaries. Secrets of the config are masked always.",
    "`off` writes other people's secrets to the log.",
  ),
  redactPatterns: key(texts().default([]), "Regular expressions that are masked too, beside the built-in ones."),
});

export const discovery = block({
  mdns: block({
    mode: key(
      z.enum(["off", "minimal", "full"]).default("off"),
      "Announces the Gateway on the local network.",
      "`full` tells paths and ports.",
    ),
  }),
  wideArea: block({ enabled: key(flag().default(false), "Announces the Gateway by DNS.") }),
});

export const network = block({
  privateHosts: key(
    texts().default([]),
    "Exact origins on private networks that tools may reach, such as `http://192.168.1.20:8080`.",
    "The agent can call whatever listens there.",
  ),
});

const modelEntry = () =>
  z.strictObject({
    id: key(text().min(1), "Model id as the provider spells it."),
    name: key(text().optional(), "Name shown to people."),
    reasoning: key(flag().optional(), "The model thinks before it answers."),
    input: key(texts().optional(), "Kinds of input: text, image."),
    cost: key(z.record(z.string(), z.number()).optional(), "Prices per million tokens."),
    contextWindow: key(positive().optional(), "Tokens of its window."),
    maxTokens: key(positive().optional(), "Tokens of one answer."),
  });

const provider = () =>
  z.strictObject({
    baseUrl: key(
      z.url({ protocol: /^https?$/ }).optional(),
      "Address of the API.",
      "It sees everything the model sees.",
    ),
    apiKey: secretKey("Key of the API; better kept by `fased models auth add`.").optional(),
    auth: key(z.enum(["api-key", "token", "oauth", "aws-sdk"]).optional(), "How to authenticate."),
    api: key(
      z.enum(["openai-completions", "openai-responses", "anthropic-messages", "google-generative-ai"]).optional(),
      "Protocol. Unset: the provider's own, else `openai-completions`.",
    ),
    authHeader: key(flag().optional(), "Sends the key as `Authorization: Bearer`."),
    headers: key(
      z.record(z.string(), secretKey("Value of an added header.")).optional(),
      "Headers added to each call.",
    ),
    models: key(z.array(modelEntry()).default([]), "Models of the provider."),
  });

export const models = block({
  mode: key(z.enum(["merge", "replace"]).default("merge"), "`replace` offers only what is listed here."),
  providers: key(z.record(z.string(), later(provider)).default({}), "Provider id → where its models are."),
});
