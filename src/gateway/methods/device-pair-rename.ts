import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, deviceId } from "./device-views.ts";

/** Gives a device another name to show. */
export const devicePairRename = coreMethod({
  name: "device.pair.rename",
  scope: "operator.pairing",
  params: z.strictObject({ deviceId, label: z.string().min(1).max(64) }),
  result: z.object({ deviceId: z.string(), label: z.string() }),
  handle: async (call, asked) => {
    await call.control.devices.rename({ deviceId: asked.deviceId, name: asked.label }, approverOf(call));
    return { deviceId: asked.deviceId, label: asked.label };
  },
});
