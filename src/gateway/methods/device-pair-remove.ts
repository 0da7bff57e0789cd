import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, deviceId } from "./device-views.ts";

/** Unpairs a device; its connections end now. */
export const devicePairRemove = coreMethod({
  name: "device.pair.remove",
  scope: "operator.pairing",
  params: z.strictObject({ deviceId }),
  result: z.object({ deviceId: z.string(), removed: z.literal(true) }),
  handle: async (call, asked) => {
    await call.control.devices.remove(asked.deviceId, approverOf(call));
    return { deviceId: asked.deviceId, removed: true as const };
  },
});
