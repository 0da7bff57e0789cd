/** The requests that the offline assistant understands, one pattern each. */
import { parse as parseDates } from "chrono-node/en";
import { addLine } from "./offline-add-line.ts";
import { answer, type Intent, oneCall } from "./offline-intent.ts";
import { extract, failure, fenced, noTime, offlineHelp, quotedInline, shown, unwrapped } from "./offline-words.ts";

type Rule = {
  readonly pattern: RegExp;
  intent(groups: Readonly<Record<string, string>>, now: Date): Intent | undefined;
};

const path = String.raw`(?:the )?(?:file )?["'\x60“]?(?<path>[^"'\x60”?\n]+?)["'\x60”]?`;
const quoted = String.raw`["'“\x60](?<text>[\s\S]+?)["'”\x60]`;
const url = String.raw`<?(?<url>https?:\/\/[^\s<>"']+?)>?`;
const end = String.raw`\s*[.!?]*\s*$`;

const rule = (source: string, intent: Rule["intent"]): Rule => ({
  pattern: new RegExp(`^${source}${end}`, "iu"),
  intent,
});

const rules: readonly Rule[] = [
  rule(String.raw`(?:hi|hello|hey|good (?:morning|evening|day)|thanks|thank you)(?:\s+\w+)?`, () =>
    answer(`Hello! ${offlineHelp}`),
  ),
  rule(String.raw`(?:\/?help|\?|what can you do|who are you)`, () => answer(offlineHelp)),
  rule(String.raw`(?:status|session status|\/status|which model(?: are you)?|what model.*)`, () =>
    oneCall({ tool: "session_status", arguments: {} }, (result) => shown("This session", result)),
  ),
  rule(`undo(?: (?:that|it|the last (?:change|turn)))?`, () =>
    answer(
      "I cannot undo by myself: press **Undo** below the turn, or send `/undo`. It takes back every file change of the last turn.",
    ),
  ),
  rule(`(?:list|show)(?: me)?(?: all)?(?: the)?(?: my)? files(?: (?:in|of|under) ${path})?`, ({ path: folder }) =>
    listFiles(folder),
  ),
  rule(`what files (?:are (?:there|here)|do i have|exist)(?: (?:in|under) ${path})?`, ({ path: folder }) =>
    listFiles(folder),
  ),
  rule("ls", () => listFiles(undefined)),
  rule(`(?:open|bring back) (?<handle>h_[A-Za-z0-9]+)`, ({ handle }) =>
    oneCall({ tool: "open", arguments: { handle } }, (result) => shown("That source", result)),
  ),
  rule(`(?:fetch|get|open|load|read)(?: the)?(?: page| url| site)? ${url}`, ({ url: address }) =>
    oneCall({ tool: "web_fetch", arguments: { url: address } }, (result) =>
      shown(`What ${address} holds`, { ...result, text: unwrapped(result.text) }),
    ),
  ),
  rule(`summari[sz]e(?: the)?(?: page| url| site)? ${url}`, ({ url: address }) => summarise(address ?? "")),
  rule(`(?:what did i write in|what(?:'s| is| does it say) in|what does) ${path}(?: (?:say|contain))?`, readFile),
  rule(`(?:read|show|show me|cat|open|print) ${path}`, readFile),
  rule(`(?:add|append) (?:${quoted}|(?<plain>.+?)) to ${path}`, (groups) =>
    addLine(groups["text"] ?? groups["plain"] ?? "", groups["path"] ?? ""),
  ),
  rule(String.raw`(?:write|save|put) (?:${quoted}|(?<plain>[\s\S]+?)) (?:to|into|in|as) ${path}`, (groups) =>
    writeFile(groups["text"] ?? groups["plain"] ?? "", groups["path"] ?? ""),
  ),
  rule(
    String.raw`create(?: a)? file ${path} (?:with|containing)(?: the text)? (?:${quoted}|(?<plain>[\s\S]+?))`,
    (groups) => writeFile(groups["text"] ?? groups["plain"] ?? "", groups["path"] ?? ""),
  ),
  rule(
    String.raw`create ["'\x60]?(?<path>[^\s"'\x60]+\.\w+)["'\x60]? (?:with|containing)(?: the text)? (?:${quoted}|(?<plain>[\s\S]+?))`,
    (groups) => writeFile(groups["text"] ?? groups["plain"] ?? "", groups["path"] ?? ""),
  ),
  rule(
    String.raw`(?:replace|change|edit) ["'“\x60](?<from>[\s\S]+?)["'”\x60] (?:with|to|into|by) ["'“\x60](?<to>[\s\S]*?)["'”\x60] in ${path}`,
    ({ from, to, path: file }) =>
      oneCall({ tool: "edit", arguments: { path: file, oldText: from, newText: to } }, (result) =>
        result.failed ? failure(`Changing \`${file}\``, result) : `Changed \`${file}\`.\n\n${fenced(result.text)}`,
      ),
  ),
  rule(
    String.raw`(?:search|grep)(?: the files)? for ["'“\x60]?(?<text>.+?)["'”\x60]?(?: in (?:my|the|all) files)?`,
    ({ text = "" }) =>
      runCommand(`grep -rnI --exclude-dir=.git -- ${shellWord(text)} .`, `Lines with ${quotedInline(text)}`),
  ),
  rule(`(?:delete|remove) ${path}`, ({ path: file = "" }) =>
    runCommand(`rm -v -- ${shellWord(file)}`, `Removing \`${file}\``),
  ),
  rule(String.raw`(?:run|execute) on the host:?\s+\x60?(?<command>[\s\S]+?)\x60?`, ({ command = "" }) =>
    runOnHost(command),
  ),
  rule(String.raw`(?:run|execute)\s+\x60?(?<command>[\s\S]+?)\x60? on the host`, ({ command = "" }) =>
    runOnHost(command),
  ),
  rule(String.raw`(?:run|execute|\/run|\$)\s+\x60?(?<command>[\s\S]+?)\x60?`, ({ command = "" }) =>
    runCommand(command, `\`${command.replaceAll("`", "'")}\``),
  ),
  rule(String.raw`remind me (?<request>[\s\S]+?)`, ({ request = "" }, now) => remind(request, now)),
];

/** The intent of a request; undefined when it is not understood. `now` is what "in 20 minutes" counts from. */
export function intentOf(words: string, now: Date): Intent | undefined {
  const trimmed = words.trim();
  const inRoom = trimmed.replace(speaker, "");
  return [trimmed, unaddressed(trimmed), inRoom, unaddressed(inRoom)].reduce<Intent | undefined>(
    (found, request) => found ?? matched(request, now),
    undefined,
  );
}

/** In rooms the window says who speaks, as `Ann B.: `. */
const speaker = /^[\p{L}\p{N}@._+ -]{1,40}:\s+/u;

/** Without `@bot`, `bot:` and `please` at the start. */
function unaddressed(words: string): string {
  return words.replace(/^(?:@\S+|[\w-]{1,32}[,:])\s+/u, "").replace(/^please\s+/iu, "");
}

function matched(words: string, now: Date): Intent | undefined {
  for (const { pattern, intent } of rules) {
    const groups = pattern.exec(words)?.groups ?? (pattern.test(words) ? {} : undefined);
    const found = groups && intent(groups, now);
    if (found) return found;
  }
  return undefined;
}

/** `read` lists a folder. */
function listFiles(folder: string | undefined): Intent {
  const heading = folder === undefined ? "Files in the workspace" : `Files in \`${folder}\``;
  return oneCall({ tool: "read", arguments: { path: folder ?? "." } }, (result) => shown(heading, result));
}

function readFile({ path: file = "" }: Readonly<Record<string, string>>): Intent {
  return oneCall({ tool: "read", arguments: { path: file } }, (result) => shown(`\`${file}\` says`, result));
}

function writeFile(text: string, file: string): Intent {
  const content = `${text}\n`;
  return oneCall({ tool: "write", arguments: { path: file, content } }, (result) =>
    result.failed ? failure(`Writing \`${file}\``, result) : `Wrote \`${file}\`:\n\n${fenced(content)}`,
  );
}

function runCommand(command: string, heading: string): Intent {
  return oneCall({ tool: "exec", arguments: { command } }, (result) => shown(heading, result));
}

/** Outside the sandbox: the policy asks the owner for exactly this command. */
function runOnHost(command: string): Intent {
  return oneCall({ tool: "exec", arguments: { command, host: "gateway" } }, (result) =>
    shown(`\`${command.replaceAll("`", "'")}\` on the host`, result),
  );
}

function summarise(address: string): Intent {
  return oneCall({ tool: "web_fetch", arguments: { url: address } }, (result) =>
    result.failed
      ? failure(`Fetching ${address}`, result)
      : `${address} begins with (quoted from the page, by the offline assistant):\n\n${fenced(extract(unwrapped(result.text)))}`,
  );
}

/** A parser of dates overlooks the sign. */
const backwards = /\bin\s+(?:[-−–]\s*\d|minus\b)/iu;

function remind(request: string, now: Date): Intent {
  const [when] = backwards.test(request) ? [] : parseDates(request, now, { forwardDate: true });
  if (!when) return answer(noTime(request));
  const rest = `${request.slice(0, when.index)} ${request.slice(when.index + when.text.length)}`;
  const text =
    rest
      .replace(/\s+/g, " ")
      .trim()
      .replace(/^(?:to|about|that)\s+/iu, "")
      .replace(/[.,!]+$/, "") || "Reminder";
  // The words themselves: the tool knows the owner's time zone.
  const due = /^in\s/i.test(when.text) ? { in: when.text.replace(/^in\s+/i, "") } : { at: when.text };
  return oneCall({ tool: "remind", arguments: { text, ...due } }, (result) =>
    result.failed
      ? failure("Setting the reminder", result)
      : `I will remind you: ${quotedInline(text)}.\n\n${fenced(result.text)}`,
  );
}

/** One word of a POSIX shell, whatever it holds. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
