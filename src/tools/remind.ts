import * as z from "zod";
import type { Principal } from "../policy/request.ts";
import { dueIn, dueTime, shownTime } from "./due-time.ts";
import type { Reminders } from "./reminders.ts";
import { ToolError, type ToolPlan, type ToolSpec, type ToolTurn } from "./tool.ts";

export type RemindPorts = {
  readonly reminders: Reminders;
  /** Zone of the person who asks, else of the host. */
  timeZone(principal: Principal): string;
};

const reminderCharsMax = 2_000;

const parameters = z.strictObject({
  text: z.string().min(1).max(reminderCharsMax).describe("What to say then."),
  at: z.string().min(1).max(100).optional().describe('When: "tomorrow at 9", "2026-11-24T09:00".'),
  in: z.string().min(1).max(100).optional().describe('Instead of `at`: "20 minutes", "2 hours".'),
});

type Arguments = z.output<typeof parameters>;

/** `remind`: a text delivered later to this very chat. It carries the label of the words it was made of, and runs nothing. */
export function remindTool(ports: RemindPorts): ToolSpec<Arguments> {
  const dueOf = (input: Arguments, turn: ToolTurn): number => {
    const zone = ports.timeZone(turn.principal);
    if ((input.at === undefined) === (input.in === undefined))
      throw new ToolError("remind.when", "give either `at` or `in`");
    const now = turn.clock.now();
    const due = input.at === undefined ? dueIn(input.in ?? "", now, zone) : dueTime(input.at, now, zone);
    if (due !== undefined) return due;
    const said = JSON.stringify(input.at ?? input.in);
    throw new ToolError(
      "remind.when",
      `${said} is no time in the future (now it is ${shownTime(now, zone)}); a time looks like "17:30", "tomorrow at 9" or "2026-11-24T09:00", a wait like "20 minutes" or "2 hours"`,
    );
  };
  return {
    name: "remind",
    description: "Delivers a text to this conversation at a later time.",
    parameters,
    plan: async (input, turn): Promise<ToolPlan> => {
      const due = dueOf(input, turn);
      return {
        sink: { kind: "free", reads: "effect" },
        sandbox: "off",
        canonical: { text: input.text, due, chat: turn.replyTarget.chat },
        card: { title: "Remind later", exactly: [{ label: "Text", text: input.text, mono: false }], where: "channel" },
        summary: `remind at ${new Date(due).toISOString()}`,
      };
    },
    run: async (call, input, turn) => {
      const { label } = call.authorized.request.context;
      const { agent, session, principal, path, audience, replyTarget: target } = turn;
      const dueAt = dueOf(input, turn);
      const added = await ports.reminders.add({
        text: input.text,
        dueAt,
        label,
        agent,
        session,
        principal,
        path,
        audience,
        target,
      });
      if (added === undefined)
        throw new ToolError("remind.too_many", "too many reminders wait in this conversation already");
      const when = shownTime(dueAt, ports.timeZone(principal));
      return { text: `Reminder set for ${when}.`, label, failed: false, details: { reminder: added.id, dueAt } };
    },
  };
}
