import { expect, test } from "vitest";
import { seccompFilter } from "./seccomp.ts";

type Facts = { architecture: number; number: number; arguments?: [number, number] };

/** What the filter answers, by a small classic-BPF machine. */
function answer(filter: Buffer, { architecture, number, arguments: [first, second] = [0, 0] }: Facts): number {
  const words = new Map([
    [0, number],
    [4, architecture],
    [16, first],
    [24, second],
  ]);
  const tests: Record<number, (value: number, operand: number) => boolean> = {
    21: (value, operand) => value === operand,
    53: (value, operand) => value >= operand,
    69: (value, operand) => (value & operand) !== 0,
  };
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, operand] = [filter.readUInt16LE(at), filter.readUInt32LE(at + 4)];
    if (code === 0x06) return operand;
    if (code === 0x20) value = (words.get(operand) ?? 0) >>> 0;
    const holds = tests[code]?.(value, operand);
    if (holds !== undefined) at += 8 * filter.readUInt8(at + (holds ? 2 : 3));
  }
  throw new Error("the filter ends without an answer");
}

const allow = 0x7fff0000;
const notPermitted = 0x00050001;
const x64 = 0xc000003e;
const arm64 = 0xc00000b7;

const machines = {
  x64: {
    architecture: x64,
    denied: { ptrace: 101, mount: 165, unshare: 272, keyctl: 250, bpf: 321, io_uring_setup: 425, setns: 308 },
    clone: 56,
    ioctl: 16,
  },
  arm64: {
    architecture: arm64,
    denied: { ptrace: 117, mount: 40, unshare: 97, keyctl: 219, bpf: 280, io_uring_setup: 425, setns: 268 },
    clone: 220,
    ioctl: 29,
  },
} as const;

test.each(["x64", "arm64"] as const)("on %s the filter denies what it must and nothing ordinary", (name) => {
  const { architecture, denied, clone, ioctl } = machines[name];
  const filter = seccompFilter(name);
  if (filter === undefined) throw new Error("no filter");
  const ask = (number: number, first = 0, second = 0) =>
    answer(filter, { architecture, number, arguments: [first, second] });
  for (const number of Object.values(denied)) expect(ask(number)).toBe(notPermitted);
  expect(ask(63)).toBe(allow);
  expect(ask(435)).toBe(0x00050026);
  expect(ask(clone, 0x11)).toBe(allow);
  expect(ask(clone, 0x10000000)).toBe(notPermitted);
  expect(ask(ioctl, 0, 0x5401)).toBe(allow);
  expect(ask(ioctl, 0, 0x5412)).toBe(notPermitted);
  expect(ask(ioctl, 0, 0x541c)).toBe(notPermitted);
  expect(answer(filter, { architecture: 0x40000003, number: 1 })).toBe(0x80000000);
});

test("the x32 way in is closed, and other machines have no filter", () => {
  const filter = seccompFilter("x64") ?? Buffer.alloc(0);
  expect(answer(filter, { architecture: x64, number: 0x40000000 + 1 })).toBe(notPermitted);
  expect(seccompFilter("riscv64")).toBeUndefined();
});
