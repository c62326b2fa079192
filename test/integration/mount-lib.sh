# mount-lib.sh: for the mount-*.sh suites, on top of test/lib/cluster.sh; to be sourced.  The mounts are $m1 and $m2.

. "$PVFS2_SRC/test/lib/cluster.sh"

helpers=$PVFS2_BUILD/test/integration
m1=$PVFS2_TMP/m1
m2=$PVFS2_TMP/m2
suite=$(basename "$0" .sh)

# Ends the suite, as skipped, on a machine that cannot mount.
needs_mount ()
{
    local why=
    [ -c /dev/fuse ] || why="there is no /dev/fuse"
    [ "$(id -u)" -eq 0 ] || why="needs root"
    command -v mount.pvfs2 > /dev/null || why="mount.pvfs2 is not built"
    [ -x "$helpers/mount-tool" ] || why="mount-tool is not built"
    if [ -n "$why" ]; then
        skip "$suite" "$why"
        exit 0
    fi
}

# has COMMAND NAME: reports NAME as skipped if there is no such command.
has ()
{
    command -v "$1" > /dev/null && return
    skip "$2" "there is no $1"
    return 1
}

# spec [N [NAME]]: the volume as server N knows it.
spec ()
{
    echo "tcp://127.0.0.1:${cluster_ports[${1:-0}]}/${2:-pvfs2-fs}"
}

# Of the mounts that this suite made, not of others on the machine.
# daemons PROGRAM DIR: prints the processes that serve DIR.
daemons ()
{
    local dir words
    for dir in /proc/[0-9]*; do
        words=()
        { mapfile -d '' -t words < "$dir/cmdline"; } 2> /dev/null || continue
        [ ${#words[@]} -gt 0 ] && [[ ${words[0]##*/} = "$1" && ${words[-1]} = "$2" ]] && echo "${dir#/proc/}"
    done
}

core_of ()
{
    daemons pvfs2-client-core "$1"
}

nobody_serves ()
{
    [ -z "$(daemons pvfs2-client "$1")$(daemons pvfs2-client-core "$1")" ]
}

# says TEXT COMMAND...: fails, with that text in what it prints.
says ()
{
    local text=$1 said status
    shift
    said=$("$@" 2>&1)
    status=$?
    echo "$said"
    [ $status -ne 0 ] && [[ $said = *"$text"* ]]
}

fails ()
{
    ! "$@"
}

# elapsed COMMAND...: sets took_ms; the status is the command's.
elapsed ()
{
    local start=${EPOCHREALTIME/./} status
    "$@"
    status=$?
    took_ms=$(((${EPOCHREALTIME/./} - start) / 1000))
    return $status
}

below ()
{
    echo "# $1 (limit $2)"
    [ "$1" -lt "$2" ]
}

# counters_start, then "counter NAME" sets counter to the values of all servers, "counter sum NAME" to one number.
counters_start ()
{
    coproc COUNTERS { exec "$helpers/counters"; }
    counters_pid=$COUNTERS_PID
}

counter ()
{
    echo "$*" >&"${COUNTERS[1]}" && read -r counter <&"${COUNTERS[0]}"
}

counters_stop ()
{
    local to=${COUNTERS[1]}
    exec {to}>&-
    wait "$counters_pid" 2> /dev/null
}

# requests_of COMMAND...: sets requests to what all servers together got meanwhile, without the sample itself.
requests_of ()
{
    local before
    counter sum requests
    before=$counter
    "$@"
    counter sum requests
    requests=$((counter - before - ${#cluster_ports[@]}))
}
