/** What every channel must do, whatever its platform. Each channel's test brings a driver that plays its platform. */
import { afterEach, expect, test } from "vitest";
import {
  type Channel,
  type ChannelHost,
  type ChannelState,
  type ChannelStatus,
  DeliveryError,
  type Envelope,
  type ReplyTarget,
} from "../../src/channels/contract.ts";
import { describeNeeding } from "../needs.ts";

export type Said = { readonly text: string; readonly where: "direct" | "group" };

/** The platform as its people see it. */
export interface Platform {
  /** A person, not the bot, says something. Resolves once the platform has taken it. */
  say(text: string, where: "direct" | "group-mentioned" | "group-unmentioned"): Promise<void>;
  /** What the bot has said so far to people, oldest first, one entry per platform message. */
  heard(): readonly Said[];
  direct: ReplyTarget;
  group: ReplyTarget;
  /** The platform becomes unreachable, and reachable again; absent where a fake cannot lose its connection. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Whether an event that was not acknowledged comes again; `false` for platforms without acknowledgement. */
  redelivers: boolean;
  close(): Promise<void>;
}

export type ChannelDriver = {
  readonly name: string;
  /** The Debian package whose program plays the platform, where it is a real server. */
  readonly needs?: string;
  /** Starts a platform; the channel is made by `connect`, so that a test can make the platform unreachable first. */
  open(): Promise<Platform & { connect(host: ChannelHost): Channel }>;
};

export class RecordingHost implements ChannelHost {
  readonly envelopes: Envelope[] = [];
  readonly statuses: ChannelStatus[] = [];
  readonly cursors = new Map<string, string>();
  failing = false;
  #waiters: (() => void)[] = [];

  async receive(envelope: Envelope): Promise<void> {
    if (this.failing) throw new Error("the journal cannot be written");
    this.envelopes.push(envelope);
    this.#wake();
  }

  report(status: ChannelStatus): void {
    this.statuses.push(status);
    this.#wake();
  }

  readonly cursor = {
    load: () => this.cursors.get("cursor"),
    save: async (value: string) => {
      this.cursors.set("cursor", value);
    },
  };

  log(): void {
    this.#wake();
  }

  get state(): ChannelState | undefined {
    return this.statuses.at(-1)?.state;
  }

