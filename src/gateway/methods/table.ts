/** Every method of the control plane, one line each. */
import type { Method } from "../method.ts";
import { agent } from "./agent.ts";
import { agentWait } from "./agent-wait.ts";
import { agentsList } from "./agents-list.ts";
import { channelsPairingApprove } from "./channels-pairing-approve.ts";
import { channelsPairingDismiss } from "./channels-pairing-dismiss.ts";
import { channelsPairingList } from "./channels-pairing-list.ts";
import { channelsPairingRevoke } from "./channels-pairing-revoke.ts";
import { channelsStatus } from "./channels-status.ts";
import { chatAbort } from "./chat-abort.ts";
import { chatHistory } from "./chat-history.ts";
import { chatSend } from "./chat-send.ts";
import { configGet } from "./config-get.ts";
import { configPatch } from "./config-patch.ts";
import { configSchema } from "./config-schema.ts";
import { configSet } from "./config-set.ts";
import { devicePairApprove } from "./device-pair-approve.ts";
import { devicePairList } from "./device-pair-list.ts";
import { devicePairReject } from "./device-pair-reject.ts";
import { devicePairRemove } from "./device-pair-remove.ts";
import { devicePairRename } from "./device-pair-rename.ts";
import { deviceTokenRevoke } from "./device-token-revoke.ts";
import { deviceTokenRotate } from "./device-token-rotate.ts";
import { execApprovalGet } from "./exec-approval-get.ts";
import { execApprovalGrantsList } from "./exec-approval-grants-list.ts";
import { execApprovalGrantsRevoke } from "./exec-approval-grants-revoke.ts";
import { execApprovalList } from "./exec-approval-list.ts";
import { execApprovalRequest } from "./exec-approval-request.ts";
import { execApprovalResolve } from "./exec-approval-resolve.ts";
import { execApprovalWaitDecision } from "./exec-approval-wait-decision.ts";
import { health } from "./health.ts";
import { ledgerList } from "./ledger-list.ts";
import { ledgerVerify } from "./ledger-verify.ts";
import { logsTail } from "./logs-tail.ts";
import { messagesWhy } from "./messages-why.ts";
import { modelsAuthClear } from "./models-auth-clear.ts";
import { modelsAuthConfigure } from "./models-auth-configure.ts";
import { modelsAuthStatus } from "./models-auth-status.ts";
import { modelsList } from "./models-list.ts";
import { modelsLocalAccept } from "./models-local-accept.ts";
import { modelsLocalList } from "./models-local-list.ts";
import { policyAccept } from "./policy-accept.ts";
import { policyPending } from "./policy-pending.ts";
import { securityAudit } from "./security-audit.ts";
import { securityExplain } from "./security-explain.ts";
import { securityWhoCan } from "./security-who-can.ts";
import { sessionsContext } from "./sessions-context.ts";
import { sessionsDelete } from "./sessions-delete.ts";
import { sessionsKeep } from "./sessions-keep.ts";
import { sessionsList } from "./sessions-list.ts";
import { sessionsPreview } from "./sessions-preview.ts";
import { sessionsReset } from "./sessions-reset.ts";
import { sessionsUndo } from "./sessions-undo.ts";
import { status } from "./status.ts";
import { systemPresence } from "./system-presence.ts";

export const methodTable: readonly Method[] = [
  agentWait,
  agent,
  agentsList,
  channelsPairingApprove,
  channelsPairingDismiss,
  channelsPairingList,
  channelsPairingRevoke,
  channelsStatus,
  chatAbort,
  chatHistory,
  chatSend,
  configGet,
  configPatch,
  configSchema,
  configSet,
  devicePairApprove,
  devicePairList,
  devicePairReject,
  devicePairRemove,
  devicePairRename,
  deviceTokenRevoke,
  deviceTokenRotate,
  execApprovalGet,
  execApprovalGrantsList,
  execApprovalGrantsRevoke,
  execApprovalList,
  execApprovalRequest,
  execApprovalResolve,
  execApprovalWaitDecision,
  health,
  ledgerList,
  ledgerVerify,
  logsTail,
  messagesWhy,
  modelsAuthClear,
  modelsAuthConfigure,
  modelsAuthStatus,
  modelsList,
  modelsLocalAccept,
  modelsLocalList,
  policyAccept,
  policyPending,
  securityAudit,
  securityExplain,
  securityWhoCan,
  sessionsContext,
  sessionsDelete,
  sessionsKeep,
  sessionsList,
  sessionsPreview,
  sessionsReset,
  sessionsUndo,
  status,
  systemPresence,
];
