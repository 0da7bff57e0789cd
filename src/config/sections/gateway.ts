import * as z from "zod";
import { block, count, flag, key, positive, secretKey, text, texts } from "../key.ts";

const addressOrRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: "expected an IP address or a range such as 10.0.0.0/8",
});

const auth = block({
  mode: key(
    z.enum(["token", "password", "trusted-proxy"]).optional(),
    "How operators authenticate. Unset: `password` when one is set, else `token`. This version refuses `trusted-proxy`.",
    "`trusted-proxy` trusts the header of whoever reaches the port.",
  ),
  token: secretKey(
    "Shared bearer token of operators. Refer to the variable FASED_GATEWAY_TOKEN and keep the value in `<state>/.env`.",
    "Whoever has it controls the Gateway; at least 24 random characters.",
  ).optional(),
  password: secretKey("Shared password of operators; preferably the variable FASED_GATEWAY_PASSWORD.").optional(),
  allowTailscale: key(
    flag().optional(),
    "Accepts Tailscale Serve identity headers instead of a token.",
    "With a proxy of your own in front, those headers can be forged.",
  ),
  trustedProxy: z
    .strictObject({
      userHeader: key(text().optional(), "Header in which the proxy names the user; required for `trusted-proxy`."),
      requiredHeaders: key(texts().default([]), "Headers that must be present and not blank."),
      allowUsers: key(
        texts().optional(),
        "Users who may operate the Gateway.",
        "Unset admits every user of the proxy.",
      ),
    })
    .optional(),
  rateLimit: block({
    maxAttempts: key(positive().default(10), "Failed log-ins per window before lock-out."),
    windowMs: key(positive().default(60_000), "Length of the window in milliseconds."),
    lockoutMs: key(positive().default(300_000), "How long a locked-out address waits, in milliseconds."),
    exemptLoopback: key(
      flag().default(true),
      "Local programs are not limited; requests that carry an Origin always are.",
      "A local program may guess without limit.",
    ),
  }),
});

const controlUi = block({
  enabled: key(flag().default(true), "Serves the Control UI."),
  basePath: key(text().default("/"), "Path under which the Control UI is served."),
  root: key(text().optional(), "Folder with other UI assets than the built-in ones."),
  allowedOrigins: key(
    texts().default([]),
    "Full browser origins that may connect beside the Gateway's own.",
    '`"*"` lets every web page try to log in.',
  ),
  dangerouslyAllowHostHeaderOriginFallback: key(
    flag().default(false),
    "Takes the Host header as the expected origin.",
    "Opens the Gateway to DNS rebinding.",
  ),
  allowInsecureAuth: key(
    flag().default(false),
    "Compatibility switch for local clients without a secure browser context.",
    "Works for local clients only.",
  ),
  dangerouslyDisableDeviceAuth: key(
    flag().default(false),
    "Break-glass: connects without a device identity.",
    "Whoever has the token needs no approved device.",
  ),
});

export const gateway = block({
  mode: key(z.enum(["local", "remote"]).optional(), "`local` runs the Gateway here; it starts only then."),
  port: key(
    z.int().min(1).max(65_535).default(18_789),
    "The one port of WebSocket and HTTP. `FASED_GATEWAY_PORT` and `--port` override it.",
  ),
  bind: key(
    z.enum(["auto", "loopback", "lan", "tailnet", "custom"]).default("loopback"),
    "Which addresses the Gateway listens on. This version starts on `loopback` only.",
    "Everything but `loopback` can be reached by others.",
  ),
  customBindHost: key(z.ipv4().optional(), 'The address for `bind: "custom"`.'),
  auth,
  controlUi,
  trustedProxies: key(
    z.array(addressOrRange).default([]),
    "Addresses or ranges whose forwarding headers are believed.",
    "A listed address can claim to be any client.",
  ),
  allowRealIpFallback: key(flag().default(false), "Believes X-Real-IP of a trusted proxy without X-Forwarded-For."),
  tools: block({
    allow: key(
      texts().default([]),
      "Lifts tools from the built-in HTTP deny list.",
      "Control-plane tools become callable over HTTP.",
    ),
    deny: key(texts().default([]), "Tools that are never callable over HTTP."),
  }),
  http: block({
    endpoints: block({
      chatCompletions: block({
        enabled: key(
          flag().default(false),
          "Serves `POST /v1/chat/completions`.",
          "Whoever has the token talks to an agent as operator.",
        ),
      }),
    }),
  }),
  reload: block({
    mode: key(z.enum(["hybrid", "hot", "restart", "off"]).default("hybrid"), "What happens when the file changes."),
    debounceMs: key(count().default(300), "Quiet time before a changed file is read, in milliseconds."),
  }),
});
