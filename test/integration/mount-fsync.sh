#!/bin/bash
# What fsync promised survives kill -9 of all servers and the loss of everything that they had not flushed (test/lib/forget).
#
#     ROUNDS    of kills at random times (5)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
forget=$PVFS2_BUILD/test/lib/forget.so
if ! [ -f "$forget" ]; then
    skip "$suite" "test/lib/forget.so is not built"
    exit 0
fi
echo "# RANDOM=${SEED:=$RANDOM}"
RANDOM=$SEED

forgetful ()
{
    local i=$1
    shift
    mkdir -p "$PVFS2_TMP/journal.$i"
    "$@" env FORGET_DIR="$cluster/storage/${cluster_aliases[$i]}" FORGET_JOURNAL="$PVFS2_TMP/journal.$i" LD_PRELOAD="$forget"
}

start_all ()
{
    local i
    for i in 0 1 2 3; do
        forgetful $i server_start $i || return
    done
}

# The machines of all servers lose power.
power_off ()
{
    local i
    for i in 0 1 2 3; do
        kill -KILL "${cluster_pids[$i]}"
    done
    for i in 0 1 2 3; do
        server_kill $i
        forgetful $i eval_env FORGET_UNDO=1 /bin/true
    done
}

# env VARIABLES... of forgetful come behind: put ours after them.
eval_env ()
{
    local first=$1 command=$2
    shift 2
    "$@" "$first" "$command"
}

cluster_config 4 || bail_out config-is-written
for i in 0 1 2 3; do
    server_format $i || bail_out storage-is-created "server $i"
done
check servers-start start_all || exit 1
check mount mount_at "$m1" || exit 1

# ---- what an fsync costs ---------------------------------------------------------------------------

counters_start

# fsync_counts FILE: sets synced and flushed, per server, to what one fsync of it did.
fsync_counts ()
{
    local before_syncs before_flushes i
    sleep 1.2      # what was flushed for other reasons has been
    counter data-syncs;  before_syncs=($counter)
    counter log-flushes; before_flushes=($counter)
    sync "$1"
    counter data-syncs;  synced=($counter)
    counter log-flushes; flushed=($counter)
    for i in 0 1 2 3; do
        synced[i]=$((synced[i] - before_syncs[i]))
        flushed[i]=$((flushed[i] - before_flushes[i]))
    done
    echo "# $1: data syncs ${synced[*]}, log flushes ${flushed[*]}"
}

metadata_server ()
{
    local port i
    port=$(pvfs2-viewdist -f "$1" | sed -nE 's/^Metafile.*127\.0\.0\.1:([0-9]+).*/\1/p')
    for i in 0 1 2 3; do
        [ "${cluster_ports[$i]}" != "$port" ] || echo $i
    done
}

head -c 4000000 /dev/urandom > data
cp data "$m1/striped"
echo small > "$m1/small"
fsync_counts "$m1/striped"
for i in 0 1 2 3; do
    check "fsync-of-a-striped-file-syncs-data-of-server-$i" test "${synced[$i]}" -ge 1
done
check fsync-of-a-striped-file-flushes-the-log test "${flushed[$(metadata_server "$vol/striped")]}" -ge 1
fsync_counts "$m1/small"
home=$(metadata_server "$vol/small")
check fsync-of-a-small-file-syncs-its-data test "${synced[$home]}" -ge 1
check fsync-of-a-small-file-flushes-the-log test "${flushed[$home]}" -ge 1
check_equal fsync-of-a-small-file-asks-nobody-else 1 "$(printf '%s\n' "${synced[@]}" | grep -vc '^0$')"
sleep 1.2
requests_of eval ': < "$m1/striped"'
opened=$requests
sleep 1.2
requests_of sync "$m1/striped"
echo "# lookup and open of a striped file: $opened requests; with fsync: $requests"
check fsync-is-at-most-servers-and-one-messages test $((requests - opened)) -le 5
counters_stop

# ---- power off -------------------------------------------------------------------------------------

round ()
{
    local writer kept dir=$m1/round$1
    mkdir "$dir" && sync "$m1" || return
    "$helpers/mount-tool" promises "$dir" "$PVFS2_TMP/log.$1" &
    writer=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    sleep 0.2
    power_off
    kill -KILL $writer 2> /dev/null
    wait $writer 2> /dev/null
    start_all || return
    touch "$PVFS2_TMP/log.$1"
    kept=$(wc -l < "$PVFS2_TMP/log.$1")
    echo "# round $1: $kept promises"
    mount_at "$m2" || return
    "$helpers/mount-tool" promised "$m2/round$1" "$PVFS2_TMP/log.$1" && unmount "$m2" &&
        "$helpers/mount-tool" promised "$dir" "$PVFS2_TMP/log.$1"
}

for ((n = 1; n <= ${ROUNDS:-5}; n++)); do
    check "promises-survive-round-$n" round $n
done
earlier ()
{
    local n
    for ((n = 1; n <= ${ROUNDS:-5}; n++)); do
        "$helpers/mount-tool" promised "$m1/round$n" "$PVFS2_TMP/log.$n" || return
    done
}
check all-rounds-are-still-there earlier
check striped-file-is-still-there cmp data "$m1/striped"
check_equal no-name-without-a-file "" "$(ls -lR "$m1" 2>&1 > /dev/null)"
check everything-can-be-removed eval 'rm -rf "$m1"/* && [ -z "$(ls -A "$m1")" ]'
check umount unmount "$m1"
check servers-end-well cluster_stop
finish
