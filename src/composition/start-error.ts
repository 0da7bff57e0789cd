/** Why the Gateway does not start, with what to do. Service managers do not restart on its exit code 78 (EX_CONFIG). */
export class StartError extends Error {
  /** Stable, `area.condition`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
