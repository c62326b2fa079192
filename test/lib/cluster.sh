# cluster.sh: servers on loopback for shell tests; to be sourced by them.
#
#     . "$PVFS2_SRC/test/lib/cluster.sh"
#     cluster_start 4 --notrovesync     # further words are flags of pvfs2-genconfig
#     check file-is-listed tool pvfs2-ls "$vol/file"
#     finish                            # exit status of the suite
#
# Variables:  $vol      the mount directory of the tab file; tools take paths below it, mounted or not
#             $cluster  config, tab file, storage (storage/N), logs (N.log); servers count from 0
#
# All that was started is ended when the script exits, however it does.

: "${PVFS2_SRC:?}" "${PVFS2_BUILD:?}" "${PVFS2_TMP:?}"
export LC_ALL=C
PATH=$PVFS2_BUILD:$PATH

cluster=$PVFS2_TMP/cluster
vol=$cluster/mnt
cluster_ports=()     # of server N
cluster_aliases=()
cluster_pids=()      # empty: does not run
cluster_mounts=()
cluster_failed=0

# ---- reporting -------------------------------------------------------------------------------------

ok ()
{
    echo "ok $1"
}

not_ok ()
{
    echo "not ok $1 - $2"
    cluster_failed=$((cluster_failed + 1))
}

skip ()
{
    echo "skip $1 - $2"
}

# check NAME COMMAND...: passes if the command succeeds; its output goes to the log.
check ()
{
    local name=$1 status
    shift
    "$@"
    status=$?
    if [ $status -eq 0 ]; then
        ok "$name"
    else
        not_ok "$name" "status $status of: $*"
    fi
    return $status
}

# check_fails NAME STATUS COMMAND...: passes if the command ends with just that status.
check_fails ()
{
    local name=$1 want=$2 status
    shift 2
    "$@"
    status=$?
    if [ $status -eq "$want" ]; then
        ok "$name"
    else
        not_ok "$name" "status $status instead of $want of: $*"
    fi
}

# check_equal NAME WANT GOT
check_equal ()
{
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "want '$2', got '$3'"
    fi
}

finish ()
{
    [ $cluster_failed -eq 0 ]
    exit
}

# What cannot go on.
bail_out ()
{
    not_ok "${1// /-}" "${2:-}"
    exit 1
}

