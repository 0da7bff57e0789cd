/** What the page can offer as proof. A pasted token lives in memory only, until the Gateway gives this device its own. */
export type Credentials = { token?: string; password?: string; deviceToken?: string };
