/** Questions about access, answered by the policy in force. */
import { audit } from "../../audit/audit.ts";
import { changedReach } from "../../audit/changed-reach.ts";
import type { AccessFacts } from "../../audit/facts.ts";
import type { Finding, Responsible } from "../../audit/finding.ts";
import { type Fix, fixesOf } from "../../audit/fix.ts";
import { gatherFacts } from "../../audit/gather.ts";
import { type Answer, answerQuestion, answerWhoCan, QuestionError } from "../../audit/question.ts";
import { probedSandboxFacts } from "../../audit/sandbox-facts.ts";
import { accountsOf } from "../../config/accounts.ts";
import { redactText } from "../../config/masked-text.ts";
import { type AuditView, type Explanation, type SecurityService, ServiceError } from "../../gateway/services.ts";
import { compile } from "../../policy/compile.ts";
import type { Sandbox } from "../../tools/exec/sandbox.ts";
import type { Foundation } from "../foundation.ts";

type SecurityPorts = { readonly foundation: Foundation; readonly sandbox: Sandbox };

export function createSecurityService({ foundation, sandbox }: SecurityPorts): SecurityService {
  const { clock, environment, policy } = foundation;
  return {
    async audit() {
      const facts = await gatherFacts({
        loaded: foundation.loaded(),
        environment,
        clock,
        access: await accessInForce(foundation),
        sandbox: probedSandboxFacts(sandbox.report()),
      });
      const report = audit(facts, clock.now());
      const fixes = fixesOf(report.findings, facts);
      const lines = linesOf(foundation);
      return { ...report, findings: report.findings.map((finding) => findingView(finding, fixes.get(finding), lines)) };
    },
    async explain(question) {
      return asked(() => explanationOf(answerQuestion(policy.current, question, foundation.loaded())));
    },
    async whoCan(tool) {
      return asked(() => answerWhoCan(policy.current, tool, foundation.loaded()));
    },
  };
}

/** The policy that this Gateway holds, with the pairings that it was made of. */
async function accessInForce({ policy, pairing, config, loaded }: Foundation): Promise<AccessFacts> {
  const grants = await pairing.loadGrants(accountsOf(config()));
  const { current, pending } = policy;
  const waiting = pending && { ...pending, policy: compile(loaded().config, grants) };
  return { policy: current, waiting, grants, unreadable: [] };
}

type Lines = (place: Responsible) => string | undefined;

/** The line of the config file itself, secrets masked. Of an included file only its place is told. */
function linesOf({ loaded, redact }: Foundation): Lines {
  const { text, paths } = loaded();
  const lines = redactText(text).split("\n");
  return ({ file, line }) => {
    const found = file === paths.config && line !== undefined ? lines[line - 1] : undefined;
    return found === undefined ? undefined : redact(found.trim()).slice(0, lineCharsMax);
  };
}

const lineCharsMax = 200;
/** Rows of what a fix takes away; the rest is counted. */
const narrowedMax = 20;

function findingView(finding: Finding, fix: Fix | undefined, lineOf: Lines): AuditView["findings"][number] {
  const { because, ...rest } = finding;
  return {
    ...rest,
    ...(because === undefined ? {} : { because: because.map((row) => withText(row, lineOf(row))) }),
    ...(fix === undefined ? {} : { fix: fixView(fix) }),
  };
}

const withText = (row: Responsible, text: string | undefined) => (text === undefined ? row : { ...row, text });

function fixView({ file, patch, baseHash, diff, policy, narrowed }: Fix) {
  const rows = changedReach(policy, narrowed);
  const more = Math.max(0, rows.length - narrowedMax);
  return { file, patch: JSON.stringify(patch), baseHash, diff, narrowed: rows.slice(0, narrowedMax), more };
}

function explanationOf({ ways, door, because }: Answer): Explanation {
  const { sentence, decision, instead } = ways[0]?.explanation ?? door;
  const lines = because.flatMap(lineOf);
  return { sentence, decision, lines, ...(instead === "" ? {} : { fix: instead }) };
}

/** The key, never the line itself: a line may hold a secret too. */
const lineOf = ({ origin, file, line }: Responsible): Explanation["lines"] =>
  file === undefined || line === undefined ? [] : [{ file, line, text: origin }];

function asked<T>(answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    if (error instanceof QuestionError) throw new ServiceError(error.code, `${error.message}; ${error.fix}`);
    throw error;
  }
}
