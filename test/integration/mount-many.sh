#!/bin/bash
# Very many files in one directory, by two mounts at once: nothing gets slower as it grows or shrinks, and nobody keeps it in memory.
# COUNT (100,000): files.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

count=${COUNT:-100000}
cluster_start 4 --notrovesync
check mount-twice eval 'mount_at "$m1" && mount_at "$m2"' || exit 1
mkdir "$m1/many"
"$helpers/many" "$m1/many" "$m2/many" "$count" > steps 2> why
check all-files-are-created-listed-and-removed [ $? -eq 0 ]
cat steps why

# The last tenth takes at most half as long again as the first.
for step in create list stat list-long remove; do
    check "$step-keeps-its-pace" awk -v step=$step '$1 == step { ok = $3 <= 1.5 } END { exit !ok }' steps
done
check empty-directory-goes eval 'rmdir "$m1/many" && [ ! -e "$m2/many" ]'

# peak PID...: sets peak_mib to the largest of their peaks.
peak ()
{
    local pid kb largest=0
    for pid in "$@"; do
        kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status") || return
        largest=$((kb > largest ? kb : largest))
    done
    peak_mib=$((largest / 1024))
}

check memory-of-servers-is-bounded eval 'peak "${cluster_pids[@]}" && below $peak_mib 400'
check memory-of-cores-is-bounded eval 'peak "$(core_of "$m1")" "$(core_of "$m2")" && below $peak_mib 100'
finish
