/** What people granted beside the config: part of the policy's input, loaded from stores by `identity`. */
export type PairedSender = { readonly channel: string; readonly account: string; readonly id: string };

export type Grants = {
  /** DM pairings; a pairing grants DMs only. */
  readonly paired: readonly PairedSender[];
};

export const noGrants: Grants = { paired: [] };
