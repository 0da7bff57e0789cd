/** Why a file capability refused. The code is for programs, the message for people and the model. */
export type FileCapErrorCode =
  | "invalid-path"
  | "not-found"
  | "symlink"
  | "not-file"
  | "outside"
  | "too-large"
  | "hardlink"
  | "exists"
  | "failed";

export class FileCapError extends Error {
  readonly code: FileCapErrorCode;

  constructor(code: FileCapErrorCode, message: string) {
    super(message);
    this.name = "FileCapError";
    this.code = code;
  }
}
