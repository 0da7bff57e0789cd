/** Where the page is: a place and what is chosen in it. One path segment, the rest in the query, so that any base path works. */
export type Place = "chat" | "approvals" | "people" | "security" | "system";

export type Route = { readonly place: Place; readonly query: Readonly<Record<string, string>> };

export const places: readonly Place[] = ["chat", "approvals", "people", "security", "system"];

/** Unknown paths read as the chat: a link from a newer version still opens the page. */
export function parseRoute(pathname: string, search: string): Route {
  const segment = pathname.split("/").at(-1) ?? "";
  const place = places.find((name) => name === segment) ?? "chat";
  return { place, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a route below `base`, which ends with a slash. Empty values are left out. */
export function routeAddress(base: string, route: { place: Place; query?: Route["query"] }): string {
  const query = new URLSearchParams(Object.entries(route.query ?? {}).filter(([, value]) => value !== ""));
  const text = query.toString();
  return `${base}${route.place}${text === "" ? "" : `?${text}`}`;
}

/** The folder of the address that the page was opened with. */
export function basePath(pathname: string): string {
  return pathname.replace(/[^/]*$/, "");
}
