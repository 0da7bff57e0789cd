/** Which accounts of which channels the config sets up. */
import type { Config } from "./schema.ts";

export type AccountPlace = { readonly channel: string; readonly account: string };

/** Every account of every channel. */
export function accountsOf({ channels }: Pick<Config, "channels">): readonly AccountPlace[] {
  return Object.entries(channels).flatMap(([channel, settings]) =>
    settings && "accounts" in settings ? Object.keys(settings.accounts).map((account) => ({ channel, account })) : [],
  );
}
