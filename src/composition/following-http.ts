/** An HTTP client whose private origins are those that the config allows at this moment. */
import { createHttpClient, type HttpClient } from "../platform/http-client.ts";

export function createFollowingHttp(privateOrigins: () => readonly string[]): HttpClient {
  let allowed = privateOrigins();
  let client = createHttpClient({ privateOrigins: allowed });
  const closing = new Set<Promise<void>>();

  /** A list that changed gets a new client: a connection that is still open to a withdrawn address is not used again. */
  const current = (): HttpClient => {
    const now = privateOrigins();
    if (now.join(" ") === allowed.join(" ")) return client;
    // Requests under way end as they began; a failure to close is theirs to report.
    const closed: Promise<void> = client
      .close()
      .catch(() => undefined)
      .finally(() => closing.delete(closed));
    closing.add(closed);
    allowed = now;
    client = createHttpClient({ privateOrigins: now });
    return client;
  };
  return {
    fetch: (request) => current().fetch(request),
    stream: (request) => current().stream(request),
    fetchFor: (purpose) => (input, init) => current().fetchFor(purpose)(input, init),
    close: async () => {
      await Promise.all([...closing, client.close()]);
    },
  };
}
