#!/bin/bash
# Servers that are killed, stopped or full while programs work on the mount.
#
#     COPY_MB    of the copies that lose a server (300), ROUNDS times each way (1)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

cluster_start 4
check mount mount_at "$m1" || exit 1
check mount-with-op-timeout mount_at "$m2" op-timeout=3 || exit 1

# ---- a server that is killed in the middle of a copy, and comes back after 5 s --------------------

mkdir -p tree
head -c "${COPY_MB:-300}M" /dev/urandom > tree/big
cp -a /usr/include/linux tree/small

# copy_with_kill NAME FROM TO SECONDS: the server is one at random, killed so long after the copy began.
copy_with_kill ()
{
    local victim=$((RANDOM % 4)) copy status
    # The tree is the first: many small files, then the big one.
    { cp -a "$2/small" "$3/small" && cp -a "$2/big" "$3/big"; } > copy.err 2>&1 &
    copy=$!
    sleep "$4"
    if ! kill -0 $copy 2> /dev/null; then
        wait $copy
        skip "$1" "the copy had ended before server $victim could be killed"
        return
    fi
    server_kill $victim
    echo "# $1: server $victim killed"
    sleep 5
    server_start $victim
    wait $copy
    status=$?
    cat copy.err
    check_equal "$1-ends-well" "0, no error shown" "$status, $([ -s copy.err ] && cat copy.err || echo no error shown)"
}

kills ()
{
    local round
    for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
        mkdir -p "$m1/t$round" out
        copy_with_kill copy-in-$round-small-files tree "$m1/t$round" 0.3
        check copy-in-$round-is-equal diff -r tree "$m1/t$round"
        rm -rf "$m1/t$round"
        mkdir -p "$m1/t$round"
        cp -a tree/small tree/big "$m1/t$round/" &
        wait $!
        echo 3 > /proc/sys/vm/drop_caches 2> /dev/null
        umount "$m1" && wait_until 10 nobody_serves "$m1" && mount_at "$m1"
        copy_with_kill copy-out-$round "$m1/t$round" out 0.3
        check copy-out-$round-is-equal diff -r tree out
        rm -rf out "$m1/t$round"
    done
}

# A big file alone, so that the kill hits the data.
big_in ()
{
    local copy victim=$((RANDOM % 4))
    cp tree/big "$m1/big" 2> copy.err &
    copy=$!
    wait_until 20 eval '[ "$(stat -c %s "$m1/big" 2> /dev/null || echo 0)" -gt 10000000 ]'
    kill -0 $copy 2> /dev/null || { echo "# the copy was too fast"; }
    server_kill $victim
    sleep 5
    server_start $victim
    wait $copy && [ ! -s copy.err ] && cmp tree/big "$m1/big"
}

kills
check copy-of-a-big-file-survives-a-kill big_in

# ---- all servers silent ----------------------------------------------------------------------------

signal_all ()
{
    local i
    for i in "${!cluster_pids[@]}"; do
        kill "-$1" "${cluster_pids[$i]}"
    done
}

# interrupt NAME PID: it still runs; Ctrl-C ends it within a second.
interrupt ()
{
    local start
    if ! kill -0 "$2" 2> /dev/null; then
        wait "$2"
        not_ok "$1" "ended by itself with status $?"
        return
    fi
    kill -INT "$2"
    start=${EPOCHREALTIME/./}
    wait_until 10 eval '! kill -0 '"$2"' 2> /dev/null'
    took_ms=$(((${EPOCHREALTIME/./} - start) / 1000))
    echo "# $1: $took_ms ms"
    [ $took_ms -le 1000 ] && ok "$1" || not_ok "$1" "$took_ms ms"
    kill -KILL "$2" 2> /dev/null
    wait "$2" 2> /dev/null
}

# Background jobs of a script ignore SIGINT unless told otherwise.
run ()
{
    env --default-signal=INT "$@" > /dev/null 2>> commands.err < /dev/null &
    job=$!
}

