/** A sentence of the Gateway: what stands in backticks is an exact word and looks like one. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {text
        .split(/(`[^`\n]+`)/)
        .map((part) =>
          part.length > 2 && part.startsWith("`") && part.endsWith("`") ? <code>{part.slice(1, -1)}</code> : part,
        )}
    </>
  );
}
