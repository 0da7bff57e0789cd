import * as z from "zod";
import { coreMethod } from "../method.ts";
import { requestId } from "./device-views.ts";

/** Forgets a waiting device; it may ask again. */
export const devicePairReject = coreMethod({
  name: "device.pair.reject",
  scope: "operator.pairing",
  params: z.strictObject({ requestId }),
  result: z.object({ requestId: z.string(), deviceId: z.string() }),
  handle: async ({ control }, asked) => {
    const request = await control.devices.reject(asked.requestId);
    return { requestId: request.requestId, deviceId: request.deviceId };
  },
});
