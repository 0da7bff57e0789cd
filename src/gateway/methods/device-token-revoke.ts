import * as z from "zod";
import { coreMethod } from "../method.ts";
import { approverOf, deviceId, deviceRole } from "./device-views.ts";

/** Makes a device's token void; it has to be approved again. Its connections end now. */
export const deviceTokenRevoke = coreMethod({
  name: "device.token.revoke",
  scope: "operator.pairing",
  params: z.strictObject({ deviceId, role: deviceRole }),
  result: z.object({ deviceId: z.string(), role: z.string(), revokedAtMs: z.number() }),
  handle: async (call, asked) => {
    await call.control.devices.revoke(asked, approverOf(call));
    return { ...asked, revokedAtMs: call.control.clock.now() };
  },
});
