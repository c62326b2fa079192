#!/bin/bash
# Runs the examples of the man pages as they stand there, each page's in an empty volume, and compares what they print.
# src/apps/common/tool.h says what an example may count on.

# A network and mounts of its own, so that the pages' port numbers and /mnt/pvfs2 are free.
if [ -z "${EXAMPLES_INSIDE:-}" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "skip examples - only root can make a network namespace"; exit 0; }
    EXAMPLES_INSIDE=1 exec unshare -n -m "$0" "$@"
fi
ip link set lo up 2>/dev/null || ifconfig lo up || exit
mount -t tmpfs none /mnt && mkdir /mnt/pvfs2 || exit

. "$PVFS2_SRC/test/lib/cluster.sh"
. "$PVFS2_SRC/test/lib/lines.sh"

umask 022
export TZ=UTC cluster
cluster_ports=(3334 3335 3336 3337)
servers=$(printf ',127.0.0.1:%s' "${cluster_ports[@]}")
cluster_start 4 --notrovesync --ioservers "${servers#,}" --metaservers "${servers#,}"
echo "tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0" > "$PVFS2TAB_FILE"
unset PVFS2EP

# One example: the commands that were gathered, and what they should print.
run_one ()
{
    local got
    [ -n "$commands" ] || return 0
    got=$(bash -c "$commands" 2>&1 < /dev/null)
    printf '%s\n--\n%s\n' "$commands" "$got"
    same_lines "${output%$'\n'}" "$got"
}

# run_page TOOL
run_page ()
{
    local line commands= output= n=0
    "$1" --help-examples > examples.txt || return 1
    [ -s examples.txt ] || { echo "$1 shows no example"; return 1; }
    rm -rf work && mkdir work && cd work || return 1
    while IFS= read -r line <&3; do
        if [[ $line == '$ '* ]]; then
            [ -z "$output" ] || { run_one || return 1; commands= output=; }
            commands+=${line#'$ '}$'\n'
            n=$((n + 1))
        else
            output+=$line$'\n'
        fi
    done 3< ../examples.txt
    run_one && [ $n -gt 0 ]
}

empty_volume ()
{
    pvfs2-ls -A /mnt/pvfs2 | sed 's,^,/mnt/pvfs2/,' | xargs -r -d '\n' pvfs2-rm -r
}

for page in "$PVFS2_SRC"/doc/man/*.[18]; do
    grep -q 'help-man' "$page" || continue
    tool=$(basename "${page%.*}")
    check "examples-of-$tool" eval '(run_page "$tool")'
    empty_volume || bail_out "the volume cannot be emptied"
done

finish
