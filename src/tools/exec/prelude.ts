/**
 * The first thing that runs in the sandbox. It reports from /proc what it finds there, waits until the Gateway has judged
 * the report, sets its own limits and becomes the command. Without the Gateway's word nothing else ever runs.
 *
 * Parameters: nonce, command, limits (file blocks, address space KiB, CPU seconds, processes), paths that must not exist.
 * It ends with 97 when it is not released and with 98 when its limits are refused. Descriptor 4 takes the report, descriptor 5 brings the word. POSIX sh; one child process (readlink).
 */
export const reportDescriptor = 4;
export const wordDescriptor = 5;

export const prelude = `nonce=$1 command=$2 blocks=$3 space=$4 cpu=$5 processes=$6
shift 6
{
printf 'nonce %s\\n' "$nonce"
while read -r key value rest; do
case $key in Uid:|CapEff:|CapPrm:|NoNewPrivs:|Seccomp:) printf '%s %s\\n' "$key" "$value";; esac
done </proc/self/status
readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/pid
while read -r name rest; do
case $name in *:) printf 'interface %s\\n' "$name";; esac
done </proc/self/net/dev
environ=
if true </proc/1/environ; then IFS= read -r environ </proc/1/environ
if [ -n "$environ" ]; then printf 'environ filled\\n'; else printf 'environ empty\\n'; fi
else printf 'environ unreadable\\n'; fi
index=0
for path; do [ -e "$path" ] && printf 'visible %s\\n' "$index"; index=$((index + 1)); done
printf 'end %s\\n' "$nonce"
} >&4 2>/dev/null
exec 4>&-
read -r word <&5 || exit 97
exec 5<&-
[ "$word" = "$nonce" ] || exit 97
ulimit -f "$blocks" && ulimit -v "$space" && ulimit -t "$cpu" || exit 98
command ulimit -p "$processes" 2>/dev/null || ulimit -u "$processes" || exit 98
exec /bin/sh -c "$command"
`;
