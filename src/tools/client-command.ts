/**
 * A command that a client of the control plane asks about before it runs it itself (`exec.approval.request`). The
 * Gateway runs nothing by it: what is kept is the exact call, its card, and what the owner said.
 */
import { sha256 } from "./canonical-call.ts";
import type { Card, Json } from "./tool.ts";

/** As the client states it; only `client` is known to the Gateway. */
export type ClientCommand = {
  readonly command: string;
  readonly argv?: readonly string[] | undefined;
  readonly folder?: string | undefined;
  readonly executable?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly host?: string | undefined;
  readonly node?: string | undefined;
  readonly note?: string | undefined;
  /** The rest of what it sent about the call, bound as it came. */
  readonly more: Readonly<Record<string, Json>>;
  /** Who asks: the device or the secret that it logged in with, and its address. */
  readonly client: string;
};

/** Everything by which the command is known again. Values of the environment may be secrets: their hash stands for them. */
export function clientCanonical(asked: ClientCommand): Json {
  const { environment = {}, more, ...call } = asked;
  const stated = Object.fromEntries(Object.entries(call).filter(([, value]) => value !== undefined)) as Record<
    string,
    Json
  >;
  return {
    ...stated,
    more,
    environment: Object.keys(environment).sort(),
    environmentHash: sha256(JSON.stringify(Object.entries(environment).sort())),
    runsBy: "client",
  };
}

/** The card: every value that the client stated, and that the Gateway runs nothing. */
export function clientCard(asked: ClientCommand): Card {
  const { command, argv, folder, executable, environment = {}, host, node, note, client } = asked;
  const names = Object.keys(environment).sort();
  const parts: readonly (readonly [label: string, text: string | undefined])[] = [
    ["Command", command],
    ["Program and arguments", argv && JSON.stringify(argv)],
    ["Folder", folder],
    ["Program file", executable],
    ["Variables that it sets", names.length === 0 ? undefined : names.join("\n")],
    ["Where, as the client says", [host, node].filter((text) => text !== undefined).join(" ") || undefined],
    ["Asked by", client],
  ];
  return {
    title: "A client asks whether it may run a command",
    exactly: [
      ...parts.flatMap(([label, text]) => (text === undefined ? [] : [{ label, text, mono: true }])),
      ...(note === undefined ? [] : [{ label: "Note of the client", text: note, mono: false }]),
    ],
    where: "client",
  };
}
