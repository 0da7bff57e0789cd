/** Facts about the machine and the user, and the one place that reads the environment. */
import { homedir, hostname, userInfo } from "node:os";

export type Host = {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  readonly hostname: string;
  /** IANA name of the time zone, `Europe/Berlin`. */
  readonly zone: string;
  /** BCP 47 tag, `de-DE`. */
  readonly locale: string;
  readonly platform: string;
  /** As Node spells it: `x64`, `arm64` … */
  readonly arch: string;
  readonly nodeVersion: string;
};

/** Reads everything anew: zone and hostname may change while the Gateway runs. */
export function hostFacts(): Host {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  return {
    ...account(),
    hostname: hostname(),
    zone: timeZone,
    locale,
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
  };
}

/** A container may run under a number that no account has: its name is the number, its home is the root. */
function account(): Pick<Host, "user" | "uid" | "home"> {
  const uid = process.getuid?.() ?? -1;
  try {
    return { user: userInfo().username, uid, home: homedir() };
  } catch {
    return { user: `uid-${uid}`, uid, home: process.env["HOME"] || "/" };
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the environment of this process. Given to the config loader by `main.ts`; nothing else may look. */
export function environment(): Environment {
  return Object.freeze({ ...process.env });
}
