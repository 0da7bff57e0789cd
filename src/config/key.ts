/** What a key of the config is made of: a zod schema plus its documentation, kept in one registry. */
import * as z from "zod";
import { Secret } from "../platform/secret.ts";

/** No code from strings: the first parse is faster, and the process may forbid it altogether. */
z.config({ jitless: true });

export type KeyDoc = {
  /** What the key does, in one sentence. */
  readonly effect: string;
  /** What may go wrong when it is widened; absent where nothing can. */
  readonly risk?: string;
  /** The value is never shown. */
  readonly secret?: true;
};

export const keyDocs = z.registry<KeyDoc>();

/** Attaches documentation to a key. Every documented schema is its own instance: never document a shared one twice. */
export function key<S extends z.ZodType>(schema: S, effect: string, risk?: string): S {
  keyDocs.add(schema, risk === undefined ? { effect } : { effect, risk });
  return schema;
}

const toSecret = (text: string) => new Secret(text);

/** A secret text: a `Secret<string>` once parsed. */
export function secretKey(effect: string, risk?: string) {
  const schema = z.string().transform(toSecret);
  keyDocs.add(schema, { effect, secret: true, ...(risk === undefined ? {} : { risk }) });
  return schema;
}

export const text = () => z.string();
export const flag = () => z.boolean();
export const texts = () => z.array(z.string());
export const count = () => z.int().min(0);
export const positive = () => z.int().min(1);

const idText = z
  .union([z.string(), z.int()], { error: "expected an id: text or a whole number" })
  .transform((id) => String(id).trim().replace(telegramPrefix, ""));

/** `tg:123` and `telegram:123` are other spellings of 123. */
const telegramPrefix = /^(tg|telegram):(?=-?\d+$)/i;

/** A list of provider ids; whole numbers are taken as their digits. */
export const ids = () => z.array(idText);

/**
 * A part that is built when a config first has it. Most configs name one channel of twenty, and each command pays for
 * what is built.
 */
export const later = <S extends z.ZodType>(make: () => S): z.ZodLazy<S> => z.lazy(make);

/** An object whose keys have defaults of their own, so that leaving it out equals `{}`. */
export function block<S extends z.ZodRawShape>(shape: S) {
  const object = z.strictObject(shape);
  return object.prefault({} as NonNullable<z.input<typeof object>>);
}

type Shape = Record<string, z.ZodType>;
type Given<T> = T extends readonly (infer E)[]
  ? readonly Given<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K]> }
    : T;
type Optionals<S extends Shape> = { [K in keyof S]: z.ZodOptional<S[K]> };
type WithDefaults<S extends Shape, D> = {
  [K in keyof S]: K extends keyof D ? z.ZodDefault<S[K]> : z.ZodOptional<S[K]>;
};

/** The same keys, each optional: for agents and accounts, which inherit what they leave out. */
export function inheriting<S extends Shape>(shape: S): Optionals<S> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()])) as Optionals<S>;
}

/** The keys with their defaults; a key without default is optional. */
export function defaulted<S extends Shape, D extends { readonly [K in keyof S]?: Given<z.output<S[K]>> }>(
  shape: S,
  defaults: D,
): WithDefaults<S, D> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => {
      const known = Object.hasOwn(defaults, name);
      return [name, known ? schema.default(defaults[name as keyof S]) : schema.optional()];
    }),
  ) as WithDefaults<S, D>;
}

/** `own` over `inherited`: what `own` leaves undefined is inherited. */
export function inherit<B extends object, O extends object>(inherited: B, own: O): B {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(inherited));
  for (const [name, value] of Object.entries(own)) if (value !== undefined) merged[name] = value;
  return merged as B;
}
