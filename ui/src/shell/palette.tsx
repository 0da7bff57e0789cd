import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { activeBindings, keyNames } from "../lib/keys.ts";
import { bestMatches } from "../lib/text-match.ts";
import { t } from "../strings/en.ts";
import styles from "./app.module.css";
import { commands, type PaletteCommand } from "./palette-commands.ts";

const dialog = signal<"none" | "palette" | "keys">("none");
const resultsMax = 50;

export const palette = { open: () => shownDialog.set("palette") };
export const shownDialog = {
  set(name: "none" | "palette" | "keys"): void {
    dialog.value = name;
  },
};

/** Every page, session, person and action, by a few letters. */
export function Palette() {
  return dialog.value === "palette" ? <PaletteDialog /> : null;
}

function PaletteDialog() {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = bestMatches(commands(), query, (command) => `${command.words} ${t.palette[command.kind]}`).slice(
    0,
    resultsMax,
  );
  const at = Math.min(chosen, found.length - 1);
  const run = (command: PaletteCommand | undefined) => {
    if (command === undefined) return;
    shownDialog.set("none");
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <Modal label={t.palette.label}>
      <div class={styles.search}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-results"
          aria-activedescendant={found[at] ? `palette-${at}` : undefined}
          aria-label={t.palette.open}
          placeholder={t.palette.placeholder}
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div class={styles.results} role="listbox" id="palette-results" aria-label={t.palette.label} tabIndex={-1}>
        {found.map((command, index) => (
          <Result key={command.id} command={command} at={index} isChosen={index === at} onRun={() => run(command)} />
        ))}
        {found.length === 0 && <p class={styles.nothing}>{t.palette.nothing}</p>}
      </div>
    </Modal>
  );
}

type ResultProps = { command: PaletteCommand; at: number; isChosen: boolean; onRun: () => void };

function Result({ command, at, isChosen, onRun }: ResultProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox input holds the keys of its list
    <div
      ref={element}
      id={`palette-${at}`}
      class={styles.result}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      onClick={onRun}
    >
      <bdi class={styles.resultWords}>{command.words}</bdi>
      <span class={styles.resultKind}>{t.palette[command.kind]}</span>
    </div>
  );
}

/** The keys that work right now, here. */
export function KeysDialog() {
  if (dialog.value !== "keys") return null;
  return (
    <Modal label={t.keys.label}>
      <div class={styles.dialogHead}>
        <h2>{t.keys.label}</h2>
        <IconButton icon="close" label={t.close} onClick={() => shownDialog.set("none")} />
      </div>
      <dl class={styles.keyList}>
        {activeBindings().map((binding) => (
          <KeyRow key={binding.keys} keys={binding.keys} label={binding.label} />
        ))}
      </dl>
    </Modal>
  );
}

function KeyRow({ keys, label }: { keys: string; label: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd class={styles.hint}>
        {keyNames(keys).map((name) => (
          <kbd key={name} class={styles.key}>
            {name}
          </kbd>
        ))}
      </dd>
    </>
  );
}

/** A native modal: the browser keeps the focus inside and gives it back afterwards. */
function Modal({ label, children }: { label: string; children: preact.ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; the key for that is Escape, by the browser
    <dialog
      ref={element}
      class={styles.dialog}
      aria-label={label}
      onClose={() => shownDialog.set("none")}
      onClick={(event) => event.target === element.current && element.current?.close()}
    >
      {children}
    </dialog>
  );
}
