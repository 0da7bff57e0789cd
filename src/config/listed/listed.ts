/**
 * How keys are listed that are legal but that this version does not read. Types: `string`, `secret` (text that is never shown), `number`, `boolean`, `strings`, `map` (an object of any
 * shape), `any`, or alternatives `a|b|c`. `*` stands for any key, `[x]` for a list of x.
 */

export type Listed = string | readonly [Listed] | { readonly [name: string]: Listed };
export type ListedObject = { readonly [name: string]: Listed };

/** Date until which a dangerous switch holds. */
export const until = "string";
