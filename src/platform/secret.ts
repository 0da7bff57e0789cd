/**
 * A value that must not be shown. It cannot be serialised, printed or interpolated by accident: every implicit
 * conversion yields the mask, and the value leaves only through `reveal`, which is easy to search for.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

export const secretMask = "[secret]";

export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The only way out. Call it at the last moment: in the request, the comparison, the child's environment. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return secretMask;
  }

  toJSON(): string {
    return secretMask;
  }

  [Symbol.toPrimitive](): string {
    return secretMask;
  }

  [inspect.custom](): string {
    return secretMask;
  }
}

/** Compares without telling by time where, or by length whether, the texts differ. An empty secret equals nothing. */
export function secretEquals(secret: Secret, presented: string): boolean {
  const expected = secret.reveal();
  if (expected === "") return false;
  return timingSafeEqual(digest(expected), digest(presented));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
