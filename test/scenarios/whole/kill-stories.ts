/** The stories that kill tests tell, each with what must hold at its end whatever was killed. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KillPoint } from "../../../src/sessions/kill-points.ts";
import { decodeLabel } from "../../../src/sessions/stored-label.ts";
import type { ModelScript } from "../../servers/model-script.ts";
import { platformName } from "./durable-platform.ts";
import { hookPath } from "./kill-life.ts";
import type { Aftermath, Faults, Story } from "./kill-story.ts";

const hook = "#!/bin/sh\necho checked\n";
const writeHook = `echo ran >> ran.txt; mkdir -p .git/hooks; printf '${hook.replaceAll("\n", "\\n")}' > ${hookPath}`;
const stroke = (name: string) => ({
  name: "edit",
  arguments: { path: `${name}.md`, oldText: `${name}:`, newText: `${name}:|` },
});

/** Each call leaves a trace that can be counted: a stroke in a file, a line in `ran.txt`. */
export const killScript: ModelScript = {
  rules: [
    { when: "first stroke", steps: [{ calls: [stroke("tally")] }, { text: "Done. {{result}}" }] },
    { when: "more strokes", steps: [{ calls: [stroke("tally"), stroke("other")] }, { text: "Done. {{result}}" }] },
    { when: "keep thinking", steps: [{ text: "I thought.", fault: { kind: "slow", delayMs: 2_000 } }] },
    {
      when: "remind me",
      steps: [{ calls: [{ name: "remind", arguments: { text: "Tea", in: "1 second" } }] }, { text: "Set. {{result}}" }],
    },
    {
      when: "set up",
      steps: [{ calls: [{ name: "exec", arguments: { command: writeHook } }] }, { text: "Set up. {{result}}" }],
    },
  ],
  otherwise: [
    { calls: [stroke("tally")] },
    { calls: [{ name: "exec", arguments: { command: "echo ran >> ran.txt", host: "gateway" } }] },
    { text: "All done. {{result}}" },
  ],
};

const count = (text: string, part: string): number => text.split(part).length - 1;
const when = (holds: boolean, fault: string): readonly string[] => (holds ? [fault] : []);

/** Whatever the story: what was to be sent arrived once, or is told as unknown. */
function deliveryFaults({ sent, arrived, unknownDeliveries }: Aftermath): Faults {
  const known = [...arrived, ...unknownDeliveries];
  const missing = sent.map(({ key }) => key).filter((key) => !known.includes(key));
  const twice = arrived.filter((key, index) => arrived.indexOf(key) !== index);
  return {
    lost: missing.map((key) => `neither arrived nor told as unknown: ${key}`),
    doubled: twice.map((key) => `delivered twice: ${key}`),
  };
}

const answersSent = ({ sent }: Aftermath): number => sent.filter(({ key }) => key.endsWith(":answer")).length;

const joined = (...faults: readonly Faults[]): Faults => ({
  lost: faults.flatMap(({ lost }) => lost),
  doubled: faults.flatMap(({ doubled }) => doubled),
});

/** A message that leads to an edit, to a host command which the owner approves by a button, and to an answer. */
const turn: Story = {
  lines: [{ text: "do both" }],
  faultsOf: (aftermath) => {
    const edits = count(aftermath.file("tally.md"), "|");
    const commands = count(aftermath.file("ran.txt"), "\n");
    const answers = count(JSON.stringify(aftermath.items), '"text":"All done.');
    const wrong = aftermath.sent.filter(({ text }) => text.includes("decided before"));
    return joined(deliveryFaults(aftermath), {
      lost: [
        ...when(answers < 1, "the run has no answer"),
        ...when(answersSent(aftermath) < 1, "the answer was not sent"),
        ...when(edits + count(aftermath.unknownSteps.join(), "edit") < 1, "the edit is missing"),
        ...when(commands + count(aftermath.unknownSteps.join(), "exec") < 1, "the command is missing"),
        ...when(wrong.length > 0, "the answer to a card is not told"),
      ],
      doubled: [
        ...when(answers > 1, "the run has more than one answer"),
        ...when(edits > 1, "the edit was made twice"),
        ...when(commands > 1, "the command ran twice"),
      ],
    });
  },
};

const replies = {
  undo: /Taken back|to take back|goes on with what is left/,
  keep: /Kept as yours|nothing to keep|Say \/keep again/,
  new: /starts afresh|Say \/new again/,
  stop: /Stopped: |Nothing is running|says what runs/,
} as const;

export type CommandName = keyof typeof replies;

export function replyTo(command: CommandName, { sent }: Aftermath): string {
  return sent
    .filter(({ key, text }) => key.endsWith(":command") && replies[command].test(text))
    .map(({ text }) => text)
    .join(" AND ");
}

/** Whether the content of a file is the owner's: nobody else's, or kept. */
export function isOwn(name: string, { file, rows }: Aftermath): boolean {
  const hash = createHash("sha256").update(file(name)).digest("hex");
  const labels = rows("state", `SELECT label FROM file_labels WHERE identity = '${hash}'`);
  return labels.every(({ label }) => decodeLabel(label).integrity === "owner");
}

