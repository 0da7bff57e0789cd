/** How operators log in: what is missing for it keeps the Gateway from starting. */
import type { Secret } from "../platform/secret.ts";
import type { LoadedConfig } from "./load.ts";
import { type ConfigProblem, describeProblem, type ProblemWords } from "./problem.ts";
import type { Config } from "./schema.ts";

type Login = { readonly mode: "token" | "password"; readonly secret: Secret };

/** The log-in that holds, or why there is none. A mode that this version refuses counts as unset. */
export function loginOf({ mode, token, password }: Config["gateway"]["auth"]): Login | ProblemWords {
  const unset = password && !token ? "password" : "token";
  const wanted = mode === "token" || mode === "password" ? mode : unset;
  const secret = wanted === "token" ? token : password;
  if (secret && secret.reveal() !== "") return { mode: wanted, secret };
  return {
    code: "gateway.auth_missing",
    message: `gateway.auth.mode is \`${wanted}\`, but no ${wanted} is set`,
    fix: `put FASED_GATEWAY_${wanted.toUpperCase()}=<long random text> into .env of the state directory`,
  };
}

/** What is no mistake of the file alone and still keeps the Gateway from starting. */
export function startProblems({ status, config, originOf, paths }: LoadedConfig): readonly ConfigProblem[] {
  // The first start makes a token, and recovery mode needs none.
  if (status === "absent" || status === "invalid") return [];
  const login = loginOf(config.gateway.auth);
  if ("secret" in login) return [];
  const path = ["gateway", "auth", "mode"];
  const place = originOf("gateway.auth.mode") ?? { file: paths.config, line: 1, column: 1 };
  return [describeProblem(path, place, { ...login, severity: "fatal" })];
}
