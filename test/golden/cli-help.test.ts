import { describe, expect, test } from "vitest";
import { runCli } from "../fakes/cli.ts";
import { commands } from "../fakes/cli-gateway.ts";

const help = (...words: string[]) => runCli([...words, "--help"], { state: "/nowhere/state", commands });

test("these are the commands", () => {
  expect(commands.map(({ name }) => name)).toEqual([
    ...["start", "onboard", "dashboard", "agent", "status", "health", "approvals", "pairing", "devices", "sessions"],
    ...["channels", "models", "undo", "keep", "why", "logs", "config", "security", "ledger", "gateway"],
  ]);
});

describe.each(commands.map(({ name }) => name))("fased %s", (name) => {
  test("--help shows its options and at least one example, and touches nothing", async () => {
    const { code, out, err } = await help(name);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`Usage: fased ${name}`);
    expect(await examplesOf(name, out)).toMatch(/\n {2}\S*.*fased /);
  });
});

/** A group may have its examples at its sub-commands. */
async function examplesOf(name: string, out: string): Promise<string> {
  if (out.includes("Example")) return out;
  const listed = out.slice(out.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+) /gm);
  const inner = [...listed].map(([, child = ""]) => child).filter((child) => child !== "help");
  return (await Promise.all(inner.map((child) => help(name, child)))).map((outcome) => outcome.out).join("\n");
}
