#!/bin/bash
# What every tool does when things are not as they should be: no volume, no server, no permission, no room, an interruption.
#
# The commands are those of the man pages' examples, so a new tool is tried without a line here.

. "$PVFS2_SRC/test/integration/examples-lib.sh"

mkdir storage && mount -t tmpfs -o size=400m none storage || bail_out tmpfs-is-mounted "mount failed"
example_volume --storage "$PWD/storage"

# Tools that find a volume; their pages say how.
online=$(for page in $pages; do ! grep -q PVFS2TAB_FILE "$page" || basename "${page%.*}"; done)

# commands_of TOOL: its own command lines in its examples, without what pipes follow.
commands_of ()
{
    "$1" --help-examples | sed -n "s/^\\$ \($1 .*\)/\1/p" | sed -E '/\$\(/ { s/(\)[^)|>]*) [|>].*/\1/; b; }; s/ [|>].*//'
}

# Neither success nor wrong usage nor death.
has_failed ()
{
    [ $1 -ne 0 ] && [ $1 -ne 2 ] && [ $1 -lt 124 ]
}

# failed_well TOOL COMMAND...: and a reason in the tool's name (or the server's, in a report).
failed_well ()
{
    local tool=$1 said status
    shift
    said=$(timeout 90 "$@" 2>&1 < /dev/null)
    status=$?
    echo "$* -- $status"
    echo "$said"
    # With $(...) of a command that fails, the usage is wrong.
    { has_failed $status || [[ $status = 2 && $* = *'$('* ]]; } && grep -qE "^($tool|pvfs2-[a-z-]+|tcp://[^ ]+): .*[a-z]" <<< "$said"
}

# fails_well TOOL: the first command of its examples does.
fails_well ()
{
    local command
    command=$(commands_of "$1" | head -n 1)
    [ -n "$command" ] || { echo "$1 shows no command"; return 1; }
    failed_well "$1" bash -c "$command"
}

# each_fails NAME TOOL...: all at once, since each waits for its own time-out.
each_fails ()
{
    local name=$1 tool
    local -A job
    shift
    for tool; do
        (mkdir -p "$PVFS2_TMP/$tool" && cd "$PVFS2_TMP/$tool" && fails_well "$tool" > said 2>&1) &
        job[$tool]=$!
    done
    for tool; do
        check "$name-$tool" eval 'wait "${job[$tool]}"; status=$?; cat "$PVFS2_TMP/$tool/said"; [ $status -eq 0 ]'
    done
}

# ---- output that cannot be written -----------------------------------------------------------------

# Each of a tool's commands that prints something fails where there is no room for it.
no_room_for_output ()
{
    local command said
    while IFS= read -r command; do
        [ -n "$(bash -c "$command" 2> /dev/null < /dev/null)" ] || continue
        said=$(bash -c "$command > /dev/full" 2>&1 < /dev/null)
        [ $? -ne 0 ] && grep -q "No space left" <<< "$said" || { echo "$command: $said"; return 1; }
    done < <(commands_of "$1")
}

# The volume and a folder as the tool's examples leave them.
prepare ()
{
    empty_volume && rm -rf /mnt/work && mkdir -m 755 /mnt/work && cd /mnt/work || return
    "$1" --help-examples | sed -n 's/^\$ //p' > commands
    bash commands > /dev/null 2>&1 < /dev/null
    true
}

for tool in $tools; do
    case $tool in
    pvfs2-server|pvfs2-client|pvfs2-client-core|mount.pvfs2) continue ;; # they serve, and print nothing
    esac
    check "no-room-for-output-of-$tool" eval '(prepare "$tool" && no_room_for_output "$tool")'
done

# ---- without permission ----------------------------------------------------------------------------

nobody=(env -u PVFS2TAB_FILE "PVFS2EP=/mnt/pvfs2=tcp://127.0.0.1:3334/pvfs2-fs" setpriv --reuid 65534 --regid 65534 --clear-groups)

# Names below a root directory that is closed.
denied ()
{
    local command said status
    prepare "$1" && pvfs2-chmod 700 /mnt/pvfs2 || return
    while IFS= read -r command; do
        [[ $command == *" /mnt/pvfs2/"* ]] || continue
        said=$("${nobody[@]}" bash -c "$command" 2>&1 < /dev/null)
        status=$?
        echo "$command -- $status: $said"
        [ $status -ne 2 ] || continue # an example of wrong usage
        has_failed $status && grep -qE "^pvfs2-[a-z-]+: .*(ermission denied|not permitted)" <<< "$said" || return
    done < <(commands_of "$1")
}