  /** Resolves when `condition` holds; checked whenever the channel calls its host, and now and then. */
  async until(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.#waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}

export function describeChannel(driver: ChannelDriver): void {
  describeNeeding(driver.needs)(`${driver.name} keeps the channel contract`, () => {
    let closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.reverse()) await close();
      closing = [];
    });

    const start = async () => {
      const platform = await driver.open();
      closing.push(() => platform.close());
      const host = new RecordingHost();
      const channel = platform.connect(host);
      closing.push(() => channel.stop());
      channel.start();
      await host.until(() => host.state === "connected", "connected");
      return { platform, host, channel };
    };

    test("a direct message becomes one envelope with the sender's id and a reply target that reaches them", async () => {
      const { platform, host, channel } = await start();
      await platform.say("hello there", "direct");
      await host.until(() => host.envelopes.length === 1, "the envelope");
      const envelope = host.envelopes[0] as Envelope;
      expect(envelope).toMatchObject({
        channel: channel.name,
        account: channel.account,
        form: "message",
        text: "hello there",
        chat: { kind: "direct" },
      });
      expect(envelope.sender.id).not.toBe("");
      expect(envelope.messageId).not.toBe("");
      await channel.deliver({ target: envelope.replyTarget, text: "hi", idempotencyKey: "1" });
      await host.until(() => platform.heard().length === 1, "the answer");
      expect(platform.heard()).toEqual([{ text: "hi", where: "direct" }]);
    });

    test("a group message says whether the bot was meant, and the answer goes to the group", async () => {
      const { platform, host, channel } = await start();
      await platform.say("nobody in particular", "group-unmentioned");
      await platform.say("you there", "group-mentioned");
      await host.until(() => host.envelopes.length === 2, "two envelopes");
      expect(host.envelopes.map((envelope) => [envelope.chat.kind, envelope.mention])).toEqual([
        ["group", "unmentioned"],
        ["group", "mentioned"],
      ]);
      const target = host.envelopes[1]?.replyTarget as ReplyTarget;
      await channel.deliver({ target, text: "here", idempotencyKey: "1" });
      await host.until(() => platform.heard().length === 1, "the answer");
      expect(platform.heard()).toEqual([{ text: "here", where: "group" }]);
    });

    test("two messages with the same words have different ids", async () => {
      const { platform, host } = await start();
      await platform.say("again", "direct");
      await platform.say("again", "direct");
      await host.until(() => host.envelopes.length === 2, "two envelopes");
      expect(new Set(host.envelopes.map((envelope) => envelope.messageId)).size).toBe(2);
    });

    test("the bot's own messages do not come back as envelopes", async () => {
      const { platform, host, channel } = await start();
      await channel.deliver({ target: platform.group, text: "only me", idempotencyKey: "1" });
      await host.until(() => platform.heard().length === 1, "the message");
      await platform.say("marker", "direct");
      await host.until(() => host.envelopes.length >= 1, "the marker");
      expect(host.envelopes.map((envelope) => envelope.text)).toEqual(["marker"]);
    });

    test("a long text arrives whole, in order, each piece under the limit", async () => {
      const { platform, host, channel } = await start();
      const words = Array.from({ length: 1500 }, (_, index) => `word${index}`);
      const receipt = await channel.deliver({ target: platform.direct, text: words.join(" "), idempotencyKey: "1" });
      expect(receipt.state).toBe("sent");
      await host.until(() => platform.heard().at(-1)?.text.endsWith("word1499") === true, "the last piece");
      const pieces = platform.heard().map((said) => said.text);
      expect(pieces.length).toBeGreaterThan(1);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(channel.capabilities.textLimit);
      expect(pieces.join(" ").split(/\s+/)).toEqual(words);
    });

    test("a plain text, as a card is, arrives letter by letter, whatever it would mean as Markdown", async () => {
      const { platform, host, channel } = await start();
      const text = "rm *old* _b_ `c` [harmless](https://x.example/) <b>\n1. ~~x~~ & **y**";
      await channel.deliver({ target: platform.direct, text, format: "plain", idempotencyKey: "1" });
      const said = () => platform.heard().map((heard) => heard.text);
      await host.until(() => said().join("\n").includes("**y**"), "the text");
      expect(said().join("\n")).toBe(text);
    });

    test("letters of every script and line breaks arrive", async () => {
      const { platform, host, channel } = await start();
      await channel.deliver({
        target: platform.direct,
        text: "žluťoučký שלום 👩‍👩‍👧\nsecond line",
        idempotencyKey: "1",
      });
      await host.until(() => platform.heard().some((said) => said.text.includes("second line")), "the second line");
      const all = platform
        .heard()
        .map((said) => said.text)
        .join("\n");
      expect(all).toBe("žluťoučký שלום 👩‍👩‍👧\nsecond line");
    });

    test("a platform that is down at the start is a status, and the channel connects when it comes up", async () => {
      const platform = await driver.open();
      closing.push(() => platform.close());
      await platform.goDown();
      const host = new RecordingHost();
      const channel = platform.connect(host);
      closing.push(() => channel.stop());
      channel.start();
      await host.until(() => host.statuses.some((status) => status.problem !== undefined), "a status with a problem");
      await platform.comeBack();
      await host.until(() => host.state === "connected", "connected");
      await platform.say("hello", "direct");
      await host.until(() => host.envelopes.length === 1, "the envelope");
    });

    test("a delivery while the platform is down fails as transient or stays unknown, never as sent", async () => {
      const { platform, host, channel } = await start();
      await platform.goDown();
      await host.until(() => host.state !== "connected", "disconnected");
      const outcome = await channel
        .deliver({ target: platform.direct, text: "lost?", idempotencyKey: "1" })
        .then((receipt) => receipt.state)
        .catch((error: unknown) => (error instanceof DeliveryError ? error.failure : "other"));
      expect(["transient", "unknown"]).toContain(outcome);
    });

    test("after a lost connection it reconnects by itself and receives again", async () => {
      const { platform, host } = await start();
      await platform.goDown();
      await host.until(() => host.state !== "connected", "disconnected");
      await platform.comeBack();
      await host.until(() => host.state === "connected", "connected again");
      await platform.say("after", "direct");
      await host.until(() => host.envelopes.some((envelope) => envelope.text === "after"), "the envelope");
    });

    test("an event that could not be journalled is not acknowledged", async () => {
      const { platform, host } = await start();
      if (!platform.redelivers) return;
      host.failing = true;
      await platform.say("keep me", "direct");
      await new Promise((resolve) => setTimeout(resolve, 50));
      host.failing = false;
      await host.until(() => host.envelopes.some((envelope) => envelope.text === "keep me"), "the event again");
    });

    test("after stop nothing is received and the state says so", async () => {
      const { platform, host, channel } = await start();
      await channel.stop();
      expect(host.state).toBe("stopped");
      await platform.say("too late", "direct").catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(host.envelopes).toEqual([]);
    });
  });
}
