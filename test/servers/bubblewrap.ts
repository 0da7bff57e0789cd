/**
 * bubblewrap around a program, so that any user can test on a machine with other disks, files or users than this one:
 * no test needs root. Tests that use it need the package.
 */
const program = "/usr/bin/bwrap";

/** Everything of this machine, changed by these arguments. What runs in it ends with it. */
export function bubblewrap(...changes: readonly string[]): readonly string[] {
  return [program, "--dev-bind", "/", "/", ...changes, "--die-with-parent"];
}

/** An empty disk of this size. */
export const diskAt = (path: string, sizeBytes: number): readonly string[] => [
  ...["--perms", "0700", "--size", String(sizeBytes)],
  ...["--tmpfs", path],
];

export const readOnlyAt = (path: string): readonly string[] => ["--ro-bind", path, path];

/** Permissions bind root, too. */
export const plainUser: readonly string[] = ["--cap-drop", "ALL"];

/** The files of everybody but this user belong to somebody unknown. */
export const lonelyUser: readonly string[] = ["--unshare-user", "--uid", "12345", "--gid", "12345"];

export const withoutBubblewrap: readonly string[] = ["--bind", "/dev/null", program];
