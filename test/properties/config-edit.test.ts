import fc from "fast-check";
import json5 from "json5";
import { describe, expect, test } from "vitest";
import { setValue, unsetValue } from "../../src/config/edit.ts";
import { formatPath, parsePath } from "../../src/config/path.ts";
import { parseTree } from "../../src/config/tree.ts";
import { plainValue, valueAt } from "../../src/config/value.ts";
import { document, pathInto, value } from "../fixtures/json5-documents.ts";

const runs = { numRuns: 300 };

const documentAndPath = document.chain((doc) => pathInto(doc.content).map((path) => ({ ...doc, path })));
const read = (text: string) => plainValue(parseTree(text, "file"));

/** Whether every character of `part` stands in `whole`, in order. */
function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at += 1;
  return at === part.length;
}

describe("random documents with comments", () => {
  test("are read as the JSON5 package reads them", () => {
    fc.assert(
      fc.property(document, ({ text, content }) => {
        expect(read(text)).toEqual(content);
        expect(json5.parse(text)).toEqual(content);
      }),
      runs,
    );
  });

  test("say exactly what was set, and everything else as before", () => {
    fc.assert(
      fc.property(documentAndPath, value, ({ text, content, path }, wanted) => {
        const after = read(setValue(text, path, wanted));
        expect(valueAt(after, path)).toEqual(wanted);
        expect(json5.parse(setValue(text, path, wanted))).toEqual(after);
        const isNew = valueAt(content, path) === undefined;
        if (isNew) expect(isSubsequence(text, setValue(text, path, wanted))).toBe(true);
      }),
      runs,
    );
  });

  test("lose what is unset and nothing else", () => {
    fc.assert(
      fc.property(documentAndPath, ({ text, content, path }) => {
        fc.pre(valueAt(content, path) !== undefined);
        const after = unsetValue(text, path);
        expect(isSubsequence(after, text)).toBe(true);
        expect(json5.parse(after)).toEqual(read(after));
      }),
      runs,
    );
  });

  test("get the same text back when a new key is set and unset", () => {
    fc.assert(
      fc.property(document, value, ({ text, content }, wanted) => {
        fc.pre(!("fresh" in content));
        const there = setValue(text, ["fresh"], wanted);
        expect(read(unsetValue(there, ["fresh"]))).toEqual(content);
      }),
      runs,
    );
  });
});

test("a replaced value leaves every byte before and after it as it was", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (words, number) => {
      const comment = words
        .replaceAll("\n", " ")
        .replaceAll("\r", " ")
        .replaceAll(/[\u2028\u2029]/g, " ");
      const before = `// ${comment}\n{ a: { b: `;
      const after = ` }, // ${comment}\n  c: 'd', }`;
      expect(setValue(`${before}[1, 2]${after}`, ["a", "b"], number)).toBe(`${before}${number}${after}`);
    }),
    runs,
  );
});

test("a path is read back as it was written", () => {
  const part = fc.oneof(fc.string({ minLength: 1 }), fc.nat({ max: 999 }));
  const legal = part.filter((at) => !["__proto__", "prototype", "constructor"].includes(String(at)));
  fc.assert(
    fc.property(fc.array(legal, { minLength: 1, maxLength: 5 }), (path) => {
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
    runs,
  );
});
