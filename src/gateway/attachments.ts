/** Attachments of an operator's message: this version takes text alone, and says so before anything is kept. */
import { type GatewayError, invalid } from "./gateway-error.ts";

/** What to do instead, for every way in. */
export const attachmentsRefusal =
  "attachments are not taken: nothing of this message was kept. Save the file in the agent's workspace (`fased status` names it) and write its path in the message, or paste its text";

/** Throws `<area>.attachments_unsupported` when there are any: a sender must know that nobody would see them. */
export function refuseAttachments(area: "chat" | "agent", attachments: readonly unknown[] | undefined): void {
  if (attachments !== undefined && attachments.length > 0) throw unsupported(area);
}

const unsupported = (area: string): GatewayError => invalid(`${area}.attachments_unsupported`, attachmentsRefusal);
