#!/bin/bash
# The tools that set and watch running servers, and those that work on handles, against four servers without a mount.

. "$PVFS2_SRC/test/lib/cluster.sh"

[ "$(id -u)" -eq 0 ] || { echo "skip online - needs root, as the servers ask for it"; exit 0; }

# says TEXT COMMAND...: fails with status 1 and that text on standard error.
says ()
{
    local text=$1 status said
    shift
    said=$("$@" 2>&1 > /dev/null)
    status=$?
    echo "$said"
    [ $status -eq 1 ] && [[ $said == *"$text"* ]]
}

# misuse TEXT COMMAND...: status 2, and that text.
misuse ()
{
    local text=$1 status said
    shift
    said=$("$@" 2>&1 > /dev/null)
    status=$?
    echo "$said"
    [ $status -eq 2 ] && [[ $said == *"$text"* ]]
}

is_json ()
{
    if command -v python3 > /dev/null; then
        "$@" | python3 -c 'import json, sys; [json.loads (l) for l in ([sys.stdin.read ()] if "lines" not in sys.argv else sys.stdin)]' $lines
    else
        "$@" > /dev/null
    fi
}

handle_of ()
{
    pvfs2-stat "$1" | sed -n 's/.*Handle *: //p'
}

# ---- what needs no server --------------------------------------------------------------------------

check_equal perror "No such file or directory" "$(pvfs2-perror 1073741826 | sed 's/.*: //')"
check_equal perror-of-an-errno "Permission denied" "$(pvfs2-perror 13 | sed 's/.*: //')"
check_equal perror-of-negative-numbers "2" "$(pvfs2-perror -1073741826 -2 | grep -c 'No such file')"
check_equal perror-of-hexadecimal "No such file or directory" "$(pvfs2-perror 0x40000002 | sed 's/.*: //')"
check perror-json is_json pvfs2-perror --json 2 1073741826 -13
check_fails perror-of-a-word 2 pvfs2-perror enoent
check_fails perror-of-nothing 2 pvfs2-perror
check event-names eval 'pvfs2-event-mon --names | grep -qx small_io'
check set-mode-needs-a-mode misuse "-s normal" pvfs2-set-mode -m /mnt
check set-mode-of-nonsense misuse "not normal or admin" pvfs2-set-mode -s closed
check set-sync-of-nothing misuse "-D, -M" pvfs2-set-sync
check set-sync-of-nonsense misuse "not 0 or 1" pvfs2-set-sync -D yes
check set-perf-interval-of-nothing misuse "-s MSECS" pvfs2-set-perf-interval
check set-perf-interval-of-0 misuse "not a number above 0" pvfs2-set-perf-interval -s 0
check set-perf-history-of-too-much misuse "more than 65536" pvfs2-set-perf-history -s 65537
check set-turn-off-timeouts-of-nothing misuse "-t 0" pvfs2-set-turn-off-timeouts
check set-eventmask-of-a-stranger misuse "'fly' is no operation" pvfs2-set-eventmask -e io,fly
check set-eventmask-of-nothing misuse "names nothing" pvfs2-set-eventmask -e ,
check remove-object-of-nothing misuse "removes nothing" pvfs2-remove-object -p 12
check remove-object-of-both misuse "not both at once" pvfs2-remove-object -o 12 -p 13 -d x
check check-server-needs-a-host misuse "-h HOST" pvfs2-check-server -f pvfs2-fs
check check-server-knows-tcp misuse "only tcp" pvfs2-check-server -h localhost -f x -n ib
check dump-of-nothing misuse "needs paths" pvfs2-dump
check dump-of-both misuse "one handle" pvfs2-dump -o 12 /mnt
check dump-of-a-word misuse "not a handle" env PVFS2TAB_FILE=/dev/null pvfs2-dump -o twelve
check fs-dump-of-two-forms misuse "one of them" pvfs2-fs-dump -d --json
check fs-dump-font-without-graph misuse "with -d" pvfs2-fs-dump -f Sans
check write-needs-a-target misuse "operand is missing" pvfs2-write

# ---- servers ---------------------------------------------------------------------------------------

cluster_start 4 --notrovesync
spec=tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs
counters="$PVFS2_BUILD/test/integration/counters"

