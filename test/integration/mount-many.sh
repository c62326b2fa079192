#!/bin/bash
# Very many files in one directory, by two mounts at once: nothing gets slower as it grows or shrinks, and nobody keeps it in memory.
# COUNT (100,000): files.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

count=${COUNT:-100000}
servers_limit=200   # MiB
cores_limit=60

# A file system that stays small, to measure the machine with; until its input ends.
small_one ()
{
    cluster=$PVFS2_TMP/small
    vol=$cluster/mnt
    trap cluster_cleanup EXIT
    cluster_start 1 --notrovesync >&2 && mount_at "$PVFS2_TMP/m3" && echo ready && read -r _
}

coproc SMALL { small_one; }
small_pid=$SMALL_PID
read -r -t 30 ready <&"${SMALL[0]}"
[ "$ready" = ready ] || bail_out a-small-file-system-is-mounted
cluster_start 4 --notrovesync
check mount-twice eval 'mount_at "$m1" && mount_at "$m2"' || exit 1
mkdir "$m1/many"
"$helpers/many" "$m1/many" "$m2/many" "$PVFS2_TMP/m3" "$count" > steps
check all-files-are-created-listed-and-removed [ $? -eq 0 ]
cat steps

# The last tenth takes at most half as long again as the first, by the clock or else by what the machine gave meanwhile. A slow-down of 1.7 and
# more fails; less may pass for a busy machine.
for step in create list stat list-long remove; do
    check "$step-keeps-its-pace" awk -v step=$step '$1 == step { ok = $3 <= 1.5 || $4 <= 1.5 || $5 <= 1.5 } END { exit !ok }' steps
done
check empty-directory-goes eval 'rmdir "$m1/many" && [ ! -e "$m2/many" ]'

# peak PID...: prints the largest of their peaks, in MiB.
peak ()
{
    local pid
    for pid in "$@"; do
        cat "/proc/$pid/status"
    done | awk '/^VmHWM/ { n++; most = $2 > most ? $2 : most } END { print n ? int (most / 1024) : 1e9 }'
}

check memory-of-servers-is-bounded below "$(peak "${cluster_pids[@]}")" $servers_limit
check memory-of-cores-is-bounded below "$(peak "$(core_of "$m1")" "$(core_of "$m2")")" $cores_limit
to_small=${SMALL[1]}
exec {to_small}>&-
wait "$small_pid" 2> /dev/null
finish
