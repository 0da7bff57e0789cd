/**
 * The whole Gateway on a disk that gets full while it runs: `node full-disk-child.ts STATE`. Prints what the platform
 * was told when its message could not be kept, and what the sender heard once there was room again.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configWith, eventually, startOn } from "../../fakes/whole-gateway.ts";

const [state = ""] = process.argv.slice(2);
const owned = { mode: 0o600 };
writeFileSync(
  join(state, "fased.json"),
  configWith(`security: { owners: [{ channel: "telegram", id: "1" }] }, channels: { telegram: {} },`),
  owned,
);
writeFileSync(join(state, ".env"), "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n", owned);
const running = await startOn(state, { channels: ["telegram"] });
const telegram = running.channel("telegram");
const message = { from: "1", text: "help", id: "m-full" } as const;

const filler = join(state, "filler");
fill(filler);
const refused = await telegram.say(message).then(
  () => "it was taken",
  (error: unknown) => String(error),
);
rmSync(filler);
const heardWhileFull = telegram.heard.length;
// Not acknowledged, so the platform offers it again.
await telegram.say(message);
await eventually(() => telegram.heard.length > 0, "the answer");
await running.stop();
process.stdout.write(
  JSON.stringify({ refused, heardWhileFull, heard: telegram.heard.map(({ text }) => text).join("") }),
);

/** As full as it gets, with ever smaller pieces. */
function fill(path: string): void {
  for (const size of [1024 * 1024, 64 * 1024, 4 * 1024, 512]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if (!String(error).includes("ENOSPC")) throw error;
    }
  }
}
