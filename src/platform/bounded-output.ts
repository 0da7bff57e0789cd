/** What a process printed: the first half and the last half of a budget, with a note of what is missing between. */

export type OutputStream = "stdout" | "stderr";

type Chunk = { readonly stream: OutputStream; readonly bytes: Buffer };

export class BoundedOutput {
  readonly #headMax: number;
  readonly #tailMax: number;
  readonly #head: Chunk[] = [];
  readonly #tail: Chunk[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #totalBytes = 0;
  #droppedBytes = 0;

  constructor(bytesMax: number) {
    this.#headMax = Math.ceil(bytesMax / 2);
    this.#tailMax = Math.floor(bytesMax / 2);
  }

  /** Bytes ever printed, kept or not. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  add(stream: OutputStream, bytes: Buffer): void {
    this.#totalBytes += bytes.length;
    const room = Math.min(this.#headMax - this.#headBytes, bytes.length);
    if (room > 0) this.#head.push({ stream, bytes: Buffer.from(bytes.subarray(0, room)) });
    this.#headBytes += Math.max(room, 0);
    const rest = bytes.subarray(Math.max(room, 0));
    if (rest.length === 0) return;
    this.#tail.push({ stream, bytes: Buffer.from(rest) });
    this.#tailBytes += rest.length;
    this.#trimTail();
  }

  /** Both streams in the order of arrival, or one of them. The gap, if any, is told in words. */
  text(stream?: OutputStream): string {
    const wanted = (chunk: Chunk) => stream === undefined || chunk.stream === stream;
    const join = (chunks: readonly Chunk[]) => Buffer.concat(chunks.filter(wanted).map((chunk) => chunk.bytes));
    if (this.#droppedBytes === 0) return join([...this.#head, ...this.#tail]).toString("utf8");
    const gap = `\n[${this.#droppedBytes} bytes of output left out]\n`;
    return `${join(this.#head).toString("utf8")}${gap}${join(this.#tail).toString("utf8")}`;
  }

  #trimTail(): void {
    let excess = this.#tailBytes - this.#tailMax;
    while (excess > 0) {
      const first = this.#tail[0];
      if (first === undefined) return;
      const cut = Math.min(excess, first.bytes.length);
      if (cut === first.bytes.length) this.#tail.shift();
      else this.#tail[0] = { stream: first.stream, bytes: first.bytes.subarray(cut) };
      this.#tailBytes -= cut;
      this.#droppedBytes += cut;
      excess -= cut;
    }
  }
}
