import { describe, expect, test } from "vitest";
import { addressLiteral, isPublicAddress, parseDestination, parsePrivateOrigin } from "./egress-address.ts";

/** Each is loopback, private, link-local, shared, metadata, translated or reserved. */
const refusedAddresses = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.1",
  "198.18.0.1",
  "192.0.2.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "0:0:0:0:0:ffff:7f00:1",
  "0:0:0:0:0:ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b:1::a00:1",
  "2002:7f00:1::",
  "2001:0:7f00:1::",
  "2001:db8::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "::ffff:0:127.0.0.1",
  "100::1",
  "5f00::1",
  "not an address",
  "",
];

test.each(refusedAddresses)("%j is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

describe("parseDestination", () => {
  test.each([
    ["http://2130706433/", "127.0.0.1"],
    ["http://0x7f000001/", "127.0.0.1"],
    ["http://0177.0.0.1/", "127.0.0.1"],
    ["http://127.1/", "127.0.0.1"],
    ["http://127.0.0.1./", "127.0.0.1"],
    ["http://①②⑦.⓪.⓪.①/", "127.0.0.1"],
    ["http://127。0。0。1/", "127.0.0.1"],
    ["http://0/", "0.0.0.0"],
    ["http://[0:0:0:0:0:ffff:7f00:1]/", "::ffff:7f00:1"],
    ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"],
  ])("%s is seen as %s, which is not public", (text, address) => {
    const literal = addressLiteral(parseDestination(text).hostname);
    expect(literal).toBe(address);
    expect(isPublicAddress(literal ?? "")).toBe(false);
  });

  test.each([
    ["ftp://example.com/", "egress.scheme"],
    ["file:///etc/passwd", "egress.invalid_url"],
    ["javascript:alert(1)", "egress.invalid_url"],
    ["gopher://example.com/", "egress.scheme"],
    ["http://user:pw@example.com/", "egress.userinfo"],
    ["http://example.com@127.0.0.1/", "egress.userinfo"],
    ["http://", "egress.invalid_url"],
    ["//example.com", "egress.invalid_url"],
    ["http://example.com:25/", "egress.port"],
    ["http://example.com:6667/", "egress.port"],
    [`http://example.com/${"a".repeat(9000)}`, "egress.invalid_url"],
  ])("refuses %.40s as %s", (text, code) => {
    expect(() => parseDestination(text)).toThrow(expect.objectContaining({ code }));
  });

  test("keeps an ordinary URL, without its fragment", () => {
    expect(parseDestination("HTTPS://Exämple.com:443/a?b=c#d").href).toBe("https://xn--exmple-cua.com/a?b=c");
  });
});

test("a private origin is exact: no path, wildcard or user", () => {
  expect(parsePrivateOrigin("http://127.0.0.1:11434")).toBe("http://127.0.0.1:11434");
  expect(parsePrivateOrigin("http://LOCALHOST:11434/")).toBe("http://localhost:11434");
  for (const bad of ["http://10.0.0.1/v1", "http://*.lan", "http://a@b", "10.0.0.0/8", "http://x?y"]) {
    expect(() => parsePrivateOrigin(bad)).toThrow();
  }
});
