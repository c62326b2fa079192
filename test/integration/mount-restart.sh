#!/bin/bash
# The mount outlives its core: killed ones are replaced while programs work, a signal exchanges the binary, and only a core that dies
# again and again ends the mount.
#
#     KILLS    how many (10)
#     PAUSE    seconds after every 18th
#     LIMIT    ms that a single call may take (5000: the machine may be busy; the real number is printed)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
: "${KILLS:=10}" "${LIMIT:=5000}"

cluster_start 4
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1
stop=$PVFS2_TMP/stop

# ---- killed under a storm --------------------------------------------------------------------------

fsx_runs ()
{
    local seed=1
    while [ ! -e "$stop" ]; do
        "$helpers/fsx" "$m1" 500 $((seed++)) || return
    done
    echo "# $((seed - 1)) runs of fsx"
}

# new_core DIR OLD: another one than OLD serves it.
new_core ()
{
    local core
    core=$(core_of "$1")
    [ -n "$core" ] && [ "$core" != "$2" ]
}

# The cores of both mounts in turn, at any moment of the storm.
kill_cores ()
{
    local k core dir
    for ((k = 0; k < KILLS; k++)); do
        dir=$m1
        ((k % 2 == 0)) || dir=$m2
        sleep "0.$((RANDOM % 7 + 3))"
        core=$(core_of "$dir")
        kill -KILL "$core" || return
        wait_until 10 new_core "$dir" "$core" || return
        ((k % 18 != 17)) || sleep "${PAUSE:-0}"     # ten deaths of one mount in 100 s are its end: see below
    done
}

workers=("$m1/a" "$m1/b" "$m2/c" "$m2/d")

start_storm ()
{
    local i
    rm -f "$stop"
    jobs=()
    for i in "${!workers[@]}"; do
        "$helpers/storm" run "${workers[i]}" "$stop" > "storm$i" 2> "storm$i.err" &
        jobs+=($!)
    done
    fsx_runs > fsx.log 2>&1 &
    jobs+=($!)
}

storm_ended_well ()
{
    local job status=0
    touch "$stop"
    for job in "${jobs[@]}"; do
        wait "$job" || status=1
    done
    cat storm*.err fsx.log
    return $status
}

# Each is looked at through the mount that did not make it.
contents_are_right ()
{
    local i rounds
    sleep 1.1
    for i in "${!workers[@]}"; do
        read -r rounds _ < "storm$i"
        dir=${workers[i]}
        [[ $dir = "$m1"/* ]] && dir=$m2/${dir##*/} || dir=$m1/${dir##*/}
        echo "# $rounds rounds in ${workers[i]##*/}"
        "$helpers/storm" check "$dir" "$rounds" || return
        rm -rf "${dir:?}" || return
    done
}

longest_call ()
{
    local worst
    worst=$(cut -d' ' -f2- storm? | sort -n | tail -1)
    echo "# longest call: ${worst/ / ms, }"
    below "${worst%% *}" "$LIMIT"
}

start_storm
check "$KILLS-cores-are-killed-and-replaced" kill_cores
check no-program-saw-an-error storm_ended_well
check names-and-contents-are-right contents_are_right
check pause-of-a-call longest_call

# ---- exchanged by signal ---------------------------------------------------------------------------

upgrades ()
{
    local k core
    for k in 1 2 3; do
        sleep 0.4
        core=$(core_of "$m1")
        kill -USR1 "$(daemons pvfs2-client "$m1")" || return
        wait_until 10 new_core "$m1" "$core" || return
    done
}

start_storm
check sigusr1-exchanges-the-core upgrades
check no-program-saw-the-exchange storm_ended_well
check all-is-right-after-it contents_are_right
check pause-of-an-exchange longest_call

# ---- what an open directory and a waiting program see ------------------------------------------------

# A listing that began with one core goes on with the next.
listing_goes_on ()
{
    local core
    mkdir "$m1/many" && (cd "$m1/many" && touch f{1..1500}) || return
    core=$(core_of "$m1")
    exec 8< <("$helpers/mount-tool" list "$m1/many" "$core")
    sort <&8 > listed
    exec 8<&-
    (cd "$PVFS2_TMP" && printf 'f%s\n' {1..1500} | sort | cmp - listed) && rm -r "$m1/many"
}

stop_servers ()
{
    local pid
    for pid in "${cluster_pids[@]}"; do kill "-$1" "$pid"; done
}

# No server answers and the core is new: a program in the middle of a call can still be ended.
interrupted_without_servers ()
{
    local core reader status
    echo x > "$m1/x"
    sleep 1.1
    stop_servers STOP
    cat "$m1/x" > /dev/null 2>&1 &
    reader=$!
    sleep 0.3
    core=$(core_of "$m1")
    kill -KILL "$core"
    wait_until 10 new_core "$m1" "$core"
    kill -KILL $reader
    elapsed wait $reader
    status=$?
    stop_servers CONT
    [ $status -eq 137 ] && below $took_ms 3000
}

umount_at_once ()
{
    mount_at "$m2" || return
    kill -KILL "$(core_of "$m2")" && unmount "$m2" && wait_until 10 nobody_serves "$m2"
}

check a-listing-goes-on-with-the-next-core listing_goes_on
check a-program-can-be-ended-when-no-server-answers interrupted_without_servers
check umount-of-the-second unmount "$m2"
check umount-right-after-a-death umount_at_once

# ---- the end ---------------------------------------------------------------------------------------

ten_deaths ()
{
    local k core
    mount_at "$m2" || return
    exec 6< "$m2/x"
    for k in 1 2 3 4 5 6 7 8 9; do
        core=$(core_of "$m2")
        kill -KILL "$core" && wait_until 10 new_core "$m2" "$core" || return
        [ "$(cat "$m2/x")" = x ] || { echo "not usable after $k deaths"; return 1; }
    done
    kill -KILL "$(core_of "$m2")"
    wait_until 10 not_mounted "$m2" && wait_until 10 nobody_serves "$m2" || { echo "still there"; return 1; }
    says "not connected" cat <&6
    local status=$?
    exec 6<&-
    [ $status -eq 0 ] && mount_at "$m2" && [ "$(cat "$m2/x")" = x ]
}

check the-tenth-death-in-100-s-unmounts ten_deaths
check umounts eval 'unmount "$m1" && unmount "$m2" && wait_until 10 nobody_serves "$m1"'
check servers-end-well cluster_stop
finish
