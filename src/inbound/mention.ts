/** Whether a group message means the agent: the platform's own mark, else the patterns of the config (reference 2.4). */
import type { Envelope } from "../channels/contract.ts";
import type { Config } from "../config/schema.ts";

/** Zero-width and bidirectional marks hide a name from a pattern and from nobody else. */
const invisible = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

export function mentionOf(envelope: Envelope, config: Config): Envelope["mention"] {
  if (envelope.mention === "mentioned") return "mentioned";
  const patterns = mentionPatterns(config);
  const text = envelope.text.toLowerCase().replaceAll(invisible, "");
  if (patterns.some((pattern) => pattern.test(text))) return "mentioned";
  return envelope.mention === "undetectable" && patterns.length > 0 ? "unmentioned" : envelope.mention;
}

/** Agents' own patterns, else the common ones, else their names. A pattern that does not compile matches nothing. */
function mentionPatterns(config: Config): readonly RegExp[] {
  const sources = config.agents.list.flatMap(
    (agent) => agent.groupChat?.mentionPatterns ?? namePattern(agent.identity?.name),
  );
  const all = sources.length > 0 ? sources : (config.messages.groupChat.mentionPatterns ?? []);
  return all.flatMap((source) => {
    try {
      return [new RegExp(source, "iu")];
    } catch {
      return [];
    }
  });
}

function namePattern(name: string | undefined): readonly string[] {
  if (!name) return [];
  return [`(^|[^\\p{L}\\p{N}])@?${name.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")}($|[^\\p{L}\\p{N}])`];
}
