/** The page and its assets: read-only files known by name, under a policy that lets nothing else in. */
import { join } from "node:path";
import { FileError, listFolder, readBytesSync } from "../../platform/files.ts";
import { errorResponse, type Route, type RouteCall } from "../route.ts";
import type { ControlUiSettings } from "../settings.ts";

/** Scripts and styles of this origin only; text becomes markup through DOMPurify's policy only. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types dompurify",
].join("; ");

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  gif: "image/gif",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
  woff2: "font/woff2",
};

const assetBytesMax = 4 * 1024 * 1024;
const folderDepthMax = 4;

/** The page under its base path, and what it needs to know before it connects. */
export function controlUiRoutes(settings: ControlUiSettings): readonly Route[] {
  if (!settings.enabled) return [];
  const base = settings.basePath === "/" ? "" : settings.basePath;
  const serve = createAssetServer(settings.root, base);
  const page: Route = { verb: "GET", path: `${base}/*`, auth: "none", handle: serve };
  const redirect: Route = {
    verb: "GET",
    path: base,
    auth: "none",
    handle: () => new Response(null, { status: 302, headers: { location: `${base}/` } }),
  };
  return base === "" ? [page, bootstrapRoute(base)] : [page, redirect, bootstrapRoute(base)];
}

function bootstrapRoute(base: string): Route {
  return {
    verb: "GET",
    path: `${base}/__fased/control-ui-config.json`,
    auth: "none",
    handle: ({ core }) =>
      Response.json({
        basePath: base === "" ? "/" : base,
        assistantName: "Fased",
        assistantAvatar: null,
        assistantAgentId: core.host.health().defaultAgentId,
      }),
  };
}

/** Only names that were found in the folder are served, so no path can lead out of it. */
function createAssetServer(root: string, base: string): (call: RouteCall) => Promise<Response> {
  let names: ReadonlySet<string> | undefined;
  return async ({ path }) => {
    names ??= await namesBelow(root);
    if (!names?.has("index.html")) return missingAssets();
    const name = path.slice(base.length + 1);
    if (names.has(name)) return assetResponse(root, name);
    if (extensionOf(name) in contentTypes)
      return errorResponse(404, { code: "http.not_found", message: "no such file" });
    return assetResponse(root, "index.html");
  };
}

async function namesBelow(root: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const names = new Set<string>();
    await collect(root, "", names);
    return names;
  } catch (error) {
    // Not built yet: asked again at the next request.
    if (error instanceof FileError && error.code === "file.not_found") return undefined;
    throw error;
  }
}

async function collect(root: string, below: string, names: Set<string>): Promise<void> {
  if (below.split("/").length > folderDepthMax) return;
  for (const entry of await listFolder(join(root, below))) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.type === "folder") await collect(root, name, names);
    else if (entry.type === "file") names.add(name);
  }
}

function assetResponse(root: string, name: string): Response {
  const bytes = readBytesSync(join(root, name), { maxBytes: assetBytesMax });
  // Built assets carry a hash in their name.
  const cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-store";
  return new Response(new Uint8Array(bytes), {
    headers: {
      "content-type": contentTypes[extensionOf(name)] ?? "application/octet-stream",
      "content-security-policy": contentSecurityPolicy,
      "cache-control": cache,
    },
  });
}

function missingAssets(): Response {
  const message = "the Control UI is not built; in a checkout run `npm run build`";
  return errorResponse(503, { code: "control_ui.not_built", message });
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
}
