/** From an opened page to a connection: device identity, a log-in code if the address holds one, then the link. */
import { signal } from "@preact/signals";
import { t } from "../strings/en.ts";
import { IdentityError, loadDeviceIdentity } from "../wire/device-store.ts";
import { logInWithDeviceToken, startLink } from "../wire/link.ts";
import { redeemLoginCode, takeLoginCode } from "../wire/log-in.ts";
import { type Problem, problemOf } from "../wire/problem.ts";

export type BootState =
  | { readonly kind: "starting" }
  | { readonly kind: "redeeming" }
  | { readonly kind: "unusable"; readonly problem: Problem }
  | { readonly kind: "started"; readonly loginProblem: Problem | undefined };

/** To recognise this browser in the list of devices. */
export const ownDeviceId = signal("");

export const bootState = signal<BootState>({ kind: "starting" });

export async function boot(): Promise<void> {
  try {
    const identity = await loadDeviceIdentity();
    ownDeviceId.value = identity.id;
    const loginProblem = await redeem(identity);
    bootState.value = { kind: "started", loginProblem };
    await startLink(identity);
  } catch (error) {
    bootState.value = { kind: "unusable", problem: identityProblem(error) };
  }
}

async function redeem(identity: Awaited<ReturnType<typeof loadDeviceIdentity>>): Promise<Problem | undefined> {
  const code = takeLoginCode();
  if (code === undefined) return undefined;
  bootState.value = { kind: "redeeming" };
  try {
    await logInWithDeviceToken(await redeemLoginCode(code, identity));
    return undefined;
  } catch (error) {
    return problemOf(error, t.logIn.failed);
  }
}

function identityProblem(error: unknown): Problem {
  if (!(error instanceof IdentityError)) return problemOf(error, t.identity.insecureWhat);
  return error.code === "device.insecure_context"
    ? { what: t.identity.insecureWhat, why: `${error.message}.`, fix: t.identity.insecureFix, code: error.code }
    : { what: t.identity.unsupportedWhat, why: `${error.message}.`, fix: t.identity.unsupportedFix, code: error.code };
}
