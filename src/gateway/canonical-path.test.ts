import { expect, test } from "vitest";
import { canonicalPath } from "./canonical-path.ts";

test.each([
  ["/", "/"],
  ["/healthz", "/healthz"],
  ["/healthz?x=//..", "/healthz"],
  ["/assets/app-1.js", "/assets/app-1.js"],
  ["/chat/agent:main:main", "/chat/agent:main:main"],
  ["/chat/a%20b", "/chat/a b"],
  ["/ui/", "/ui/"],
  ["/chat/%C3%A4", "/chat/ä"],
])("%s is %s", (target, path) => {
  expect(canonicalPath(target)).toBe(path);
});

test.each([
  "//healthz",
  "/a//b",
  "/a/../b",
  "/a/.",
  "/a/%2e%2e/b",
  "/a%2fb",
  "/a%2Fb",
  "/a%5cb",
  "/a\\b",
  "/%68ealthz",
  "/a%00",
  "/a%0a",
  "/a%zz",
  "/a%",
  "/%c3%a4",
  "/%ff",
  "http://other/healthz",
  "*",
  "",
])("%s is not canonical", (target) => {
  expect(canonicalPath(target)).toBeUndefined();
});
