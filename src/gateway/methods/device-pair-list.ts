import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, pairedResult, pairedView, pendingResult, pendingView } from "./device-views.ts";

/** Devices that wait and devices that are paired. Without administrator scope a device sees itself only. */
export const devicePairList = coreMethod({
  name: "device.pair.list",
  scope: "operator.pairing",
  params: z.strictObject({}),
  result: z.object({ pending: z.array(pendingResult), paired: z.array(pairedResult) }),
  handle: (call) => {
    const { pending, paired } = call.control.devices.list(approverOf(call));
    return { pending: pending.map(pendingView), paired: paired.map(pairedView) };
  },
});
