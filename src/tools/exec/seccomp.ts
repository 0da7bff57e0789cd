/**
 * Emits the classic-BPF seccomp filter that every sandboxed process runs under: allow by default, a deny list, and any
 * other ABI refused. x86-64 is tested call by call; the arm64 numbers come from the kernel's asm-generic table and have
 * not been run.
 */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

export type SeccompArchitecture = "x64" | "arm64";

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpAtLeast = 0x35;
const jumpAnyBit = 0x45;
const answer = 0x06;
const allow = 0x7fff0000;
const kill = 0x80000000;
const failWith = (errno: number): number => 0x00050000 | errno;
const notPermitted = failWith(1);
const notImplemented = failWith(38);
/** Offsets in `struct seccomp_data`; low words, little endian. */
const offset = { number: 0, architecture: 4, argument0: 16, argument1: 24 } as const;
const x32Bit = 0x40000000;
const namespaceFlags = 0x7e020000; // CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
const terminalInjection = 0x5412; // TIOCSTI
const terminalLinux = 0x541c; // TIOCLINUX

type Table = {
  readonly auditArchitecture: number;
  readonly clone: number;
  readonly ioctl: number;
  readonly denied: Readonly<Record<string, number>>;
};

/** The same numbers on every architecture that Linux got after 2019. */
const deniedEverywhere = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  mount_setattr: 442,
} as const;
const clone3 = 435;

const tables: Record<SeccompArchitecture, Table> = {
  x64: {
    auditArchitecture: 0xc000003e,
    clone: 56,
    ioctl: 16,
    denied: {
      ptrace: 101,
      pivot_root: 155,
      chroot: 161,
      mount: 165,
      umount2: 166,
      swapon: 167,
      reboot: 169,
      init_module: 175,
      delete_module: 176,
      kexec_load: 246,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      unshare: 272,
      perf_event_open: 298,
      open_by_handle_at: 304,
      setns: 308,
      process_vm_readv: 310,
      process_vm_writev: 311,
      finit_module: 313,
      kexec_file_load: 320,
      bpf: 321,
      userfaultfd: 323,
      ...deniedEverywhere,
    },
  },
  arm64: {
    auditArchitecture: 0xc00000b7,
    clone: 220,
    ioctl: 29,
    denied: {
      umount2: 39,
      mount: 40,
      pivot_root: 41,
      chroot: 51,
      unshare: 97,
      kexec_load: 104,
      init_module: 105,
      delete_module: 106,
      ptrace: 117,
      reboot: 142,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      swapon: 224,
      perf_event_open: 241,
      open_by_handle_at: 265,
      setns: 268,
      process_vm_readv: 270,
      process_vm_writev: 271,
      finit_module: 273,
      bpf: 280,
      userfaultfd: 282,
      kexec_file_load: 294,
      ...deniedEverywhere,
    },
  },
};

/** The filter as the bytes that bubblewrap's `--seccomp` reads, or undefined for an architecture without a table. */
export function seccompFilter(architecture: string): Buffer | undefined {
  if (architecture !== "x64" && architecture !== "arm64") return undefined;
  return encode(program(tables[architecture], architecture));
}

function program(table: Table, architecture: SeccompArchitecture): Instruction[] {
  const refuse = (number: number): Instruction[] => [
    [jumpEqual, 0, 1, number],
    [answer, 0, 0, notPermitted],
  ];
  const x32: Instruction[] = [
    [jumpAtLeast, 0, 1, x32Bit],
    [answer, 0, 0, notPermitted],
  ];
  return [
    [load, 0, 0, offset.architecture],
    [jumpEqual, 1, 0, table.auditArchitecture],
    [answer, 0, 0, kill],
    [load, 0, 0, offset.number],
    ...(architecture === "x64" ? x32 : []),
    // glibc falls back to clone, whose flags a filter can read.
    [jumpEqual, 0, 1, clone3],
    [answer, 0, 0, notImplemented],
    ...Object.values(table.denied).flatMap(refuse),
    [jumpEqual, 0, 4, table.clone],
    [load, 0, 0, offset.argument0],
    [jumpAnyBit, 0, 1, namespaceFlags],
    [answer, 0, 0, notPermitted],
    [answer, 0, 0, allow],
    [jumpEqual, 0, 4, table.ioctl],
    [load, 0, 0, offset.argument1],
    [jumpEqual, 1, 0, terminalInjection],
    [jumpEqual, 0, 1, terminalLinux],
    [answer, 0, 0, notPermitted],
    [answer, 0, 0, allow],
  ];
}

function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(([code, ifTrue, ifFalse, operand], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  });
  return bytes;
}
