import * as z from "zod";
import type { ChannelStatus } from "../../channels/contract.ts";
import { method } from "../method.ts";

const account = z
  .object({ accountId: z.string(), running: z.boolean(), connected: z.boolean(), configured: z.literal(true) })
  .loose();

/** Each account of each channel, in the published form plus our own fields (`state`, `self`, `problem`). */
export const channelsStatus = method({
  name: "channels.status",
  scope: "operator.read",
  params: z.strictObject({
    probe: z.boolean().optional(),
    timeoutMs: z.int().min(0).optional(),
    channel: z.string().min(1).optional(),
  }),
  result: z.object({
    ts: z.int(),
    channelOrder: z.array(z.string()),
    channelLabels: z.record(z.string(), z.string()),
    channels: z.record(z.string(), z.unknown()),
    channelAccounts: z.record(z.string(), z.array(account)),
    channelDefaultAccountId: z.record(z.string(), z.string()),
  }),
  handle: ({ running, control }, { channel }) => {
    const all = running.channels.status().filter((status) => channel === undefined || status.channel === channel);
    const order = [...new Set(all.map((status) => status.channel))];
    const accountsOf = (name: string) => all.filter((status) => status.channel === name);
    const table = <T>(value: (name: string) => T) => Object.fromEntries(order.map((name) => [name, value(name)]));
    return {
      ts: control.clock.now(),
      channelOrder: order,
      channelLabels: table((name) => running.channels.label(name)),
      channels: table((name) => ({ connected: accountsOf(name).some(({ state }) => state === "connected") })),
      channelAccounts: table((name) => accountsOf(name).map(accountView)),
      channelDefaultAccountId: table((name) => accountsOf(name)[0]?.account ?? "default"),
    };
  },
});

function accountView(status: ChannelStatus) {
  return {
    ...status,
    accountId: status.account,
    ...(status.self === undefined ? {} : { name: status.self }),
    configured: true as const,
    enabled: true,
    running: status.state !== "stopped" && status.state !== "failed",
    connected: status.state === "connected",
    lastError: status.problem?.message ?? null,
    healthState: status.state,
  };
}
