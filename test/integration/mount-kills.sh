#!/bin/bash
# Names and contents change through two mounts while servers die and come back: no program sees an error, nothing is lost or done twice.
#
#     KILLS    how many (5), one server at random each

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
echo "# SEED=${SEED:=$RANDOM}"
RANDOM=$SEED

cluster_start 4
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1

# names DIR FILE: makes, renames and removes until there is FILE; prints how often.
names ()
{
    local d=$1 i
    mkdir "$d"
    for ((i = 0;; i++)); do
        [ ! -e "$2" ] || break
        echo $i > "$d/a$i" && mkdir "$d/d$i" && mv "$d/a$i" "$d/d$i/b" && ln -s x "$d/l$i" && mv "$d/d$i" "$d/e$i" || return
        if ((i % 3 == 0)); then
            rm "$d/e$i/b" "$d/l$i" && rmdir "$d/e$i" || return
        fi
    done
    echo $i
}

# names_are_right DIR COUNT
names_are_right ()
{
    local d=$1 i want=0
    for ((i = 0; i < $2; i++)); do
        if ((i % 3 == 0)); then
            [ ! -e "$d/e$i" ] || { echo "$d/e$i is back"; return 1; }
        else
            [ "$(cat "$d/e$i/b")" = $i ] && [ "$(readlink "$d/l$i")" = x ] || { echo "$d/e$i is not right"; return 1; }
            want=$((want + 2))
        fi
    done
    echo "# $2 rounds"
    [ $2 -gt 0 ] && [ "$(ls -A "$d" | wc -l)" -eq $want ]
}

contents ()
{
    local seed=1
    while [ ! -e "$1" ]; do
        "$helpers/fsx" "$m1" 2000 $((seed++)) || return
    done
    echo "# $((seed - 1)) runs of fsx"
}

# lines FILE: appends a line with its number, again and again; prints how many.
lines ()
{
    local i
    for ((i = 0;; i++)); do
        [ ! -e "$1" ] || break
        echo $i >> "$m2/lines" || return
    done
    echo $i
}

some_kills ()
{
    local k victim
    for ((k = 0; k < ${KILLS:-5}; k++)); do
        sleep "1.$((RANDOM % 10))"
        victim=$((RANDOM % 4))
        server_kill $victim
        echo "# server $victim killed"
        sleep "$((RANDOM % 2)).$((RANDOM % 10))"
        server_start $victim || return
    done
}

names "$m1/n1" "$PVFS2_TMP/stop" > n1 2> n1.err & first=$!
names "$m2/n2" "$PVFS2_TMP/stop" > n2 2> n2.err & second=$!
contents "$PVFS2_TMP/stop" > fsx.log 2>&1 & third=$!
lines "$PVFS2_TMP/stop" > lines 2> lines.err & fourth=$!
check kills some_kills
touch stop
check names-on-the-first-mount-see-no-error wait $first
check names-on-the-second-mount-see-no-error wait $second
check contents-are-right wait $third
check appends-see-no-error wait $fourth
grep . n1.err n2.err fsx.log lines.err
check nothing-is-said-on-standard-error eval '! grep -q . n1.err n2.err lines.err'
sleep 1.1
check names-are-right-on-the-second-mount names_are_right "$m2/n1" "$(cat n1)"
check names-are-right-on-the-first-mount names_are_right "$m1/n2" "$(cat n2)"
check every-line-is-there-once eval 'seq 0 $(($(cat lines) - 1)) | cmp - "$m1/lines"'
check everything-can-be-removed eval 'rm -rf "$m1"/* && [ -z "$(ls -A "$m1")" ]'
# (A server that has just started keeps what loses its last name for half a minute.)
check bytestreams-go-too wait_until 50 eval '[ "$(find "$cluster/storage" -name "*.bstream" | wc -l)" -eq 0 ]'
check umount-of-both eval 'unmount "$m1" && unmount "$m2"'
check servers-end-well cluster_stop
finish
