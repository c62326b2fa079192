#!/bin/bash
# A storm of mkdir, create, link, rename and unlink on two mounts; servers and clients are killed in it, or all machines lose power
# (test/lib/forget). What was answered holds: no name is lost, none is back, inodes and link counts agree.
#
#     ROUNDS    (10)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
forget=$PVFS2_BUILD/test/lib/forget.so
if ! [ -f "$forget" ]; then
    skip "$suite" "test/lib/forget.so is not built"
    exit 0
fi
echo "# SEED=${SEED:=$RANDOM}"
RANDOM=$SEED

start ()
{
    local storage=$cluster/storage/${cluster_aliases[$1]} journal=$PVFS2_TMP/journal.$1
    mkdir -p "$journal"
    server_start "$1" env FORGET_DIR="$storage" FORGET_JOURNAL="$journal" LD_PRELOAD="$forget"
}

# What a killed process wrote is there: nothing to undo.
kill_server ()
{
    echo "# server $1 is killed"
    server_kill "$1"
    rm -rf "$PVFS2_TMP/journal.$1"
    sleep "0.$((RANDOM % 5))"
    start "$1"
}

power_off ()
{
    local i
    echo "# power off"
    kill -KILL "${cluster_pids[@]}"
    for i in 0 1 2; do
        server_kill $i
        FORGET_DIR=$cluster/storage/${cluster_aliases[$i]} FORGET_JOURNAL=$PVFS2_TMP/journal.$i LD_PRELOAD=$forget FORGET_UNDO=1 /bin/true
    done
    for i in 0 1 2; do
        start $i || return
    done
}

# The supervisor first, or it would start another core.
kill_client ()
{
    echo "# the client of $1 is killed"
    kill -KILL $(daemons pvfs2-client "$1")
    kill -KILL $(core_of "$1") 2> /dev/null
    wait_until 10 nobody_serves "$1" || return
    umount -l "$1"
    wait_until 10 not_mounted "$1" && mount_at "$1"
}

trouble ()
{
    sleep "0.$((3 + RANDOM % 6))"
    case $((RANDOM % 5)) in
        0 | 1) kill_server $((RANDOM % 3)) ;;
        2 | 3) power_off ;;
        4) kill_client "$m2" ;;
    esac
}

# other MOUNT: what the other one sees
other ()
{
    [ "$1" = "$m1" ] && echo "$m2" || echo "$m1"
}

round ()
{
    local pids=() places=() i m status=0
    rm -f stop
    for i in 0 1 2 3; do
        m=$m1
        [ $i -lt 2 ] || m=$m2
        places[i]=$m
        mkdir "$m/r$1.$i" || return
        "$helpers/name-storm" run "$m/r$1.$i" "log.$i" "$PVFS2_TMP/stop" $RANDOM &
        pids[i]=$!
    done
    trouble && { [ $((RANDOM % 2)) -eq 0 ] || trouble; } || status=1
    sleep 0.3
    touch stop
    for i in 0 1 2 3; do
        wait "${pids[$i]}" || status=1
    done
    sleep 1.1 # what a mount knows of the other one's names may be so old
    for i in 0 1 2 3; do
        "$helpers/name-storm" check "$(other "${places[$i]}")/r$1.$i" "log.$i" || status=1
        "$helpers/name-storm" check "${places[$i]}/r$1.$i" "log.$i" || status=1
    done
    return $status
}

cluster_config 3 || bail_out config-is-written
for i in 0 1 2; do
    server_format $i || bail_out storage-is-created "server $i"
    start $i || bail_out servers-start "server $i"
done
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1
for ((n = 1; n <= ${ROUNDS:-10}; n++)); do
    check "all-answers-hold-in-round-$n" round $n || break
done
check everything-can-be-removed eval 'rm -rf "$m1"/* && [ -z "$(ls -A "$m1")" ]'
check umount-of-both eval 'unmount "$m1" && unmount "$m2"'
check servers-end-well cluster_stop
finish
