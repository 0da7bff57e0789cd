/** Exit codes of every command. Scripts rely on them: never change a number. */
export const exitCodes = {
  ok: 0,
  /** The command ran and failed, or a check found something. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The Gateway does not answer. */
  unreachable: 69,
  /** The policy, or a person, said no. */
  denied: 77,
  /** Port, lock, disk or config keep the Gateway from starting: starting again does not help. */
  cannotStart: 78,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
