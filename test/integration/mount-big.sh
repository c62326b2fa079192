#!/bin/bash
# One big file through mount and tool, and five writers of one file.
#
#     SIZE_MB         of the big file (1024)
#     WRITE_SECONDS   of the five writers (10), in a file of PIECES_MB (256)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
size=${SIZE_MB:-1024}

cluster_start 4 --notrovesync
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1

# ---- one big file ----------------------------------------------------------------------------------

# The sum is made on the way, nothing is kept.
write_through_the_mount ()
{
    openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 0 -in /dev/zero 2> /dev/null | head -c "${size}M" |
        tee >(md5sum > sum) | dd of="$m1/big" bs=1M iflag=fullblock conv=fsync status=none
}

read_back_by_tool ()
{
    wait_until 5 test -s sum && pvfs2-cp "$vol/big" /dev/stdout | md5sum | cmp - sum
}

# Each line of pvfs2-viewdist names the server and its file.
quarters ()
{
    local line port i file n=0
    while read -r line; do
        port=$(sed -E 's/.*127\.0\.0\.1:([0-9]+).*/\1/' <<< "$line")
        file=$(sed -E 's/.*\(([^)]*\.bstream)\).*/\1/' <<< "$line")
        for i in "${!cluster_ports[@]}"; do
            [ "${cluster_ports[$i]}" = "$port" ] && break
        done
        file=$cluster/storage/${cluster_aliases[$i]}/$file
        echo "# server $i: $(stat -c '%s bytes in %n' "$file")"
        [ "$(stat -c %s "$file")" -eq $((size * 1048576 / 4)) ] || return
        n=$((n + 1 + 10 * i))
    done < <(grep ^Server viewdist)
    [ $n -eq 64 ]     # four, one on each server
}

check dd-through-the-mount write_through_the_mount
check_equal size-on-the-other-mount $((size * 1048576)) "$(stat -c %s "$m2/big")"
check read-back-by-pvfs2-cp read_back_by_tool
check read-back-on-the-other-mount eval 'md5sum < "$m2/big" | cmp - sum'
pvfs2-viewdist -f "$vol/big" > viewdist
cat viewdist
check_equal four-datafiles "Number of datafiles/servers = 4" "$(grep ^Number viewdist)"
check each-server-holds-its-quarter quarters
check rm-frees-the-space eval 'rm "$m1/big" && wait_until 20 eval "[ \$(du -sm \"\$cluster/storage\" | cut -f1) -lt $((size / 4)) ]"'

# ---- five writers ----------------------------------------------------------------------------------

mb=${PIECES_MB:-256}

five_writers ()
{
    local seconds=${WRITE_SECONDS:-10} pids=() pid bad=0
    "$helpers/pieces" posix "$m1/pieces" 0 5 "$seconds" "$mb" > done.0 & pids+=($!)
    "$helpers/pieces" posix "$m2/pieces" 1 5 "$seconds" "$mb" > done.1 & pids+=($!)
    "$helpers/pieces" lib "$vol/pieces" 2 5 "$seconds" "$mb" > done.2 & pids+=($!)
    "$helpers/pieces" lib "$vol/pieces" 3 5 "$seconds" "$mb" > done.3 & pids+=($!)
    "$helpers/pieces" lib "$vol/pieces" 4 5 "$seconds" "$mb" > done.4 & pids+=($!)
    for pid in "${pids[@]}"; do
        wait "$pid" || bad=1
    done
    cat done.[0-4] > all-done
    return $bad
}

: > "$m1/pieces"
check five-writers five_writers
check union-on-the-first-mount "$helpers/pieces" check "$m1/pieces" all-done 5 "$mb"
check union-on-the-second-mount "$helpers/pieces" check "$m2/pieces" all-done 5 "$mb"
check union-by-pvfs2-cp eval 'pvfs2-cp "$vol/pieces" pieces && "$helpers/pieces" check pieces all-done 5 "$mb"'
check umount-of-both eval 'unmount "$m1" && unmount "$m2"'
check servers-end-well cluster_stop
finish
