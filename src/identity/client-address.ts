/** Where a request really comes from (reference 3.2): the socket's peer, unless a configured proxy vouches for another. */
import ipaddr from "ipaddr.js";

export type ProxySettings = {
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly allowRealIpFallback: boolean;
};

export type HeaderReader = (name: string) => string | undefined;

/** Their presence, even empty, means that somebody stands between the client and us. */
const forwardingHeaders = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
];

/** The client's address, or `unknown` when a trusted proxy does not tell. Headers of anybody else are ignored. */
export function clientAddress(peer: string, header: HeaderReader, settings: ProxySettings): string {
  const socket = normalAddress(peer);
  if (socket === undefined) return "unknown";
  if (!isTrusted(socket, settings)) return socket;
  const hops = (header("x-forwarded-for") ?? "").split(",").flatMap((hop) => normalAddress(hop) ?? []);
  const client = hops.reverse().find((hop) => !isTrusted(hop, settings));
  if (client !== undefined) return client;
  const realIp = settings.allowRealIpFallback ? normalAddress(header("x-real-ip") ?? "") : undefined;
  return realIp ?? "unknown";
}

/** Local is a loopback peer, with nobody in between, that asked for a loopback name (DNS rebinding asks for another). */
export function clientPlace(peer: string, header: HeaderReader): "local" | "remote" {
  const direct = forwardingHeaders.every((name) => header(name) === undefined);
  return direct && isLoopbackAddress(peer) && isLoopbackHost(header("host")) ? "local" : "remote";
}

export function isLoopbackAddress(address: string): boolean {
  const normal = normalAddress(address);
  return normal !== undefined && ipaddr.parse(normal).range() === "loopback";
}

/** Exactly `localhost`, `127.0.0.1` or `[::1]`, with or without a port (a tunnel may listen on another one). */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

function isTrusted(address: string, settings: ProxySettings): boolean {
  return settings.trustedProxies.some((entry) => matches(ipaddr.parse(address), entry));
}

function matches(address: ipaddr.IPv4 | ipaddr.IPv6, entry: string): boolean {
  if (!entry.includes("/")) return normalAddress(entry) === address.toString();
  try {
    const [range, bits] = ipaddr.parseCIDR(entry);
    return range.kind() === address.kind() && address.match(range, bits);
  } catch {
    return false;
  }
}

/** Without brackets, port, zone or IPv4 mapping; undefined for what is no address. */
function normalAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  return ipaddr.process(bare).toString();
}
