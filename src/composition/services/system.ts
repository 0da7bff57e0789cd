/** Models, agents, channels, the ledger and unanswered messages, as the control plane shows them. */
import { ModelError } from "../../agent/model-error.ts";
import {
  type AgentService,
  type ChannelService,
  type LedgerService,
  type ModelService,
  ServiceError,
  type WhyService,
} from "../../gateway/services.ts";
import { loadLedgerKey, readAnchor } from "../../guard/ledger-key.ts";
import { listLedger, verifyLedger } from "../../guard/read-ledger.ts";
import type { Engine } from "../engine.ts";
import type { Foundation } from "../foundation.ts";

export function createModelService({ models, agents }: Engine): ModelService {
  const { settings } = models;
  const agent = () => agents()[0] ?? "main";
  return {
    list: async () => settings.list(agent()),
    authStatus: async () => settings.status(agent()),
    configure: ({ provider, apiKey, baseUrl, model }) =>
      settings.configure({ agent: agent(), provider, apiKey, baseUrl, model }).catch(asServiceError),
    clear: (provider) => settings.clear(agent(), provider),
    localServers: () => settings.localServers(),
    acceptLocal: ({ origin, model }) => settings.acceptLocal({ origin, model }).catch(asServiceError),
  };
}

function asServiceError(error: unknown): never {
  if (error instanceof ModelError) throw new ServiceError(error.code, error.message);
  throw error;
}

export function createAgentService({ agents, workspaces }: Engine, { config }: Foundation): AgentService {
  return {
    list: () => ({
      defaultId: agents()[0] ?? "main",
      mainKey: `agent:${agents()[0] ?? "main"}:main`,
      agents: config().agents.list.map(({ id, name, model }) => ({
        id,
        ...(name === undefined ? {} : { name }),
        workspace: workspaces.rootOf(id),
        ...(model?.primary === undefined ? {} : { model: model.primary }),
      })),
    }),
  };
}

const channelLabels: Readonly<Record<string, string>> = { telegram: "Telegram", irc: "IRC", webchat: "Web chat" };

export function createChannelService({ channels }: Engine): ChannelService {
  return { status: () => channels.statuses(), label: (channel) => channelLabels[channel] ?? channel };
}

export function createWhyService({ why }: Engine): WhyService {
  return { list: async (limit) => why.list(limit) };
}

export function createLedgerService({ database, paths }: Foundation): LedgerService {
  return {
    list: async ({ limit, before }) =>
      listLedger(database, { limit, ...(before === undefined ? {} : { before }) }).map(
        ({ seq, at, principal, action, effect, reason, session, summary }) => ({
          seq,
          at,
          who: principal,
          what: action,
          effect: effect as "allow" | "ask" | "challenge" | "deny",
          reason,
          ...(session === null || session === undefined ? {} : { session }),
          ...(summary === null || summary === undefined ? {} : { summary }),
        }),
      ),
    async verify() {
      const [key, anchor] = await Promise.all([loadLedgerKey(paths.ledgerKey), readAnchor(paths.ledgerAnchor)]);
      const report = verifyLedger(database, { key, anchor });
      const [problem] = report.problems;
      return { intact: !problem, rows: report.rows, ...(problem === undefined ? {} : { problem: problem.message }) };
    },
  };
}
