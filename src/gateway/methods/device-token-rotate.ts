import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, deviceId, deviceRole, scopeList } from "./device-views.ts";

/**
 * Makes a device's token void and replaces it. Only the device itself is told the new one; another device gets it at
 * its next log-in.
 */
export const deviceTokenRotate = coreMethod({
  name: "device.token.rotate",
  scope: "operator.pairing",
  params: z.strictObject({ deviceId, role: deviceRole, scopes: scopeList.optional() }),
  result: z.union([
    z.object({ deviceId: z.string(), role: z.string(), token: z.string(), tokenDelivery: z.literal("in-band") }),
    z.object({ deviceId: z.string(), role: z.string(), tokenDelivery: z.literal("withheld-cross-device") }),
  ]),
  handle: async (call, asked) => {
    const { token } = await call.control.devices.rotate(asked, approverOf(call));
    const base = { deviceId: asked.deviceId, role: asked.role };
    return token === undefined
      ? { ...base, tokenDelivery: "withheld-cross-device" as const }
      : { ...base, token, tokenDelivery: "in-band" as const };
  },
});
