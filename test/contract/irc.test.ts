import { createIrc } from "../../src/channels/irc/irc.ts";
import { createNgircd, joinNetwork, type Person } from "../servers/ngircd.ts";
import { describeChannel } from "./channel.ts";

const target = (chat: string, kind: "direct" | "group") => ({ channel: "irc", account: "default", chat, kind });

describeChannel({
  name: "IRC over ngircd",
  needs: "ngircd",
  async open() {
    const server = await createNgircd();
    await server.start();
    let ann: Person = await joinNetwork(server.port, "ann", ["#room"]);
    const before: Person["heard"] = [];
    return {
      connect: (host) =>
        createIrc(
          {
            account: "default",
            host: "127.0.0.1",
            port: server.port,
            tls: false,
            nick: "keeper",
            username: "keeper",
            realname: "keeper",
            channels: ["#room"],
          },
          host,
          { timing: { reconnectMinMs: 50, reconnectMaxMs: 200, proofTimeoutMs: 5_000, proofPerLineMs: 500 } },
        ),
      say: (text, where) => {
        if (where === "direct") return ann.say("keeper", text);
        return ann.say("#room", where === "group-mentioned" ? `keeper: ${text}` : text);
      },
      heard: () =>
        [...before, ...ann.heard]
          .filter((message) => message.nick === "keeper")
          .map((message) => ({
            text: message.message,
            where: message.target.startsWith("#") ? ("group" as const) : ("direct" as const),
          })),
      direct: target("ann", "direct"),
      group: target("#room", "group"),
      async goDown() {
        before.push(...ann.heard);
        ann.leave();
        await server.kill();
      },
      async comeBack() {
        await server.start();
        ann = await joinNetwork(server.port, "ann", ["#room"]);
      },
      redelivers: false,
      async close() {
        ann.leave();
        await server.close();
      },
    };
  },
});
