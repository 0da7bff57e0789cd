/** The page's own icons: 20×20, one stroke width, inlined. Decoration only: a word always stands beside or in the label. */
const paths = {
  chat: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z",
  approvals: "M4 3.5h12v13H4z M7 8.5l2 2 4-4 M7 13.5h6",
  people:
    "M7.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M2.5 16c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5 M13 4.2a2.5 2.5 0 0 1 0 4.6 M14.5 11.8c1.8.6 3 2 3 4.2",
  security: "M10 2.5l6 2v5c0 4-2.5 6.6-6 8-3.5-1.4-6-4-6-8v-5z",
  system: "M4 6h12 M4 10h12 M4 14h12 M7 4.5v3 M13 8.5v3 M9 12.5v3",
  more: "M4.5 10h.01 M10 10h.01 M15.5 10h.01",
  allow: "M4 10.5l4 4 8-9",
  ask: "M10 3.5v8 M10 15.5v.01",
  deny: "M5 5l10 10 M15 5L5 15",
  info: "M10 9v6.5 M10 5v.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z M13 13l4 4",
  plus: "M10 4v12 M4 10h12",
  stop: "M5.5 5.5h9v9h-9z",
  send: "M10 16V4.5 M5 9l5-5 5 5",
  open: "M7.5 5l5 5-5 5",
  down: "M5 7.5l5 5 5-5",
  back: "M12.5 5l-5 5 5 5",
  copy: "M7 7h9v9H7z M13 7V4H4v9h3",
  close: "M5 5l10 10 M15 5L5 15",
  file: "M5 2.5h6l4 4v11H5z M11 2.5v4h4",
  terminal: "M3 4.5h14v11H3z M6 8l2.5 2L6 12 M10.5 12.5h4",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M3 10h14 M10 3c2.2 2 3 4.4 3 7s-.8 5-3 7c-2.2-2-3-4.4-3-7s.8-5 3-7z",
  undo: "M7 5L3.5 8.5 7 12 M3.5 8.5h8a4 4 0 0 1 0 8H9",
  retry: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10 M16 3v4h-4",
  trash: "M4 5.5h12 M8 5.5v-2h4v2 M5.5 5.5l.7 11h7.6l.7-11",
  device: "M6 2.5h8v15H6z M9.5 15h1",
  key: "M7 13.5a3.5 3.5 0 1 1 3.2-5H17v3h-2v2h-3v-2h-1.8A3.5 3.5 0 0 1 7 13.5z",
  message: "M3 5h14v10H3z M3 5.5l7 5.5 7-5.5",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M10 6v4.5l3 1.5",
  keyboard: "M2.5 5.5h15v9h-15z M5.5 8.5h.01 M8.5 8.5h.01 M11.5 8.5h.01 M14.5 8.5h.01 M6.5 11.8h7",
  theme: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M10 3v14 M10 3a7 7 0 0 1 0 14",
  sessions: "M4 4.5h12 M4 8.5h12 M4 12.5h8 M4 16.5h8",
  tool: "M12.5 3.5a4 4 0 0 0-4 5.2L3.5 13.8l2.7 2.7 5-5a4 4 0 0 0 5.3-5l-2.5 2.4-2.3-.6-.6-2.3z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
