/** Words of the command line as values. */
import { InvalidArgumentError } from "commander";

/** A whole number above 0. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

/** 0 to 65535; 0 lets the system choose. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("It must be a port: a number from 0 to 65535.");
}