# grows NAME COMMAND...: the servers' sum of that counter, before and after.
grows ()
{
    local name=$1 before after
    shift
    before=$(echo "sum $name" | "$counters")
    "$@" || return 1
    after=$(echo "sum $name" | "$counters")
    echo "$name: $before, then $after"
    [ "$after" -gt "$before" ]
}

create ()
{
    pvfs2-touch "$vol/$1"
}

check set-sync pvfs2-set-sync -m "$vol" -D 1 -M 1
check set-sync-had-effect grows log-flushes create synced
check set-sync-of-data-had-effect grows data-syncs eval 'echo x | pvfs2-write "$vol/x"'
check set-sync-off pvfs2-set-sync -m "$vol" -D 0 -M 0
check drop-caches pvfs2-drop-caches -m "$vol"
check drop-caches-of-one-server pvfs2-drop-caches --server "127.0.0.1:${cluster_ports[1]}"
check set-perf-interval pvfs2-set-perf-interval -m "$vol" -s 50
check set-perf-history pvfs2-set-perf-history -m "$vol" -s 20
check set-turn-off-timeouts eval 'pvfs2-set-turn-off-timeouts -m "$vol" -t 1 && pvfs2-set-turn-off-timeouts -m "$vol" -t 0'
check a-volume-by-its-address env PVFS2TAB_FILE=/dev/null PVFS2EP= pvfs2-drop-caches -m "$spec"
check unknown-server says "no such server" pvfs2-drop-caches --server 127.0.0.1:1

check set-mode-admin pvfs2-set-mode -m "$vol" -s admin
check in-admin-mode-files-can-be-read pvfs2-ls "$vol"
check in-admin-mode-nothing-is-made eval '! timeout 5 pvfs2-mkdir "$vol/refused"'
check set-mode-normal pvfs2-set-mode -m "$vol" -s normal
check in-normal-mode-it-is pvfs2-mkdir "$vol/made"

check set-eventmask pvfs2-set-eventmask -m "$vol" -e create,mkdir
pvfs2-touch "$vol/noted"
pvfs2-mkdir "$vol/noted-dir"
pvfs2-stat "$vol/noted" > /dev/null
check event-mon-shows-what-is-noted eval 'pvfs2-event-mon -m "$vol" -n 1000 | grep " create " | tail -n 1 | grep " ok$"'
check event-mon-shows-only-that eval '! pvfs2-event-mon -n 3 | tail -n 3 | grep " lookup "'
check set-eventmask-takes-away pvfs2-set-eventmask -m "$vol" -e -mkdir
mkdirs=$(pvfs2-event-mon -n 1000 | grep -c " mkdir ")
pvfs2-mkdir "$vol/not-noted"
check_equal event-mon-does-not-show-it "$mkdirs" "$(pvfs2-event-mon -n 1000 | grep -c " mkdir ")"
check set-eventmask-all pvfs2-set-eventmask -m "$vol" -e all
check event-mon-json is_json pvfs2-event-mon -m "$vol" --json
check event-mon-of-one-server eval '[ $(pvfs2-event-mon -s "127.0.0.1:${cluster_ports[1]}" -n 5 | wc -l) -le 5 ]'

check_equal perf-mon-lists-all-servers 4 "$(pvfs2-perf-mon -m "$vol" -n 1 | grep -c '^tcp://')"
check_equal perf-mon-twice 10 "$(pvfs2-perf-mon -m "$vol" -n 2 -i 1 | grep -c '[Ss]erver\|^tcp')"
check perf-mon-timers eval 'pvfs2-perf-mon -m "$vol" -n 1 -t | grep -q " create "'
lines=lines check perf-mon-json is_json pvfs2-perf-mon -m "$vol" -n 1 --json
made_files ()
{
    pvfs2-perf-mon -m "$vol" -n 1 --json | grep -o '"creates": [0-9]*' | sed 's/.*: //' | paste -sd+ | sed 's/.*/echo $((&))/' | sh
}
before=$(made_files)
pvfs2-touch "$vol/c1" "$vol/c2" "$vol/c3"
check_equal perf-mon-counts-creates 3 $(($(made_files) - before))

check get-uid eval 'pvfs2-get-uid -m "$vol" -t 60 | grep -q "UID: 0 "'
check get-uid-json is_json pvfs2-get-uid --json
check_equal get-uid-of-one-server 1 "$(pvfs2-get-uid -s "127.0.0.1:${cluster_ports[2]}" | grep -c ^Server)"
check_equal get-uid-of-several-servers "tcp://127.0.0.1:${cluster_ports[2]} tcp://127.0.0.1:${cluster_ports[0]} tcp://127.0.0.1:${cluster_ports[1]}" \
    "$(pvfs2-get-uid -s "127.0.0.1:${cluster_ports[2]},tcp://127.0.0.1:${cluster_ports[0]}" -s "127.0.0.1:${cluster_ports[1]}" | sed -n 's/^Server: //p' | paste -sd' ')"
