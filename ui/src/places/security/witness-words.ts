/** A witness as people read it: the sentence, the steps, the lines of the config. Pure, and lenient about what is missing. */
import { list, record, stringOf } from "../../wire/frames.ts";

export type WitnessWords = {
  readonly sentence: string;
  readonly steps: readonly string[];
  readonly lines: readonly string[];
};

export function witnessWords(witness: unknown): WitnessWords | undefined {
  if (typeof witness === "string") return { sentence: witness, steps: [], lines: [] };
  const source = record(witness);
  const sentence = stringOf(source["sentence"]) ?? stringOf(source["text"]) ?? "";
  const steps = list(source["steps"] ?? source["path"])
    .map(words)
    .filter(Boolean);
  const lines = list(source["lines"] ?? source["because"])
    .map(words)
    .filter(Boolean);
  return sentence === "" && steps.length === 0 && lines.length === 0 ? undefined : { sentence, steps, lines };
}

function words(value: unknown): string {
  if (typeof value === "string") return value;
  const row = record(value);
  const place = [stringOf(row["file"]), typeof row["line"] === "number" ? String(row["line"]) : undefined].filter(
    Boolean,
  );
  const said =
    stringOf(row["text"]) ?? stringOf(row["sentence"]) ?? stringOf(row["origin"]) ?? stringOf(row["id"]) ?? "";
  return [place.join(":"), said].filter(Boolean).join("  ");
}
