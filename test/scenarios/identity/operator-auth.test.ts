import { describe, expect, test } from "vitest";
import { createAttemptLimiter } from "../../../src/identity/attempt-limiter.ts";
import { createLoginLinks, loginCodeTtlMs } from "../../../src/identity/login-links.ts";
import { createOperatorAuth } from "../../../src/identity/operator-auth.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { createFakeClock } from "../../fakes/fake-clock.ts";

const token = "a-token-of-more-than-24-characters";

function setUp() {
  const clock = createFakeClock();
  const auth = createOperatorAuth({ mode: "token", secret: new Secret(token) }, createAttemptLimiter(clock));
  return { clock, auth };
}

describe("the operator token", () => {
  test("the right one is accepted, wrong and missing ones are told apart", () => {
    const { auth } = setUp();
    expect(auth.check({ token }, "ip")).toEqual({ ok: true, method: "token" });
    expect(auth.check({ token: "x" }, "ip")).toEqual({ ok: false, reason: "token_mismatch" });
    expect(auth.check({}, "ip")).toEqual({ ok: false, reason: "token_missing" });
    expect(auth.check({ token: "" }, "ip")).toEqual({ ok: false, reason: "token_missing" });
    expect(auth.check({ password: token }, "ip")).toEqual({ ok: false, reason: "token_missing" });
  });

  test("50 wrong tokens: ten are compared, then the key is locked out for five minutes, even with the right token", () => {
    const { auth, clock } = setUp();
    const reasons = Array.from({ length: 50 }, () => {
      const answer = auth.check({ token: "wrong" }, "ip");
      return answer.ok ? "ok" : answer.reason;
    });
    expect(reasons.filter((reason) => reason === "token_mismatch")).toHaveLength(10);
    expect(reasons.filter((reason) => reason === "rate_limited")).toHaveLength(40);
    expect(auth.check({ token }, "ip")).toEqual({ ok: false, reason: "rate_limited", retryAfterMs: 300_000 });
    expect(auth.check({ token }, "another ip").ok).toBe(true);
    clock.advance(300_000);
    expect(auth.check({ token }, "ip").ok).toBe(true);
  });

  test("failures that are a minute apart never lock out", () => {
    const { auth, clock } = setUp();
    for (let attempt = 0; attempt < 30; attempt += 1) {
      expect(auth.check({ token: "wrong" }, "ip")).toEqual({ ok: false, reason: "token_mismatch" });
      clock.advance(60_000);
    }
  });

  test("a success forgets the failures before it", () => {
    const { auth } = setUp();
    for (let round = 0; round < 3; round += 1) {
      for (let attempt = 0; attempt < 9; attempt += 1) auth.check({ token: "wrong" }, "ip");
      expect(auth.check({ token }, "ip").ok).toBe(true);
    }
  });

  test("a replaced token makes the old one void and starts a new epoch", () => {
    const { auth } = setUp();
    auth.replace({ mode: "token", secret: new Secret(token) });
    expect(auth.epoch).toBe(0);
    auth.replace({ mode: "password", secret: new Secret("another secret") });
    expect(auth.epoch).toBe(1);
    expect(auth.check({ token }, "ip").ok).toBe(false);
    expect(auth.checkBearer("another secret", "ip")).toEqual({ ok: true, method: "password" });
  });

  test("an empty configured secret lets nobody in", () => {
    const auth = createOperatorAuth({ mode: "token", secret: new Secret("") }, createAttemptLimiter(createFakeClock()));
    expect(auth.check({ token: "" }, undefined).ok).toBe(false);
    expect(auth.check({ token: "x" }, undefined).ok).toBe(false);
  });
});

describe("a log-in code", () => {
  test("is good once", () => {
    const links = createLoginLinks(createFakeClock());
    const code = links.create();
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([links.redeem(code), links.redeem(code)]).toEqual([true, false]);
  });

  test("is void after 60 seconds", () => {
    const clock = createFakeClock();
    const links = createLoginLinks(clock);
    const code = links.create();
    clock.advance(loginCodeTtlMs);
    expect(links.redeem(code)).toBe(false);
  });

  test("is void when 16 newer ones were made, and a wrong one is never good", () => {
    const links = createLoginLinks(createFakeClock());
    const first = links.create();
    const later = Array.from({ length: 16 }, () => links.create());
    expect(links.redeem(first)).toBe(false);
    expect(links.redeem("")).toBe(false);
    expect(links.redeem(later[0] ?? "")).toBe(true);
  });
});