if "${nobody[@]}" test -x "$PVFS2_BUILD/pvfs2-ls"; then
    for tool in $online; do
        check "a-closed-directory-$tool" eval '(denied "$tool")'
    done
    pvfs2-chmod 777 /mnt/pvfs2
    empty_volume
    echo secret > /mnt/secret && chmod 600 /mnt/secret
    pvfs2-cp /mnt/secret /mnt/pvfs2/secret
    check an-unreadable-source-inside failed_well pvfs2-cp "${nobody[@]}" pvfs2-cp /mnt/pvfs2/secret /dev/null
    check an-unreadable-source-outside failed_well pvfs2-cp "${nobody[@]}" pvfs2-cp /mnt/secret /mnt/pvfs2/copy
    check_equal an-unreadable-source-leaves-nothing secret "$(pvfs2-ls -A /mnt/pvfs2)"
    pvfs2-rm /mnt/pvfs2/secret
else
    skip a-closed-directory "the build is closed to other users"
fi

# ---- interrupted copies ----------------------------------------------------------------------------

# begun FROM TO: a copy in the background, pid, whose temporary name is there.
begun ()
{
    local dir=${2%/*} list="ls -A"
    [[ $dir != /mnt/pvfs2* ]] || list="pvfs2-ls -A"
    pvfs2-cp "$1" "$2" &
    pid=$!
    wait_until 20 eval "$list '$dir' | grep -q 'pvfs2-cp\.'"
}

# Out of the volume: so large that it is not over soon.
interrupted_out ()
{
    local pid
    begun /mnt/pvfs2/big out/copy || return
    kill "-$1" "$pid"
    ! wait "$pid" && [ ! -e out/copy ] || return
    [ "$1" = KILL ] || [ -z "$(ls -A out)" ]
}

# Into it: a server stands still, so that nothing can be complete, and the copy cannot even be cleared away.
interrupted_in ()
{
    local pid status
    kill -STOP "${cluster_pids[2]}"
    begun big /mnt/pvfs2/copy && kill "-$1" "$pid"
    wait "$pid"
    status=$?
    kill -CONT "${cluster_pids[2]}"
    [ $status -ne 0 ] && ! pvfs2-stat /mnt/pvfs2/copy
    status=$?
    empty_volume
    return $status
}

head -c 40000000 /dev/zero > big
mkdir out
for signal in INT TERM KILL; do
    check "interrupted-in-by-$signal" interrupted_in $signal
done
pvfs2-truncate -s 16G /mnt/pvfs2/big
for signal in INT TERM KILL; do
    check "interrupted-out-by-$signal" interrupted_out $signal
    rm -rf out && mkdir out
done
empty_volume

# ---- a volume without room -------------------------------------------------------------------------

no_room ()
{
    local said
    said=$("$@" 2>&1)
    [ $? -eq 1 ] && grep -q "^$1: .*No space left" <<< "$said"
}

pvfs2-touch /mnt/pvfs2/here
head -c 4000000 /dev/zero > source
head -c 400m /dev/zero > storage/filling 2> /dev/null
check no-room-to-copy no_room pvfs2-cp source /mnt/pvfs2/copy
check no-room-to-copy-a-tree eval 'mkdir -p tree && cp source tree && no_room pvfs2-cp -r tree /mnt/pvfs2'
check no-room-for-a-file no_room pvfs2-touch /mnt/pvfs2/new
check no-room-for-a-directory no_room pvfs2-mkdir /mnt/pvfs2/dir
check no-room-for-a-link no_room pvfs2-ln -s here /mnt/pvfs2/link
check_equal no-room-leaves-nothing here "$(pvfs2-ls -A /mnt/pvfs2)"
check no-room-is-no-reason-not-to-remove pvfs2-rm /mnt/pvfs2/here
rm storage/filling
check room-again pvfs2-cp source /mnt/pvfs2/copy

# ---- servers that are not there --------------------------------------------------------------------

server_kill 3
check_fails one-server-less-is-told 1 pvfs2-status -t 1 /mnt/pvfs2
check one-server-less-is-no-reason-not-to-list pvfs2-ls /mnt/pvfs2
cluster_stop
each_fails no-server $online
echo "tcp://no-such-host.invalid:3334/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0" > "$PVFS2TAB_FILE"
each_fails no-such-host $online
echo > "$PVFS2TAB_FILE"
each_fails no-volume $online
finish
