#!/bin/bash
# pvfs2-status and pvfs2-doctor before faults that are made for real.

# Mounts of its own: a small file system to be filled, and a mount that dies.
if [ "$(id -u)" -eq 0 ] && [ -z "${DOCTOR_INSIDE:-}" ]; then
    DOCTOR_INSIDE=1 exec unshare -m "$0" "$@"
fi

. "$PVFS2_SRC/test/integration/mount-lib.sh"

cluster_config 4 --notrovesync || bail_out config-is-written "pvfs2-genconfig failed"
if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "$cluster/storage"
    mount -t tmpfs -o size=400m none "$cluster/storage" || bail_out tmpfs-is-mounted "mount failed"
    mkdir "$cluster/storage/${cluster_aliases[2]}"
    mount -t tmpfs -o size=200m,mode=700 none "$cluster/storage/${cluster_aliases[2]}" || bail_out tmpfs-is-mounted "mount failed"
fi
for i in 0 1 2 3; do
    server_format $i && server_start $i || bail_out server-starts "server $i"
done

name_of ()
{
    echo "tcp://127.0.0.1:${cluster_ports[$1]}"
}

# finds KIND WHERE TEXT [COMMAND...]: pvfs2-doctor (or the command) ends with 1, and there is one finding, of that kind, there, with that text.
finds ()
{
    local kind=$1 where=$2 text=$3 said status
    shift 3
    [ $# -gt 0 ] || set -- pvfs2-doctor -t 2
    said=$("$@" 2>&1)
    status=$?
    echo "$said"
    [ $status -eq 1 ] && [ "$(grep -c '^[^ ]' <<< "$said")" = 1 ] && [[ $said == "$where: $kind: "*"$text"* ]]
}

healthy ()
{
    local said
    said=$(pvfs2-doctor) && [ "$said" = "nothing found: 4 servers of pvfs2-fs" ]
}

# ---- health ----------------------------------------------------------------------------------------

check nothing-is-found healthy
check nothing-in-json eval 'pvfs2-doctor --json | tr -d "\n" | grep -qx "{\"file_system\": \"pvfs2-fs\", \"servers\": 4, \"findings\": \[\]}"'
check status-shows-all eval '[ "$(pvfs2-status "$vol" | grep -c " up  .* 0.*%")" = 4 ]'
check status-in-json eval '[ "$(pvfs2-status --json | grep -c "\"up\": true, \"mode\": \"normal\", \"version\": \"")" = 4 ]'
check_fails status-of-no-such-mount 1 pvfs2-status -m /nowhere
check_fails doctor-of-two-volumes 2 pvfs2-doctor -m "$vol" "$vol"

# ---- a server that is down or silent ---------------------------------------------------------------

server_stop 3
check a-server-that-is-down finds unreachable "$(name_of 3)" "pvfs2-server -a ${cluster_aliases[3]} "
check a-server-that-is-down-in-json eval 'pvfs2-doctor -t 2 --json | grep -q "^{\"kind\": \"unreachable\", \"where\": \"$(name_of 3)\""'
check_fails status-ends-with-1 1 pvfs2-status -t 2
check status-shows-it eval 'pvfs2-status -t 2 | grep -q "^$(name_of 3) .* down  "'
check status-shows-the-others eval '[ "$(pvfs2-status -t 2 | grep -c " up  ")" = 3 ]'
server_start 3
kill -STOP "${cluster_pids[3]}"
check a-server-that-is-silent finds unreachable "$(name_of 3)" "does not answer"
kill -CONT "${cluster_pids[3]}"
check it-is-well-again healthy

server_stop 0
check the-first-server-is-down finds unreachable "$(name_of 0)" "nobody listens" pvfs2-doctor -t 2
server_start 0

# ---- configurations --------------------------------------------------------------------------------

# with_config N FILE COMMAND...: while server N runs with that file.
with_config ()
{
    local n=$1 file=$2 status
    shift 2
    server_stop "$n"
    cp "$cluster/fs.conf" "$cluster/fs.conf.right"
    cp "$file" "$cluster/fs.conf"
    server_start "$n" || return
    cp "$cluster/fs.conf.right" "$cluster/fs.conf"
    "$@"
    status=$?
    server_stop "$n"
    server_start "$n" && return $status
}

sed 's/ClientRetryLimit .*/ClientRetryLimit 6/' "$cluster/fs.conf" > other.conf
sed 's/SecretKey .*/SecretKey 0123456789/' "$cluster/fs.conf" > other-key.conf
check a-config-that-differs with_config 1 other.conf finds config "$(name_of 1)" "another configuration"
check a-key-that-differs with_config 2 other-key.conf finds config "$(name_of 2)" "SecretKey"
check configs-are-equal-again healthy

# ---- names -----------------------------------------------------------------------------------------

# with_tab LINE COMMAND...
with_tab ()
{
    local line=$1
    shift
    echo "$line" > other-tab
    chmod 644 other-tab
    PVFS2TAB_FILE=$PWD/other-tab "$@"
}

check a-name-that-does-not-resolve with_tab "tcp://no-such-host.invalid:3334/pvfs2-fs $vol pvfs2 defaults 0 0" \
    finds unreachable tcp://no-such-host.invalid:3334 "the name no-such-host.invalid does not resolve"
check a-file-system-of-another-name with_tab "$(name_of 0)/other-fs $vol pvfs2 defaults 0 0" \
    finds identity "$(name_of 0)" "no file system named other-fs"

# ---- permissions -----------------------------------------------------------------------------------

check a-tab-that-others-may-write eval 'chmod 666 "$PVFS2TAB_FILE"; finds permission "$PVFS2TAB_FILE" "chmod go-w"'
chmod 644 "$PVFS2TAB_FILE"
check a-mount-directory-that-is-a-file eval ': > a-file; with_tab "$(name_of 0)/pvfs2-fs $PWD/a-file pvfs2 defaults 0 0" finds permission "$PWD/a-file" "is a file"'
storage=$cluster/storage/${cluster_aliases[1]}
check storage-that-others-may-enter eval 'chmod 755 "$storage"; finds permission "$storage" "chmod 700"'
chmod 700 "$storage"
server_stop 1
mv "$storage" "$storage.away"
check storage-that-is-not-there eval 'said=$(pvfs2-doctor -t 2); echo "$said"; grep -q "^$storage: permission: .* is not there" <<< "$said"'
mv "$storage.away" "$storage"
server_start 1

# ---- what only root can bring about ----------------------------------------------------------------

# May not enter the directory, for which he has no tab file, either.
as_nobody ()
{
    mkdir -m 700 closed
    PVFS2EP="$PWD/closed=$(name_of 0)/pvfs2-fs" finds permission "$PWD/closed" "you may not enter" \
        env -u PVFS2TAB_FILE setpriv --reuid 65534 --regid 65534 --clear-groups "$(command -v pvfs2-doctor)" -t 2
}

# Both die at once, so nobody is left who would unmount.
a_mount_that_died ()
{
    local mnt=$m1 status
    mount_at "$mnt" || return
    kill -KILL "$(daemons pvfs2-client "$mnt")" "$(core_of "$mnt")"
    wait_until 10 eval '! stat "$mnt" 2> /dev/null'
    finds mount "$mnt" "umount $mnt"
    status=$?
    umount -l "$mnt"
    return $status
}

fill ()
{
    head -c "$1" /dev/zero > "$cluster/storage/${cluster_aliases[2]}/filling"
}

if [ "$(id -u)" -eq 0 ]; then
    check a-mount-directory-that-is-closed as_nobody
    check a-disk-that-is-full eval 'fill 180M; finds space "$(name_of 2)" "its disk is full"'
    rm "$cluster/storage/${cluster_aliases[2]}/filling"
    if can_mount; then
        check a-mount-that-died a_mount_that_died
    else
        skip a-mount-that-died "needs /dev/fuse"
    fi
else
    skip a-disk-that-is-full "needs root"
fi

check nothing-is-left healthy
cluster_stop
check nobody-is-there finds unreachable "$(name_of 0)" "nobody listens"
check_fails status-of-nobody 1 pvfs2-status -t 2
finish