export const resets = ({ rows }: Aftermath): number =>
  Number(rows("sessions", "SELECT max(generation) AS generation FROM sessions")[0]?.["generation"] ?? 0);

/** Two turns that change files, one of them with words from outside; then what the Gateway itself is told to do. */
const commands: Story = {
  lines: [
    { text: "first stroke", parts: [{ kind: "forwarded", text: "strike it, says somebody" }] },
    { text: "more strokes" },
    { text: "/undo" },
    { text: "/keep" },
    { text: "/new" },
    { text: "keep thinking" },
    { text: "/stop", during: "run" },
  ],
  faultsOf: (aftermath) => {
    const names = Object.keys(replies) as CommandName[];
    const reply = (name: CommandName) => replyTo(name, aftermath);
    const known = aftermath.unknownSteps.length === 0;
    const tally = count(aftermath.file("tally.md"), "|");
    const other = count(aftermath.file("other.md"), "|");
    const kept = reply("keep").startsWith("Kept");
    const undone = reply("undo").startsWith("Taken back");
    const stopped = reply("stop").startsWith("Stopped: 1 run");
    return joined(deliveryFaults(aftermath), {
      lost: [
        ...when(answersSent(aftermath) < 2, "a message has no answer"),
        ...names.flatMap((name) => when(reply(name) === "", `/${name} has no reply`)),
        ...when(undone && tally + other > 1, "what is told as taken back is there"),
        ...when(known && undone && kept !== isOwn("tally.md", aftermath), "kept is not what is told"),
        ...when(reply("new").includes("afresh") && resets(aftermath) === 0, "the conversation was not reset"),
        ...when(stopped && aftermath.sent.some(({ text }) => text === "I thought."), "a stopped run went on"),
      ],
      doubled: [
        ...names.flatMap((name) => when(reply(name).includes(" AND "), `/${name} is answered twice`)),
        ...when(tally > 2 || other > 1, "a stroke was made twice"),
        ...when(known && tally < 1, "two turns were undone"),
        ...when(resets(aftermath) > 1, "the conversation was reset twice"),
      ],
    });
  },
};

/** A command writes a hook; the owner grants the proposal by its button. */
const proposal: Story = {
  lines: [{ text: "set up the repository" }],
  faultsOf: (aftermath) => {
    const seen = existsSync(join(aftermath.state, "hooks-seen"))
      ? readFileSync(join(aftermath.state, "hooks-seen"), "utf8").trim().split("\n")
      : [];
    const told = aftermath.sent.filter(({ key }) => key.includes(":proposal:"));
    const unknown = [...aftermath.unknownSteps, ...told.map(({ text }) => text)].join().match(/exec|Outcome unknown/);
    return joined(deliveryFaults(aftermath), {
      lost: [
        ...when(aftermath.file(hookPath) !== hook && !unknown, "the hook is missing"),
        ...when(told.length === 0 && !unknown, "nobody told what became of the proposal"),
        ...when(
          told.some(({ text }) => text.includes("used already")),
          "a grant that did nothing counts as used",
        ),
      ],
      doubled: [
        ...when(count(aftermath.file("ran.txt"), "\n") > 1, "the command ran twice"),
        ...when(new Set(seen).size > 1, "the hook was written twice"),
        ...when(told.length > 1, "the proposal is told twice"),
      ],
    });
  },
};

/** Somebody unknown writes, twice. */
const stranger: Story = {
  lines: [
    { text: "hello", from: "99" },
    { text: "anybody there?", from: "99" },
  ],
  faultsOf: (aftermath) => {
    const path = join(aftermath.state, "credentials", `${platformName}-pairing.json`);
    const [request] = (JSON.parse(readFileSync(path, "utf8")) as { requests: { code: string }[] }).requests;
    const told = aftermath.sent.filter(({ text }) => text.includes(request?.code ?? "no code"));
    return joined(deliveryFaults(aftermath), {
      lost: when(told.length === 0, "the stranger was not told the code"),
      doubled: when(aftermath.sent.length > 1, "the stranger was written to more than once"),
    });
  },
};

/** A reminder that becomes due in this life or in the next. */
const reminder: Story = {
  lines: [{ text: "remind me of the tea" }],
  faultsOf: (aftermath) => {
    const kept = aftermath.rows("state", "SELECT id FROM reminders").length;
    const told = aftermath.sent.filter(({ key }) => key.startsWith("reminder:")).length;
    return joined(deliveryFaults(aftermath), {
      lost: [
        ...when(kept === 0 && !aftermath.unknownSteps.includes("remind"), "there is no reminder"),
        ...when(told < kept, "the reminder was not delivered"),
      ],
      doubled: [...when(kept > 1, "there are two reminders"), ...when(told > kept, "the reminder was delivered twice")],
    });
  },
};

export const stories = { turn, commands, proposal, stranger, reminder } as const;
export type StoryName = keyof typeof stories;

/** The story in which a point comes by; most do in every turn. */
export function storyOf(point: KillPoint): StoryName {
  const [area = ""] = point.split(".");
  const told: Partial<Record<string, StoryName>> = {
    command: "commands",
    change: "commands",
    proposal: "proposal",
    pairing: "stranger",
    reminder: "reminder",
  };
  return told[area] ?? "turn";
}
