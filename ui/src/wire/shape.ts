/**
 * Readers of views that arrive as `unknown`. They are lenient on purpose: a Gateway of another version may add or miss
 * a field, and the page then shows less instead of nothing. A reader always yields the type that it promises.
 */
import { list, numberOf, record, stringOf } from "./frames.ts";

export type Shape<T> = (value: unknown) => T;
export type Read<S> = S extends Shape<infer T> ? T : never;

export const text: Shape<string> = (value) => stringOf(value) ?? "";
export const number: Shape<number> = (value) => numberOf(value) ?? 0;
export const flag: Shape<boolean> = (value) => value === true;
export const anything: Shape<unknown> = (value) => value;

export function maybe<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : shape(value));
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value) => list(value).map(shape);
}

/** One of `options`; anything else reads as the first, so the first must be the cautious one. */
export function oneOf<const Options extends readonly [string, ...string[]]>(
  ...options: Options
): Shape<Options[number]> {
  return (value) => options.find((option) => option === value) ?? options[0];
}

export function object<Fields extends Record<string, Shape<unknown>>>(
  fields: Fields,
): Shape<{ readonly [Key in keyof Fields]: Read<Fields[Key]> }> {
  return (value) => {
    const source = record(value);
    const entries = Object.entries(fields).map(([key, shape]) => [key, shape(source[key])]);
    return Object.fromEntries(entries) as { readonly [Key in keyof Fields]: Read<Fields[Key]> };
  };
}

/** A list that stands under one of `keys`, or is the answer itself. */
export function listUnder<T>(keys: readonly string[], shape: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (Array.isArray(value)) return value.map(shape);
    const source = record(value);
    const key = keys.find((name) => Array.isArray(source[name]));
    return key === undefined ? [] : list(source[key]).map(shape);
  };
}
