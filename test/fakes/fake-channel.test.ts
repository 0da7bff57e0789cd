import { describeChannel, type Said } from "../contract/channel.ts";
import { FakeChannel } from "./fake-channel.ts";

describeChannel({
  name: "the in-memory channel",
  async open() {
    const channel = new FakeChannel("fake");
    const target = (kind: "direct" | "group") =>
      ({ channel: "fake", account: "default", chat: kind === "direct" ? "ann" : "room", kind }) as const;
    const unacknowledged: (() => Promise<unknown>)[] = [];
    const retry = setInterval(() => {
      const again = unacknowledged.shift();
      again?.().catch(() => unacknowledged.push(again));
    }, 5);
    return {
      connect: (host) => channel.attach(host),
      async say(text, where) {
        const send = () =>
          channel.say({
            from: "ann",
            text,
            ...(where === "direct" ? {} : { group: "room" }),
            mention: where === "group-unmentioned" ? "unmentioned" : "mentioned",
          });
        await send().catch(() => unacknowledged.push(send));
      },
      heard: (): readonly Said[] => channel.heard.map((heard) => ({ text: heard.text, where: heard.target.kind })),
      direct: target("direct"),
      group: target("group"),
      goDown: async () => channel.goDown(),
      comeBack: async () => channel.comeBack(),
      redelivers: true,
      close: async () => clearInterval(retry),
    };
  },
});
