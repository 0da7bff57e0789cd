/** Opening the connection: resolve once, check every address, connect to a checked one and look again who answered. */
import { lookup } from "node:dns/promises";
import type { LookupFunction, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { buildConnector } from "undici";
import { addressLiteral, EgressError, isPublicAddress } from "./egress-address.ts";

/** All addresses of a host name. */
export type AddressLookup = (hostname: string) => Promise<readonly string[]>;

const connectTimeoutMs = 10_000;
const addressesMax = 16;

export const systemLookup: AddressLookup = async (hostname) =>
  (await lookup(hostname, { all: true })).map((entry) => entry.address);

type Guard = { readonly privateOrigins: ReadonlySet<string>; readonly lookup: AddressLookup };

/** A connector for undici that reaches public addresses, and any address for the origins named in `privateOrigins`. */
export function checkedConnector(build: typeof buildConnector, guard: Guard): buildConnector.connector {
  return (options, callback) => {
    const origin = `${options.protocol}//${options.host ?? options.hostname}`;
    const open = guard.privateOrigins.has(originOf(origin));
    const check = open ? () => true : isReachable;
    const literal = addressLiteral(options.hostname);
    if (literal !== undefined && !check(literal)) {
      callback(privateAddress(origin), null);
      return;
    }
    const connect = build({
      timeout: connectTimeoutMs,
      allowH2: false,
      lookup: checkedLookup({ guard, check, origin }),
    });
    connect(options, (...result) => finish({ result, check, origin, callback }));
  };
}

function originOf(text: string): string {
  return URL.parse(text)?.origin ?? "";
}

function privateAddress(origin: string): EgressError {
  return new EgressError(
    "egress.private_address",
    `${origin} is not on the public internet; name this exact origin in the config for its purpose to allow it`,
  );
}

/** Public, and not an address of this very machine: what listens here is not for the agent. */
function isReachable(address: string): boolean {
  if (!isPublicAddress(address)) return false;
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return !own.some((entry) => entry.address === address);
}

type Check = { readonly guard: Guard; readonly check: (address: string) => boolean; readonly origin: string };

/** One bad address among many refuses the name: an attacker would only have to wait for its turn. */
async function checkedAddresses({ guard, check, origin }: Check, hostname: string): Promise<readonly string[]> {
  let addresses: readonly string[];
  try {
    addresses = await guard.lookup(hostname);
  } catch (cause) {
    throw new EgressError("egress.unknown_host", `${origin}: the host name cannot be found`, { cause });
  }
  if (addresses.length === 0) throw new EgressError("egress.unknown_host", `${origin}: the host name has no address`);
  if (!addresses.every(check)) throw privateAddress(origin);
  return addresses.slice(0, addressesMax);
}

/** The socket asks this once and connects to what it answers; nobody resolves the name again. */
function checkedLookup(check: Check): LookupFunction {
  return (hostname, options, callback) => {
    checkedAddresses(check, hostname).then(
      (addresses) => {
        const entries = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
        if (options.all) callback(null, entries);
        else callback(null, entries[0]?.address ?? "", entries[0]?.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

type Attempt = {
  readonly result: Parameters<buildConnector.Callback>;
  readonly check: (address: string) => boolean;
  readonly origin: string;
  readonly callback: buildConnector.Callback;
};

function finish({ result, check, origin, callback }: Attempt): void {
  const [error, socket] = result;
  if (error !== null) {
    callback(error, null);
    return;
  }
  if (answersFrom(socket, check)) {
    callback(null, socket);
    return;
  }
  socket.destroy();
  callback(privateAddress(origin), null);
}

function answersFrom(socket: Socket, check: (address: string) => boolean): boolean {
  return socket.remoteAddress !== undefined && check(socket.remoteAddress);
}
