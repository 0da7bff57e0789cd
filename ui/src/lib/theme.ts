import { effect, signal } from "@preact/signals";

const choices = ["system", "light", "dark"] as const;
export type Theme = (typeof choices)[number];

const storageKey = "fased.theme";

export const theme = signal<Theme>(choices.find((choice) => choice === localStorage.getItem(storageKey)) ?? "system");

/** Keeps the choice, and tells the style sheet. `system` leaves it to the browser. */
export function startTheme(): void {
  effect(() => {
    localStorage.setItem(storageKey, theme.value);
    if (theme.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
  });
}

export function nextTheme(): void {
  theme.value = choices[(choices.indexOf(theme.value) + 1) % choices.length] ?? "system";
}
