/** The methods that the published protocol names, with the scope it gives them. */
import { readFileSync } from "node:fs";

const schemaUrl = new URL("../../../node_modules/@openclaw/gateway-protocol/protocol.schema.json", import.meta.url);

export function publishedMethods(named: RegExp): readonly { readonly name: string; readonly scope: string }[] {
  const { methods } = JSON.parse(readFileSync(schemaUrl, "utf8")) as { methods: Record<string, { scope: string }> };
  return Object.entries(methods)
    .filter(([name]) => named.test(name))
    .map(([name, { scope }]) => ({ name, scope }));
}
