import fc from "fast-check";
import { expect, test } from "vitest";
import { basePath, parseRoute, places, routeAddress } from "./route.ts";

test("an address and its route are the same thing, for any session key", () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.string({ unit: "grapheme", minLength: 1 }), (place, session) => {
      const address = new URL(routeAddress("/", { place, query: { session } }), "http://localhost");
      expect(parseRoute(address.pathname, address.search)).toEqual({ place, query: { session } });
    }),
  );
});

test("an unknown path is the chat", () => {
  expect(parseRoute("/", "")).toEqual({ place: "chat", query: {} });
  expect(parseRoute("/wallet", "?a=1")).toEqual({ place: "chat", query: { a: "1" } });
});

test("the base path is kept", () => {
  expect(basePath("/ui/chat")).toBe("/ui/");
  expect(routeAddress("/ui/", { place: "system", query: { tab: "logs", item: "" } })).toBe("/ui/system?tab=logs");
});
