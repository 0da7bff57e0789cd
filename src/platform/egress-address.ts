/**
 * Which destinations outgoing requests may have. Pure. Everything that is not plainly the public internet is refused, in
 * one canonical form: the URL parser has already undone decimal, octal, hexadecimal and internationalised spellings.
 */
import ipaddr from "ipaddr.js";

export type EgressErrorCode =
  | "egress.invalid_url"
  | "egress.scheme"
  | "egress.userinfo"
  | "egress.port"
  | "egress.header"
  | "egress.private_address"
  | "egress.unknown_host"
  | "egress.connect_failed"
  | "egress.timeout"
  | "egress.aborted"
  | "egress.too_many_redirects"
  | "egress.redirect_body"
  | "egress.encoding"
  | "egress.too_large"
  | "egress.failed";

/** Messages name the origin only: paths and queries may hold secrets. */
export class EgressError extends Error {
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EgressError";
    this.code = code;
  }
}

const urlLengthMax = 8192;

/** Ports of mail, chat, printers and other services that would take an HTTP request for commands (Fetch standard, "bad port"). */
const badPorts = new Set(
  (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 " +
    "139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 " +
    "1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
);

/** The URL in canonical form, or EgressError. Says nothing yet about the address behind the name. */
export function parseDestination(text: string | URL): URL {
  const source = String(text);
  const url = source.length <= urlLengthMax ? URL.parse(source) : null;
  if (url === null || url.hostname === "") throw new EgressError("egress.invalid_url", "this is not a usable URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new EgressError("egress.scheme", `only http and https are requested, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new EgressError(
      "egress.userinfo",
      `${url.origin}: a URL must not hold a user name or password; use a header`,
    );
  }
  if (badPorts.has(url.port)) throw new EgressError("egress.port", `${url.origin}: this port is not for HTTP`);
  url.hash = "";
  return url;
}

/** `scheme://host[:port]` of operator config, exactly; a path, wildcard or user name in it is an error, not ignored. */
export function parsePrivateOrigin(text: string): string {
  const url = parseDestination(text);
  if (url.pathname !== "/" || url.search !== "" || text.includes("*")) {
    throw new EgressError(
      "egress.invalid_url",
      `a private origin is scheme://host:port and nothing else: ${url.origin}`,
    );
  }
  return url.origin;
}

/** Metadata services that clouds put on public addresses. */
const metadataAddresses = new Set(["168.63.129.16"]);
const globalUnicast6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an address literal (without brackets) is on the public internet. Loopback, private, link-local, shared, mapped,
 * translated, tunnelled and reserved ranges are not, nor is what cannot be parsed.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return isPublic4(address);
  if (address.zoneId !== undefined && address.zoneId !== null) return false;
  if (address.isIPv4MappedAddress()) return isPublic4(address.toIPv4Address());
  return address.range() === "unicast" && address.match(globalUnicast6);
}

function isPublic4(address: ipaddr.IPv4): boolean {
  return address.range() === "unicast" && !metadataAddresses.has(address.toString());
}

/** An address literal without the brackets that URLs put around IPv6, or undefined for a name. */
export function addressLiteral(hostname: string): string | undefined {
  const bare = hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}
