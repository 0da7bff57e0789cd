/** The stories that kill tests tell, each with what must hold at its end whatever was killed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KillPoint } from "../../../src/sessions/kill-points.ts";
import type { ModelScript } from "../../servers/model-script.ts";
import { platformName } from "./durable-platform.ts";
import type { Aftermath, Faults, Story } from "./kill-story.ts";

const stroke = (name: string) => ({
  name: "edit",
  arguments: { path: `${name}.md`, oldText: `${name}:`, newText: `${name}:|` },
});

/** Each call leaves a trace that can be counted: a stroke in a file, a line in `ran.txt`. */
export const killScript: ModelScript = {
  rules: [],
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
    return joined(deliveryFaults(aftermath), {
      lost: [
        ...when(answers < 1, "the run has no answer"),
        ...when(answersSent(aftermath) < 1, "the answer was not sent"),
        ...when(edits + count(aftermath.unknownSteps.join(), "edit") < 1, "the edit is missing"),
        ...when(commands + count(aftermath.unknownSteps.join(), "exec") < 1, "the command is missing"),
      ],
      doubled: [
        ...when(answers > 1, "the run has more than one answer"),
        ...when(edits > 1, "the edit was made twice"),
        ...when(commands > 1, "the command ran twice"),
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

export const stories = { turn, stranger } as const;
export type StoryName = keyof typeof stories;

/** The story in which a point comes by; most do in every turn. */
export function storyOf(point: KillPoint): StoryName {
  const [area = ""] = point.split(".");
  const told: Partial<Record<string, StoryName>> = {
    pairing: "stranger",
  };
  return told[area] ?? "turn";
}
