import { describe, expect, test } from "vitest";
import { clientAddress, clientPlace } from "./client-address.ts";
import { checkHost, checkOrigin } from "./origin-check.ts";

const strict = { allowedOrigins: [], dangerouslyAllowHostHeaderOriginFallback: false };

describe("an Origin", () => {
  test.each([
    ["no browser", undefined, "localhost:18789", true],
    ["the page of this Gateway", "http://localhost:18789", "localhost:18789", true],
    ["the page by address", "http://127.0.0.1:18789", "127.0.0.1:18789", true],
    ["another site", "https://evil.example", "localhost:18789", false],
    ["another local port", "http://localhost:5173", "localhost:18789", false],
    ["another local name", "http://127.0.0.1:18789", "localhost:18789", false],
    ["an opaque origin", "null", "localhost:18789", false],
    ["an empty one", "", "localhost:18789", false],
    ["a file", "file://", "localhost:18789", false],
    ["an origin with a path", "http://localhost:18789/x", "localhost:18789", false],
    ["a look-alike suffix", "http://localhost:18789.evil.example", "localhost:18789", false],
    ["user info", "http://localhost:18789@evil.example", "localhost:18789", false],
  ])("%s", (...[, origin, host, ok]) => {
    expect(checkOrigin({ origin, host, place: "local" }, strict).ok).toBe(ok);
  });

  test("a listed origin is accepted from anywhere, in any case", () => {
    const settings = { ...strict, allowedOrigins: ["https://Gateway.example"] };
    const request = { origin: "https://gateway.example", host: "other", place: "remote" as const };
    expect(checkOrigin(request, settings)).toEqual({ ok: true, by: "allowlist" });
    expect(checkOrigin({ ...request, origin: "https://gateway.example:8443" }, settings).ok).toBe(false);
  });

  test("the same host is not enough for a client that is not local, unless the dangerous flag says so", () => {
    const request = { origin: "http://localhost:1", host: "localhost:1", place: "remote" as const };
    expect(checkOrigin(request, strict).ok).toBe(false);
    const flagged = { ...strict, dangerouslyAllowHostHeaderOriginFallback: true };
    expect(checkOrigin(request, flagged)).toEqual({ ok: true, by: "host-fallback" });
  });
});

describe("a Host", () => {
  test.each([
    ["localhost", true],
    ["localhost:18789", true],
    ["127.0.0.1:18789", true],
    ["[::1]:18789", true],
    ["evil.example:18789", false],
    ["localhost.evil.example", false],
    ["127.0.0.2", false],
    ["0.0.0.0:18789", false],
    ["localhost:18789, evil.example", false],
    [undefined, false],
  ])("%s → %s", (host, ok) => {
    expect(checkHost(host, strict)).toBe(ok);
  });

  test("the host of a listed origin is ours too", () => {
    expect(checkHost("gateway.example", { ...strict, allowedOrigins: ["https://gateway.example"] })).toBe(true);
  });
});

describe("the client's address", () => {
  const from = (headers: Record<string, string>) => (name: string) => headers[name];
  const proxies = (...trustedProxies: string[]) => ({ trustedProxies, allowRealIpFallback: false });

  test.each([
    ["an untrusted peer's header is ignored", "203.0.113.9", { "x-forwarded-for": "1.2.3.4" }, [], "203.0.113.9"],
    ["the right-most hop", "10.0.0.1", { "x-forwarded-for": "1.2.3.4, 5.6.7.8" }, ["10.0.0.1"], "5.6.7.8"],
    ["trusted hops are skipped", "10.0.0.1", { "x-forwarded-for": "1.2.3.4, 10.0.0.1" }, ["10.0.0.1"], "1.2.3.4"],
    ["a silent proxy", "10.0.0.1", { "x-real-ip": "9.9.9.9" }, ["10.0.0.1"], "unknown"],
    ["brackets and port", "10.0.0.1", { "x-forwarded-for": "[2001:db8::1]:443" }, ["10.0.0.0/8"], "2001:db8::1"],
    ["garbage only", "10.0.0.1", { "x-forwarded-for": "garbage" }, ["10.0.0.1"], "unknown"],
    ["an IPv4 address in IPv6 clothes", "::ffff:203.0.113.9", {}, [], "203.0.113.9"],
  ])("%s", (...[, peer, headers, trusted, address]) => {
    expect(clientAddress(peer, from(headers as Record<string, string>), proxies(...trusted))).toBe(address);
  });

  test("X-Real-IP counts with the flag only", () => {
    const settings = { trustedProxies: ["10.0.0.1"], allowRealIpFallback: true };
    expect(clientAddress("10.0.0.1", from({ "x-real-ip": "9.9.9.9" }), settings)).toBe("9.9.9.9");
  });

  test("local is loopback, direct, and asked for a loopback name", () => {
    const host = { host: "localhost:18789" };
    expect(clientPlace("127.0.0.1", from(host))).toBe("local");
    expect(clientPlace("::1", from({ host: "[::1]:1" }))).toBe("local");
    expect(clientPlace("203.0.113.9", from(host))).toBe("remote");
    expect(clientPlace("127.0.0.1", from({ host: "evil.example" }))).toBe("remote");
    expect(clientPlace("127.0.0.1", from({ ...host, "x-forwarded-for": "" }))).toBe("remote");
    expect(clientPlace("127.0.0.1", from({ ...host, via: "1.1 proxy" }))).toBe("remote");
  });
});
