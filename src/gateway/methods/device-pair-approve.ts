import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, pairedResult, pairedView, requestId } from "./device-views.ts";

/** Pairs a waiting device. The approver must hold what the device asks for; a node needs an administrator. */
export const devicePairApprove = coreMethod({
  name: "device.pair.approve",
  scope: "operator.pairing",
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), device: pairedResult }),
  handle: async (call, asked) => {
    const device = await call.control.devices.approve(asked.requestId, approverOf(call));
    return { requestId: asked.requestId, device: pairedView(device) };
  },
});
