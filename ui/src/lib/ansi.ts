// CSI, OSC (ended by BEL or ST), and two-character escapes, as ECMA-48 writes them.
const escapes = new RegExp(
  [
    "\\u001B\\[[0-?]*[ -/]*[@-~]",
    "\\u001B\\][^\\u0007\\u001B]*(?:\\u0007|\\u001B\\\\)?",
    "\\u001B[@-Z\\\\-_a-z0-9=>]",
  ].join("|"),
  "g",
);

/** Terminal output as text: escape sequences removed, a line that was rewritten by carriage returns shows its last state. */
export function plainOutput(text: string): string {
  return text
    .replace(escapes, "")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
    .join("\n");
}
