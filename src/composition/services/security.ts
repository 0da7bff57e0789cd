/** Questions about access, answered by the policy in force. */
import { audit } from "../../audit/audit.ts";
import type { AccessFacts } from "../../audit/facts.ts";
import type { Responsible } from "../../audit/finding.ts";
import { gatherFacts } from "../../audit/gather.ts";
import { type Answer, answerQuestion, answerWhoCan, QuestionError } from "../../audit/question.ts";
import { probedSandboxFacts } from "../../audit/sandbox-facts.ts";
import { accountsOf } from "../../config/accounts.ts";
import { type Explanation, type SecurityService, ServiceError } from "../../gateway/services.ts";
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
      return audit(facts, clock.now());
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
    if (error instanceof QuestionError) throw new ServiceError(error.code, error.message);
    throw error;
  }
}