# wait_until SECONDS COMMAND...: polls.
wait_until ()
{
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# ---- servers ---------------------------------------------------------------------------------------

port_answers ()
{
    (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the range that the kernel hands out for outgoing connections.
choose_ports ()
{
    local n=$1 port
    cluster_ports=()
    while [ ${#cluster_ports[@]} -lt "$n" ]; do
        port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
        if [[ " ${cluster_ports[*]} " != *" $port "* ]] && ! port_answers $port; then
            cluster_ports+=($port)
        fi
    done
}

# cluster_config N [FLAG...]: fs.conf and tab file for N servers. Flags that name servers are the
# caller's if it gives any: it then chooses the ports with choose_ports before.
cluster_config ()
{
    local n=$1 list port
    shift
    mkdir -p "$cluster/storage" "$vol" || return
    if [[ " $* " != *" --metaservers "* ]]; then
        choose_ports "$n"
        list=$(printf ',127.0.0.1:%s' "${cluster_ports[@]}")
        set -- --ioservers "${list#,}" --metaservers "${list#,}" "$@"
    fi
    pvfs2-genconfig --quiet --protocol tcp --storage "$cluster/storage" \
        --logfile "$cluster/server.log" "$@" "$cluster/fs.conf" || return
    cluster_aliases=()
    for port in "${cluster_ports[@]}"; do
        cluster_aliases+=("$(awk -v port=":$port\$" \
            '$1 == "Alias" && $3 ~ port { print $2; exit }' "$cluster/fs.conf")")
    done
    echo "tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs $vol pvfs2 defaults 0 0" > "$cluster/pvfs2tab"
    export PVFS2TAB_FILE=$cluster/pvfs2tab
}

server_format ()
{
    pvfs2-server -f -a "${cluster_aliases[$1]}" "$cluster/fs.conf" >> "$cluster/$1.log" 2>&1
}

server_runs ()
{
    [ -n "${cluster_pids[$1]:-}" ] && kill -0 "${cluster_pids[$1]}" 2>/dev/null
}

server_is_up_or_gone ()
{
    ! server_runs "$1" || port_answers "${cluster_ports[$1]}"
}

# server_start N [COMMAND...]: with a command before the server's own words, such as env or a wrapper.
server_start ()
{
    local n=$1
    shift
    "$@" pvfs2-server -d -a "${cluster_aliases[$n]}" "$cluster/fs.conf" \
        >> "$cluster/$n.log" 2>&1 < /dev/null &
    cluster_pids[$n]=$!
    wait_until 20 server_is_up_or_gone "$n" && server_runs "$n" && return
    echo "server $n did not start:"
    tail -n 20 "$cluster/$n.log"
    return 1
}

# Ends it as an administrator would; the status is the server's own.
server_stop ()
{
    local pid=${cluster_pids[$1]:-} status
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null
    for _ in {1..300}; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    status=$?
    cluster_pids[$1]=
    return $status
}

server_kill ()
{
    local pid=${cluster_pids[$1]:-}
    [ -n "$pid" ] || return 0
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    cluster_pids[$1]=
    return 0
}

# cluster_start N [FLAG...]: new, empty, running.
cluster_start ()
{
    local i
    cluster_config "$@" || bail_out config-is-written "pvfs2-genconfig failed"
    for i in "${!cluster_ports[@]}"; do
        server_format "$i" || { tail -n 20 "$cluster/$i.log"; bail_out storage-is-created "server $i"; }
        server_start "$i" || bail_out server-starts "server $i"
    done
}

cluster_stop ()
{
    local i status=0
    for i in "${!cluster_pids[@]}"; do
        server_stop "$i" || status=1
    done
    return $status
}

# ---- mounts ----------------------------------------------------------------------------------------

can_mount ()
{
    [ -c /dev/fuse ] && command -v mount.pvfs2 > /dev/null && [ "$(id -u)" -eq 0 ]
}

# mount_at DIR [OPTIONS]
mount_at ()
{
    mkdir -p "$1" || return
    cluster_mounts+=("$1")
    mount.pvfs2 "tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs" "$1" ${2:+-o "$2"} \
        >> "$cluster/mount.log" 2>&1 < /dev/null
}

unmount ()
{
    umount "$1" || return
    wait_until 10 not_mounted "$1"
}

# Asks the kernel's table: a dead mount cannot be looked at.
not_mounted ()
{
    ! awk -v at="$1" '$5 == at { found = 1 } END { exit !found }' /proc/self/mountinfo
}

# ---- a terminal ------------------------------------------------------------------------------------

# on_a_terminal WORDS: what the command writes to one, as script(1) makes it.
on_a_terminal ()
{
    script -qec "$1" /dev/null < /dev/null
}

# ---- the end ---------------------------------------------------------------------------------------

cluster_cleanup ()
{
    local dir i
    for dir in "${cluster_mounts[@]}"; do
        not_mounted "$dir" || umount "$dir" 2>/dev/null || umount -l "$dir"
    done
    for i in "${!cluster_pids[@]}"; do
        [ -z "${cluster_pids[$i]}" ] || kill -TERM "${cluster_pids[$i]}" 2>/dev/null
    done
    for i in "${!cluster_pids[@]}"; do
        [ -z "${cluster_pids[$i]}" ] || server_stop "$i"
    done
    if [ $cluster_failed -gt 0 ]; then
        tail -n 15 "$cluster"/*.log 2>/dev/null
    fi
}
trap cluster_cleanup EXIT
trap 'exit 1' INT TERM HUP