check get-uid-of-a-server-that-is-none says "no such server" pvfs2-get-uid -s "127.0.0.1:${cluster_ports[2]}" -s nonsense:1
check get-uid-by-number eval 'pvfs2-get-uid -f "$(pvfs2-stat "$vol" | sed -n "s/.*FS ID *: //p")" | grep -q ^Server'
check get-uid-of-an-unknown-number says "no configured file system" pvfs2-get-uid -f 77

check check-server pvfs2-check-server -h 127.0.0.1 -f pvfs2-fs -n tcp -p "${cluster_ports[3]}"
check check-server-of-another-name says "/other:" pvfs2-check-server -h 127.0.0.1 -f other -p "${cluster_ports[3]}" -t 2

# ---- objects ---------------------------------------------------------------------------------------

pvfs2-mkdir "$vol/o"
head -c 1000000 /dev/urandom > data
check write-of-standard-input eval 'pvfs2-write -n 3 -s 64K "$vol/o/data" < data'
check write-is-equal eval 'pvfs2-cp "$vol/o/data" back && cmp data back'
check write-replaces eval 'echo short | pvfs2-write "$vol/o/data" && pvfs2-cp "$vol/o/data" back && [ "$(cat back)" = short ]'
check write-of-a-pipe eval 'cat data data | pvfs2-write "$vol/o/twice" && pvfs2-cp "$vol/o/twice" back && cat data data | cmp - back'
check_equal write-of-zeros "3000000" "$(pvfs2-write -z 3000000 "$vol/o/zeros" && pvfs2-stat "$vol/o/zeros" | sed -n 's/.*Size *: //p')"
check write-of-zeros-are-zeros eval 'pvfs2-cp "$vol/o/zeros" back && cmp -n 3000000 back /dev/zero'
check_equal write-of-zeros-as-an-operand "2048" "$(pvfs2-write "$vol/o/zeros" 2K && pvfs2-stat "$vol/o/zeros" | sed -n 's/.*Size *: //p')"
check write-of-no-size misuse "not a size" pvfs2-write "$vol/o/zeros" many
check write-of-two-sizes misuse "exclude each other" pvfs2-write -z 1 "$vol/o/zeros" 2
check write-timing eval 'pvfs2-write -t -z 10K "$vol/o/z" | grep -q "^Wrote 10240 bytes"'
check write-to-a-local-file eval 'pvfs2-write local < data && cmp data local'
check write-to-a-directory says "s a directory" pvfs2-write "$vol/o"
check write-to-nowhere says "No such file" pvfs2-write -z 1 "$vol/none/x"
check_equal write-leaves-no-temporary 0 "$(pvfs2-ls -A "$vol/o" | grep -c pvfs2-cp)"

check_equal lsplus-is-ls "$(pvfs2-ls "$vol/o")" "$(pvfs2-lsplus "$vol/o")"
check_equal lsplus-l-is-ls-l "$(pvfs2-ls -l "$vol/o")" "$(pvfs2-lsplus -l "$vol/o")"
check lsplus-of-nothing says "No such file" pvfs2-lsplus "$vol/none"

pvfs2-write -n 4 "$vol/o/four" < data
pvfs2-xattr -s -k user.note -v hello "$vol/o/four"
pvfs2-ln -s four "$vol/o/link"
check_equal dump-of-a-file "4" "$(pvfs2-dump "$vol/o/four" | grep -c '^  datafile')"
check dump-names-attributes eval 'pvfs2-dump "$vol/o/four" | grep -q "^  xattr user.note: [56] bytes"'
check_equal dump-of-a-directory "1" "$(pvfs2-dump "$vol/o" | grep -c '^  bucket')"
check dump-of-a-link eval 'pvfs2-dump "$vol/o/link" | grep -q "^  target: four"'
check_equal dump-by-handle "file" "$(pvfs2-dump -m "$vol" -o "$(handle_of "$vol/o/four")" | sed -n 's/^  type: //p')"
datafile=$(pvfs2-dump "$vol/o/four" | sed -n 's/^  datafile 2: \([0-9]*\) .*/\1/p')
check_equal dump-of-a-datafile "datafile" "$(pvfs2-dump -m "$vol" -o "$datafile" | sed -n 's/^  type: //p')"
check dump-json is_json pvfs2-dump --json "$vol/o" "$vol/o/four" "$vol/o/link" "$vol"
check dump-of-nothing-there says "No such file" pvfs2-dump "$vol/none"
check dump-of-a-handle-of-nobody says "pvfs2-dump: 5" pvfs2-dump -m "$vol" -o 5