# silence HOW UNDO: of all servers.
silence ()
{
    local cp cat ls tar stubborn how=$1
    run cp /dev/zero "$m1/endless"
    cp=$job
    sleep 0.3
    $2
    run cat "$m1/$1-1/file";      cat=$job
    run ls -l "$m1/$1-2";         ls=$job
    run tar -cf - "$m1/$1-3";     tar=$job
    "$helpers/mount-tool" stubborn "$m2/$1-1/file" > stubborn &
    stubborn=$!
    sleep 1.2
    interrupt "$1-ctrl-c-ends-cp" $cp
    interrupt "$1-ctrl-c-ends-cat" $cat
    interrupt "$1-ctrl-c-ends-ls" $ls
    interrupt "$1-ctrl-c-ends-tar" $tar
    wait_until 10 eval '! kill -0 '$stubborn' 2> /dev/null' || kill -KILL $stubborn
    wait $stubborn
    cat stubborn
    check "$1-stubborn-program-gets-its-error-at-op-timeout" \
        awk '$1 != 0 && $2 >= 2 && $2 <= 5 { ok = 1 } END { exit !ok }' stubborn
    $3
    check "$1-works-again" eval 'elapsed timeout 20 ls -l "$m1/$how-3" && below $took_ms 8000'
    check "$1-file-is-right" cmp tree/small/fs.h "$m1/$how-1/file"
    rm -f "$m1/endless"
}

kill_all ()
{
    local i
    for i in "${!cluster_pids[@]}"; do
        server_kill "$i"
    done
}

start_all ()
{
    local i
    for i in "${!cluster_ports[@]}"; do
        server_start "$i"
    done
}

for how in stopped killed; do
    pvfs2-mkdir "$vol/$how-1" "$vol/$how-2" "$vol/$how-3"
    pvfs2-cp tree/small/fs.h "$vol/$how-1/file"
    pvfs2-cp tree/small/*.h "$vol/$how-3"
done
ls "$m1" > /dev/null
silence stopped "signal_all STOP" "signal_all CONT"
silence killed kill_all start_all

check umount-of-both eval 'unmount "$m1" && unmount "$m2"'

# A mount point must be free again even if no server answers.
check mount-once-more mount_at "$m1" op-timeout=3
echo x > "$m1/x"
signal_all STOP
check umount-with-silent-servers eval 'elapsed umount "$m1" && below $took_ms 5000 && wait_until 10 nobody_serves "$m1"'
signal_all CONT
check servers-end-well cluster_stop

# ---- a full disk -----------------------------------------------------------------------------------

full=
release_disk ()
{
    cluster_cleanup
    [ -z "$full" ] || umount "$full" 2> /dev/null || umount -l "$full"
}
trap release_disk EXIT

# Server 1 stores on a disk of 96 MiB.
small_disk ()
{
    local i
    rm -rf "$cluster/storage"
    cluster_config 4
    truncate -s 96M disk && mkfs.ext4 -q disk || return
    mkdir -p "$cluster/storage/${cluster_aliases[1]}"
    mount -o loop disk "$cluster/storage/${cluster_aliases[1]}" || return
    full=$cluster/storage/${cluster_aliases[1]}
    rmdir "$full/lost+found"
    for i in 0 1 2 3; do
        server_format $i && server_start $i || return
    done
    mount_at "$m1"
}

# Files of 1 MiB until it is full; each that was written without error is whole.
fill ()
{
    local i
    for ((i = 0; i < 400; i++)); do
        dd if=tree/big of="$m1/fill.$i" bs=1M count=1 skip=$((i % 200)) conv=fsync status=none 2> fill.err || break
    done
    echo "# full after $i files of 1 MiB"
    rm -f "$m1/fill.$i"
    filled=$i
    [ $i -gt 0 ] && [ $i -lt 400 ] && grep -q "No space left on device" fill.err
}

whole ()
{
    local i
    for ((i = $1; i < filled; i++)); do
        cmp -n 1048576 "$m1/fill.$i" tree/big 0 $((i % 200 * 1048576)) || return
    done
}

removed_half ()
{
    local i
    for ((i = 0; i < filled / 2; i++)); do
        rm "$m1/fill.$i" || return
    done
}

created ()
{
    local i
    for i in {1..50}; do
        echo $i > "$m1/small.$i" || return
    done
}

if ! has mkfs.ext4 full-disk; then
    :
elif ! { [ -e /dev/loop-control ] && losetup -f > /dev/null 2>&1; }; then
    skip full-disk "there are no loop devices"
elif check full-disk-cluster small_disk; then
    check full-disk-says-enospc fill
    check full-disk-keeps-what-was-written whole 0
    check full-disk-removes removed_half
    check full-disk-writes-again eval 'dd if=tree/big of="$m1/new" bs=1M count=4 conv=fsync status=none && cmp -n 4194304 tree/big "$m1/new"'
    check full-disk-creates-again created
    check full-disk-server-restarts eval 'server_stop 1 && server_start 1'
    check full-disk-data-is-right eval 'whole $((filled / 2)) && cmp -n 4194304 tree/big "$m1/new" && [ "$(cat "$m1/small.50")" = 50 ]'
    check full-disk-umount unmount "$m1"
    check full-disk-servers-end-well cluster_stop
fi
finish
