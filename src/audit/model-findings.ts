/** Models that are too old or too small to be trusted with tools. */
import type { Cell } from "../policy/survey.ts";
import { type AuditFacts, Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";

type ModelRef = { readonly id: string; readonly path: string; readonly agent?: string };

export function modelFindings(facts: AuditFacts): readonly Finding[] {
  const main = mainModels(facts);
  const all = [...main, ...imageModels(facts)];
  const legacy = all.filter(({ id }) => isLegacy(id));
  const weak = all.filter(({ id }) => isWeak(id));
  const small = main.filter(({ id }) => parametersOf(id) <= smallParametersMax);
  const exposed = small.filter(({ agent }) => !isConfined(facts, agent));
  return [
    ...findingIf(legacy.length > 0, () => ({
      checkId: "models.legacy",
      severity: "warn",
      title: "Old models are configured",
      detail: bullets(legacy.map(refText)),
      remediation: "choose a current model: older ones follow hostile text more easily",
    })),
    ...findingIf(weak.length > 0, () => ({
      checkId: "models.weak_tier",
      severity: "warn",
      title: "Models below the top tier are configured",
      detail: bullets(weak.map(refText)),
      remediation: "choose the strongest model for agents that hold tools or read untrusted content",
    })),
    ...findingIf(small.length > 0, () => ({
      checkId: "models.small_params",
      severity: exposed.length > 0 ? "critical" : "info",
      title: exposed.length > 0 ? "A small model reaches the web or the host" : "A small model is configured, confined",
      detail: bullets((exposed.length > 0 ? exposed : small).map(refText)),
      remediation:
        'for small models set agents.defaults.sandbox.mode to "all" and switch web tools and the browser off',
    })),
  ];
}

const refText = ({ id, path }: ModelRef) => `${path}: ${id}`;

function mainModels({ loaded: { config } }: AuditFacts): readonly ModelRef[] {
  const defaults = config.agents.defaults.model;
  const own = config.agents.list.flatMap((agent, index) =>
    agent.model === undefined || agent.model === defaults
      ? []
      : refsOf(agent.model, { path: `agents.list[${index}].model`, agent: agent.id }),
  );
  return [...refsOf(defaults, { path: "agents.defaults.model" }), ...own];
}

function imageModels({ loaded }: AuditFacts): readonly ModelRef[] {
  const written = new Written(loaded);
  const path = "agents.defaults.imageModel";
  const primary = written.text(`${path}.primary`);
  return refsOf({ primary, fallbacks: written.texts(`${path}.fallbacks`) }, { path });
}

type Models = { readonly primary?: string | undefined; readonly fallbacks: readonly string[] };

function refsOf(models: Models | undefined, at: Omit<ModelRef, "id">): readonly ModelRef[] {
  if (!models) return [];
  return [models.primary ?? "", ...models.fallbacks].filter((id) => id !== "").map((id) => ({ id, ...at }));
}

const isLegacy = (id: string): boolean =>
  /\bgpt-3\.5\b/i.test(id) || /claude-instant|claude-2|gpt-4-0314|gpt-4-0613/i.test(id);

function isWeak(id: string): boolean {
  if (/\bhaiku\b/i.test(id)) return true;
  const gpt = /\bgpt-(\d+)/i.exec(id)?.[1];
  if (gpt !== undefined) return Number(gpt) < 5;
  return /\bclaude-/i.test(id) && !isCurrentClaude(id);
}

/** 4.5 and later, in the spellings `-4-5`, `-45`, `4.5`, and any major above 4. */
function isCurrentClaude(id: string): boolean {
  const version = /claude-(?:[a-z]+-)?(\d{1,2})(?:[.-](\d{1,2}))?(?!\d)/i.exec(id);
  const [, major = "", minor = ""] = version ?? [];
  const compact = /^4[5-9]$/.test(major);
  if (compact || (Number(major) >= 5 && Number(major) < 10)) return true;
  return major === "4" && Number(minor) >= 5;
}

const smallParametersMax = 300;

/** Billions of parameters as the name tells them (`8b`, `e4b`); infinite when it does not. */
function parametersOf(id: string): number {
  const counts = [...id.matchAll(/(?<![a-z0-9])[a-z]?(\d+(?:\.\d+)?)b(?![a-z0-9])/gi)].map(([, count]) =>
    Number(count),
  );
  return counts.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...counts);
}

/** Every agent with that model runs in the sandbox, and no web tool or browser is in reach. */
function isConfined(facts: AuditFacts, agent: string | undefined): boolean {
  const { config } = facts.loaded;
  const agents = config.agents.list.filter(({ id }) => agent === undefined || id === agent);
  const sandboxed = agents.every(({ sandbox }) => sandbox.mode === "all");
  return sandboxed && !agents.some(({ id }) => webTools(facts).some((tool) => isReachable(facts.cells, id, tool)));
}

const searchKeys = ["BRAVE_API_KEY", "PERPLEXITY_API_KEY", "OPENROUTER_API_KEY"];

function webTools({ loaded, environment }: AuditFacts): readonly string[] {
  const written = new Written(loaded);
  const search = written.value("tools.web.search.enabled");
  const hasKey = written.text("tools.web.search.apiKey") !== "" || searchKeys.some((name) => environment[name]);
  return [
    ...(search === true || (search === undefined && hasKey) ? ["web_search"] : []),
    ...(loaded.config.tools.web.fetch.enabled ? ["web_fetch"] : []),
    ...(written.value("browser.enabled") === false ? [] : ["browser"]),
  ];
}

function isReachable(cells: readonly Cell[], agent: string, tool: string): boolean {
  return cells.some(({ request: { action }, decision }) => {
    if (action.kind !== "tool.call" || action.agent !== agent || action.tool !== tool) return false;
    return decision.effect === "allow" || decision.effect === "ask";
  });
}