check_equal fs-dump-finds-each-name "$(pvfs2-ls -AR "$vol" | grep -c '^[^/]')" "$(pvfs2-fs-dump -m "$vol" | grep -c ' /.')"
check_equal fs-dump-leaves-nothing-over 0 "$(pvfs2-fs-dump -m "$vol" | grep -c 'without a name')"
lines=lines check fs-dump-json is_json pvfs2-fs-dump -m "$vol" --json
graph ()
{
    pvfs2-fs-dump -m "$vol" -d -k -f Sans > tree.dot || return 1
    grep -q 'fontname="Sans"' tree.dot && grep -q cluster_key tree.dot && [ "$(tail -n 1 tree.dot)" = "}" ] || return 1
    ! command -v dot > /dev/null || dot -Tsvg tree.dot > /dev/null
}
check fs-dump-graph graph

root=$(handle_of "$vol")
pvfs2-touch "$vol/lost"
lost=$(handle_of "$vol/lost")
check remove-object-of-a-name pvfs2-remove-object -m "$vol" -p "$root" -d lost
check the-name-is-gone says "No such file" pvfs2-stat "$vol/lost"
check fs-dump-shows-what-has-no-name eval 'pvfs2-fs-dump -m "$vol" | grep -q "^$lost file .* without a name"'
check remove-object pvfs2-remove-object -m "$vol" -o "$lost"
check the-object-is-gone eval '! pvfs2-dump -m "$vol" -o "$lost" > /dev/null'
check remove-object-of-nothing-there says "$lost:" pvfs2-remove-object -m "$vol" -o "$lost"
check remove-object-spares-the-root says "root directory" pvfs2-remove-object -m "$vol" -o "$root"
check remove-object-of-a-free-name says "No such file" pvfs2-remove-object -m "$vol" -p "$root" -d none

# ---- who may not, and who does not answer ------------------------------------------------------------

as_nobody ()
{
    setpriv --reuid=65534 --regid=65534 --clear-groups env -u PVFS2TAB_FILE PVFS2TAB_FILE=/dev/null "$@"
}
if command -v setpriv > /dev/null && as_nobody pvfs2-check-server -h 127.0.0.1 -f pvfs2-fs -p "${cluster_ports[0]}"; then
    for tool in "set-mode -s admin" "set-sync -D 1" "set-perf-interval -s 5" "set-perf-history -s 5" "set-turn-off-timeouts -t 1" \
        "set-eventmask -e none" "drop-caches" "perf-mon -n 1" "event-mon" "get-uid" "fs-dump"; do
        # shellcheck disable=SC2086
        check "only-root-may-${tool%% *}" says "only root may" as_nobody pvfs2-$tool -m "$spec"
    done
    check only-root-may-remove-object says "only root may" as_nobody pvfs2-remove-object -m "$spec" -o "$root"
else
    skip only-root-may "another user cannot be taken on here"
fi

server_stop 3
down=tcp://127.0.0.1:${cluster_ports[3]}
for tool in "set-sync -D 1" "drop-caches" "perf-mon -n 1" "event-mon" "get-uid" "fs-dump"; do
    # shellcheck disable=SC2086
    check "${tool%% *}-names-the-server-that-is-down" says "$down" pvfs2-$tool -m "$vol" --timeout 1
done
check_equal the-others-are-shown 3 "$(pvfs2-perf-mon -m "$vol" -n 1 --timeout 1 2> /dev/null | grep -c '^tcp://')"
check check-server-of-one-that-is-down says "$down/pvfs2-fs" pvfs2-check-server -h 127.0.0.1 -f pvfs2-fs -p "${cluster_ports[3]}" -t 1
server_start 3
check drop-caches-when-it-is-back pvfs2-drop-caches -m "$vol"

check servers-end-well cluster_stop
finish
