/** Whether a report from inside a sandbox shows a sandbox. Pure: facts in, faults out; no fault, no doubt. */

export type ProofReport = {
  readonly nonce: string;
  readonly status: Readonly<Record<string, string>>;
  /** `mnt:[4026532178]` and so on. */
  readonly namespaces: readonly string[];
  readonly interfaces: readonly string[];
  readonly firstEnvironment: string;
  /** Indexes of forbidden paths that exist inside. */
  readonly visible: readonly number[];
};

export type ProofExpectation = {
  readonly nonce: string;
  readonly uid: number;
  /** The Gateway's own namespaces, which the sandbox must not share. */
  readonly ownNamespaces: readonly string[];
};

const namespaceKinds = ["mnt", "net", "pid"] as const;
const noCapability = /^0+$/;

/** Undefined for anything that is not one whole report. */
export function parseProof(text: string): ProofReport | undefined {
  const lines = text.split("\n");
  const nonce = valueAfter(lines[0], "nonce");
  const end = valueAfter(lines.at(-2), "end");
  if (nonce === undefined || nonce !== end || lines.at(-1) !== "") return undefined;
  const body = lines.slice(1, -2);
  const values = (key: string) => body.flatMap((line) => valueAfter(line, key) ?? []);
  const status = Object.fromEntries(
    ["Uid:", "CapEff:", "CapPrm:", "NoNewPrivs:", "Seccomp:"].map((key) => [key, values(key).join(" ")]),
  );
  return {
    nonce,
    status,
    namespaces: body.filter((line) => /^(mnt|net|pid):\[\d+\]$/.test(line)),
    interfaces: values("interface"),
    firstEnvironment: values("environ").join(" "),
    visible: values("visible").map(Number),
  };
}

/** What speaks against it, in words; empty means proven. */
export function faultsOf(report: ProofReport | undefined, expected: ProofExpectation): readonly string[] {
  if (report === undefined || report.nonce !== expected.nonce) return ["no report came from inside the sandbox"];
  const { status } = report;
  const checks: [holds: boolean, fault: string][] = [
    [status["Uid:"] === String(expected.uid), `it runs as uid ${status["Uid:"] || "?"}, not ${expected.uid}`],
    [noCapability.test(status["CapEff:"] ?? ""), `it has capabilities (${status["CapEff:"] || "?"})`],
    [noCapability.test(status["CapPrm:"] ?? ""), `it may gain capabilities (${status["CapPrm:"] || "?"})`],
    [status["NoNewPrivs:"] === "1", "it can gain privileges (NoNewPrivs is not 1)"],
    [status["Seccomp:"] === "2", "no system call filter is in force (Seccomp is not 2)"],
    ...namespaceKinds.map((kind): [boolean, string] => [
      isForeign(report, expected, kind),
      `it shares the Gateway's ${kind} namespace`,
    ]),
    [report.interfaces.join() === "lo:", `it sees network interfaces (${report.interfaces.join(" ") || "unknown"})`],
    [
      ["empty", "unreadable"].includes(report.firstEnvironment),
      `the environment of its first process is ${report.firstEnvironment || "unknown"}`,
    ],
    [report.visible.length === 0, `${report.visible.length} paths are visible that must not be`],
  ];
  return checks.filter(([holds]) => !holds).map(([, fault]) => fault);
}

function isForeign(report: ProofReport, expected: ProofExpectation, kind: string): boolean {
  const inside = report.namespaces.filter((name) => name.startsWith(`${kind}:`));
  return inside.length === 1 && !expected.ownNamespaces.includes(inside[0] ?? "");
}

function valueAfter(line: string | undefined, key: string): string | undefined {
  return line?.startsWith(`${key} `) ? line.slice(key.length + 1) : undefined;
}
