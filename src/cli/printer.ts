/** The one way to the terminal: text for people, or exactly one JSON document for programs. */
import { styleText } from "node:util";
import type { CliError } from "./cli-error.ts";

export type Output = {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export type Style = Readonly<
  Record<"success" | "accent" | "warn" | "error" | "muted" | "strong", (text: string) => string>
>;

export type Printer = {
  readonly form: "text" | "json";
  readonly style: Style;
  /** Whether a person watches: questions may be asked and progress shown. */
  readonly interactive: boolean;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
  /** The outcome: `value` as JSON, or the lines for people. Once per command. */
  result(value: unknown, lines: () => readonly string[] | string): void;
  /** Something worth knowing beside the outcome: on standard error, never in JSON form. */
  note(text: string): void;
  /** One line while a command runs; never in JSON form. */
  line(text?: string): void;
  failure(error: CliError): void;
};

export type PrinterOptions = {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly form: "text" | "json";
  /** `auto`: only where a terminal shows it and `NO_COLOR` is not set. */
  readonly color: "auto" | "never";
  readonly environment: Readonly<Record<string, string | undefined>>;
};

const plain: Style = {
  success: (text) => text,
  accent: (text) => text,
  warn: (text) => text,
  error: (text) => text,
  muted: (text) => text,
  strong: (text) => text,
};

const painted = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false });

const colorful: Style = {
  success: painted("green"),
  accent: painted("cyan"),
  warn: painted("yellow"),
  error: painted("red"),
  muted: painted("gray"),
  strong: painted("bold"),
};

const columnsDefault = 80;

export function createPrinter({ stdout, stderr, form, color, environment }: PrinterOptions): Printer {
  const shows = (output: Output) =>
    form === "text" &&
    color === "auto" &&
    output.isTTY === true &&
    !environment["NO_COLOR"] &&
    environment["TERM"] !== "dumb";
  const style = shows(stdout) ? colorful : plain;
  const errorStyle = shows(stderr) ? colorful : plain;
  const json = (value: unknown) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return {
    form,
    style,
    interactive: form === "text" && stdout.isTTY === true,
    columns: stdout.columns ?? columnsDefault,
    result(value, lines) {
      if (form === "json") return json(value);
      const text = lines();
      const shown = typeof text === "string" ? text : text.join("\n");
      if (shown !== "") stdout.write(`${shown}\n`);
    },
    note(text) {
      if (form === "text") stderr.write(`${errorStyle.muted(text)}\n`);
    },
    line(text = "") {
      if (form === "text") stdout.write(`${text}\n`);
    },
    failure(error) {
      if (form === "json") return json({ error: failureFields(error) });
      stderr.write(`${errorStyle.error("Error:")} ${error.message}\n`);
      if (error.fix !== undefined) stderr.write(`${errorStyle.strong("Fix:")} ${error.fix}\n`);
    },
  };
}

function failureFields({ code, message, fix }: CliError) {
  return fix === undefined ? { code, message } : { code, message, fix };
}
