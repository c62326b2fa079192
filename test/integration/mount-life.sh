#!/bin/bash
# Mounting, unmounting, and what a mount costs: processes, processor time, messages.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

cluster_start 4 --notrovesync
cluster_mounts+=("$m1" "$m2")      # whoever mounts them
mkdir -p "$m1" "$m2"

# ---- mount(8) --------------------------------------------------------------------------------------

links=()
remove_links ()
{
    cluster_cleanup
    [ ${#links[@]} -eq 0 ] || rm -f "${links[@]}"
}
trap remove_links EXIT

# mount(8) looks for its helpers in /sbin only.
helper_is_there ()
{
    local name
    for name in mount.pvfs2 mount.fuse.pvfs2; do
        [ ! -e "/sbin/$name" ] && [ ! -L "/sbin/$name" ] || { echo "/sbin/$name is there already"; return 1; }
        ln -s "$PVFS2_BUILD/$name" "/sbin/$name" || return
        links+=("/sbin/$name")
    done
}

fstab_line ()
{
    echo "$(spec) $m1 pvfs2 defaults,_netdev,noauto 0 0" > fstab
    mount -T fstab "$m1" && echo y > "$m1/by-fstab" && unmount "$m1" && wait_until 10 nobody_serves "$m1"
}

if helper_is_there; then
    check mount-t-pvfs2 eval 'mount -t pvfs2 "$(spec)" "$m1" && echo x > "$m1/x" && [ "$(cat "$m1/x")" = x ]'
    check umount-ends-the-daemons eval 'unmount "$m1" && wait_until 10 nobody_serves "$m1"'
    check mount-by-an-fstab-line fstab_line
    check mount-t-fuse.pvfs2 eval 'mount -t fuse.pvfs2 "$(spec 1)" "$m1" && [ "$(cat "$m1/by-fstab")" = y ] && unmount "$m1"'
    check mount-says-why says 'unknown mount option "no-such-option"' mount -t pvfs2 -o no-such-option "$(spec)" "$m1"
else
    skip mount-t-pvfs2 "a link in /sbin could not be made"
fi

# ---- what cannot be mounted ------------------------------------------------------------------------

# Nothing is mounted, nobody runs.
nothing_left ()
{
    not_mounted "$m1" && nobody_serves "$m1"
}

no_servers ()
{
    local free
    choose=("${cluster_ports[@]}")
    choose_ports 1
    free=${cluster_ports[0]}
    cluster_ports=("${choose[@]}")
    elapsed says "127.0.0.1:$free" mount.pvfs2 "tcp://127.0.0.1:$free/pvfs2-fs" "$m1" -o mount-timeout=2 && below $took_ms 5000
}

check unknown-option-is-refused-by-name says 'unknown mount option "colour=blue"' mount.pvfs2 "$(spec)" "$m1" -o rw,colour=blue
check bad-value-is-refused-by-name says 'op-timeout=soon' mount.pvfs2 "$(spec)" "$m1" -o op-timeout=soon
check sloppy-lets-unknown-options-pass eval 'mount.pvfs2 "$(spec)" "$m1" -s -o colour=blue && unmount "$m1" && wait_until 10 nobody_serves "$m1"'
check no-servers no_servers
check no-servers-leaves-nothing nothing_left
check unknown-volume says nonsense mount.pvfs2 "$(spec 0 nonsense)" "$m1" -o mount-timeout=3
check not-a-volume-address says "tcp://" mount.pvfs2 nonsense "$m1"
check not-a-directory says "not a directory" mount.pvfs2 "$(spec)" "$PVFS2_TMP/fstab"
check no-mount-point says "No such file or directory" mount.pvfs2 "$(spec)" "$PVFS2_TMP/nowhere"
check nothing-is-left nothing_left

# ---- a mount's life --------------------------------------------------------------------------------

busy ()
{
    (cd "$m1" && exec sleep 60) &
    local holder=$! status
    sleep 0.3
    says "busy" umount "$m1"
    status=$?
    kill $holder && wait $holder 2> /dev/null
    [ $status -eq 0 ] && [ "$(cat "$m1/x")" = x ]
}

read_only ()
{
    mount_at "$m2" ro || return
    [ "$(cat "$m2/x")" = x ] && says "Read-only file system" touch "$m2/new" && says "Read-only file system" rm -f "$m2/x" &&
        unmount "$m2"
}

# Programs see a pause, no more (mount-restart.sh has the details).
dead_core ()
{
    local core
    mount_at "$m2" || return
    core=$(core_of "$m2")
    exec 6< "$m2/x"
    kill -KILL "$core"
    [ "$(cat <&6)" = x ] && [ "$(core_of "$m2")" != "$core" ]
    local status=$?
    exec 6<&-
    [ $status -eq 0 ] && unmount "$m2"
}

# The core is the only one left who can unmount.
dead_supervisor ()
{
    mount_at "$m2" || return
    kill -KILL "$(daemons pvfs2-client "$m2")"
    wait_until 10 nobody_serves "$m2" || { echo "the core lives on"; return 1; }
    not_mounted "$m2" || { echo "still mounted"; return 1; }
    mount_at "$m2" && [ "$(cat "$m2/x")" = x ] && unmount "$m2"
}

terminated ()
{
    mount_at "$m2" && kill -TERM "$(daemons pvfs2-client "$m2")" && wait_until 5 not_mounted "$m2" && wait_until 5 nobody_serves "$m2"
}

again_and_again ()
{
    local i
    for i in 1 2 3 4 5; do
        mount_at "$m2" && unmount "$m2" && wait_until 5 nobody_serves "$m2" || return
    done
}

check mount mount_at "$m1" || exit 1
echo x > "$m1/x"
check one-supervisor-and-one-core eval '[ "$(daemons pvfs2-client "$m1" | wc -l) $(core_of "$m1" | wc -l)" = "1 1" ]'
check mount-of-the-same-place-twice eval 'mount_at "$m1" && umount "$m1" && [ "$(cat "$m1/x")" = x ]'
check busy-mount-stays busy
check two-mounts-at-once eval 'mount_at "$m2" && [ "$(cat "$m2/x")" = x ] && unmount "$m2" && [ "$(cat "$m1/x")" = x ]'
check read-only-mount read_only
check dead-core-is-replaced dead_core
check dead-supervisor-ends-core-and-mount dead_supervisor
check sigterm-unmounts terminated
check mounts-and-unmounts-leave-nothing again_and_again
not_mounted "$m2" || umount -l "$m2"

# ---- what it costs ---------------------------------------------------------------------------------

ticks ()
{
    local stat
    stat=$(< "/proc/$1/stat") || return
    set -- ${stat##*) }
    echo $((${12} + ${13}))
}

# Less than 0.1 % of 5 s is less than one tick of 10 ms; one may fall into any interval.
idle ()
{
    local before
    before=$(ticks "$1")
    sleep 5
    below $(($(ticks "$1") - before)) 2
}

# The servers stop, so that all 64 are in the core at once.
many_at_once ()
{
    local job tasks=0 now i pid core waiting
    core=$(core_of "$m1")
    head -c 4194304 /dev/urandom > many && cp many "$m1/many" || return
    mkfifo go
    "$helpers/mount-tool" readers 64 "$m1/many" < go &
    job=$!
    exec 7> go
    sleep 0.5
    for pid in "${cluster_pids[@]}"; do kill -STOP "$pid"; done
    echo >&7
    for i in {1..10}; do
        now=$(ls "/proc/$core/task" | wc -l)
        tasks=$((now > tasks ? now : tasks))
        sleep 0.1
    done
    waiting=$(($(ls /proc/$job/task | wc -l) - 1))
    for pid in "${cluster_pids[@]}"; do kill -CONT "$pid"; done
    echo "# $tasks threads of the core, $waiting readers waiting"
    exec 7>&-
    wait $job && [ $tasks -eq 1 ] && [ "$waiting" -eq 64 ]
}

memory ()
{
    local kb
    kb=$(awk '/^VmRSS/ { print $2 }' "/proc/$(core_of "$m1")/status")
    below "$kb" 100000
}

check 64-requests-with-one-thread many_at_once
check the-core-stays-small memory
core=$(core_of "$m1")
start=$(ticks "$core")
servers_start=0
for pid in "${cluster_pids[@]}"; do servers_start=$((servers_start + $(ticks "$pid"))); done
check idle-core idle "$core"
servers_end=0
for pid in "${cluster_pids[@]}"; do servers_end=$((servers_end + $(ticks "$pid"))); done
check idle-servers below $((servers_end - servers_start)) 4

# ---- messages --------------------------------------------------------------------------------------

# at_most LIMIT COMMAND...: so many requests; time-outs of the kernel's caches are waited for before.
at_most ()
{
    local limit=$1
    shift
    sleep 1.2
    requests_of "$@"
    echo "# $*: $requests requests (limit $limit)"
    [ "$requests" -le "$limit" ]
}

read_small ()
{
    local text
    read -r text < "$m1/many-files/file1"
}

counters_start
mkdir "$m1/many-files"
(cd "$m1/many-files" && for i in {1..1000}; do echo $i > file$i; done)
sleep 1.2

# Names that the kernel knows, contents that it does not: an open and a read each.
reads_of_known_files ()
{
    local i
    unmount "$m1" && mount_at "$m1" && ls -l "$m1/many-files" > listing || return
    requests_of eval 'cat "$m1"/many-files/file{1,2,3,4,5,6,7,8}'
    echo "# $requests requests for 8 files"
    [ $requests -le 16 ]
}

# Contents that it knows as well: only the open asks.
reads_again ()
{
    local i
    for i in {1..8}; do
        read_small
    done
}

# From the root: attributes, two names, open, read.
check open-read-close-of-a-cold-file at_most 5 read_small
check open-read-close-of-known-files-at-most-2 reads_of_known_files
check open-read-close-again-at-most-1 eval 'read_small; requests_of reads_again; echo "# $requests of 8"; [ $requests -le 8 ]'
check ls-of-1000-files at_most 20 ls "$m1/many-files"
check ls-l-of-1000-files at_most 20 ls -l "$m1/many-files"
check ls-l-shows-all eval '[ "$(ls -l "$m1/many-files" | grep -c file)" = 1000 ]'
creates ()
{
    for i in 1 2 3 4 5 6 7 8 9 10; do
        : > "$m1/many-files/new$i"
    done
}
# The lookup that finds nothing, the create, and the folder's attributes, which the kernel forgets with every new entry.
check create-of-a-file eval 'ls "$m1/many-files" > /dev/null; requests_of creates; echo "# $requests of 10"; [ $requests -le 32 ]'
check unlink-of-a-file eval 'requests_of rm "$m1"/many-files/new{1,2,3,4,5,6,7,8,9,10}; echo "# $requests of 10"; [ $requests -le 22 ]'
counters_stop

check umount unmount "$m1"
check nobody-is-left wait_until 10 nobody_serves "$m1"
check servers-end-well cluster_stop
finish
