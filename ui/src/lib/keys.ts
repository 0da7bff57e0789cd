/** Keys of the page. One listener; a key acts only where nobody is typing, unless it has Ctrl or Cmd. */
import { useEffect } from "preact/hooks";

export type KeyBinding = {
  /** `k`, `?`, `Escape`, `mod+k`; or two in a row: `g c`. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
};

const sequenceMs = 1000;
const bindings: KeyBinding[] = [];
let prefix: { key: string; at: number } | undefined;

export function activeBindings(): readonly KeyBinding[] {
  return bindings;
}

/** Registers while the component is on the page. */
export function useKeys(own: readonly KeyBinding[]): void {
  useEffect(() => {
    bindings.push(...own);
    return () => {
      for (const binding of own) bindings.splice(bindings.indexOf(binding), 1);
    };
  });
}

export function startKeys(): void {
  addEventListener("keydown", (event) => {
    const binding = bindingOf(event);
    if (binding === undefined) return;
    event.preventDefault();
    binding.run();
  });
}

function bindingOf(event: KeyboardEvent): KeyBinding | undefined {
  const mod = event.ctrlKey || event.metaKey;
  if (event.altKey || event.defaultPrevented || event.isComposing) return undefined;
  if (!mod && (isTyping(event.target) || document.querySelector("dialog[open]") !== null)) return undefined;
  const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
  const sequence =
    prefix !== undefined && event.timeStamp - prefix.at < sequenceMs ? `${prefix.key} ${key}` : undefined;
  prefix = { key, at: event.timeStamp };
  return (
    bindings.findLast((binding) => binding.keys === sequence) ?? bindings.findLast((binding) => binding.keys === key)
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** `Ctrl K` or `⌘ K`, as the keyboard in front of the reader says it. */
export function keyNames(keys: string): readonly string[] {
  const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
  return keys
    .split(/[ +]/)
    .map((key) =>
      key === "mod" ? (isApple ? "⌘" : "Ctrl") : key === "Escape" ? "Esc" : key.length === 1 ? key.toUpperCase() : key,
    );
}
