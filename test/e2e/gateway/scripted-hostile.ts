/** What an attacker would write where people read: markup in names, direction tricks, huge lines, other scripts. */
import { approvalData } from "./scripted-data.ts";

const bidi = "\u202E";
const image = '<img src="https://evil.example/t.png" onerror="window.stolen = true">';

export function hostileHistory(now: number) {
  const text = (value: string) => [{ type: "text", text: value }];
  return [
    {
      id: 1,
      role: "user",
      content: text(`<script>window.stolen = true</script> ${image}`),
      timestamp: now - 9000,
      speaker: `<b>Mallory</b>${bidi}`,
    },
    {
      ...{ id: 2, role: "assistant", timestamp: now - 8000 },
      content: text(
        [
          `Raw markup: ${image} <script>window.stolen = true</script> <style>body{display:none}</style>`,
          "A [harmless link](https://good.example@evil.example/x) and a [script](javascript:window.stolen=true).",
          "![tracking](https://evil.example/pixel.png)",
          "<iframe src='https://evil.example'></iframe> <form action='https://evil.example'><input name=a></form>",
          "مرحبا بالعالم، هذه فقرة من اليمين إلى اليسار.",
          "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 flags and families",
          "```html\n<script>window.stolen = true</script>\n```",
        ].join("\n\n"),
      ),
    },
    {
      ...{ id: 3, role: "assistant", timestamp: now - 7000 },
      content: [{ type: "toolCall", id: "h1", name: "read", arguments: { path: `notes/${bidi}fdp.exe\n<b>x</b>` } }],
    },
    {
      id: 4,
      role: "toolResult",
      toolCallId: "h1",
      toolName: "read",
      isError: false,
      content: text("y".repeat(65_536)),
      timestamp: now - 6000,
    },
    { id: 5, role: "user", content: text("z".repeat(65_536)), timestamp: now - 5000, speaker: "" },
    { id: 6, role: "system", content: text(`A notice with ${image}`), timestamp: now - 4000 },
  ];
}

export function hostileApproval(now: number) {
  return {
    ...approvalData(now),
    id: "ap-hostile",
    asker: `<b>Owner</b>${bidi}nimda`,
    title: `Read a file ${image}`,
    exactly: [
      { label: "Command", text: `cat invoice${bidi}fdp.sh\u0000\u001B[2K\r && rm -rf ~\u200B`, mono: true },
      { label: "Input", text: "A".repeat(65_536), mono: true },
    ],
    why: `Because <script>window.stolen = true</script>`,
    sources: [{ handle: "h-1", kind: "web page", host: "xn--pple-43d.example" }],
    diffs: [{ path: `a${bidi}b.md`, diff: "--- a\n+++ b\n-old\u200B\n+new\u202E line" }],
  };
}
