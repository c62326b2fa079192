#!/bin/bash
# What one mount sees of another's work, line by line of doc/semantics.md as far as no other suite shows it: two mounts as they
# come, and a third with cache=none. "At once" is one look; "within a time-out" is polled, and 3 s are enough for 1 s.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
m3=$PVFS2_TMP/m3

cluster_start 4 --notrovesync
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1
check mount-without-cache mount_at "$m3" cache=none || exit 1

# open_by DIR/FILE: opens it in another process; then each "now_reads TEXT" reads its first line through that descriptor.
open_by ()
{
    coproc FOLLOW { exec "$helpers/mount-tool" follow "$1"; }
    follow_pid=$FOLLOW_PID
}

now_reads ()
{
    local line
    echo >&"${FOLLOW[1]}" && read -r line <&"${FOLLOW[0]}" && [ "$line" = "$1" ]
}

close_it ()
{
    local to=${FOLLOW[1]}
    exec {to}>&-
    wait "$follow_pid" 2> /dev/null
}

# overwrite TEXT FILE: in place, without truncation.
overwrite ()
{
    printf '%s\n' "$1" | dd of="$2" conv=notrunc status=none
}

attribute_is ()
{
    [ "$(stat -c "$1" "$2")" = "$3" ]
}

# ---- names -----------------------------------------------------------------------------------------

# A name that was missing a moment ago.
create_at_once ()
{
    local i
    for i in {1..20}; do
        [ ! -e "$m2/new.$i" ] && [ ! -e "$m2/newdir.$i" ] && echo "$i" > "$m1/new.$i" && mkdir "$m1/newdir.$i" &&
            [ "$(cat "$m2/new.$i")" = "$i" ] && [ -d "$m2/newdir.$i" ] || return
    done
}

hard_link_at_once ()
{
    [ ! -e "$m2/linked" ] && ln "$m1/new.1" "$m1/linked" && [ "$(cat "$m2/linked")" = 1 ]
}

listing_at_once ()
{
    local i
    mkdir "$m1/list"
    for i in {1..10}; do
        ls "$m2/list" > /dev/null && touch "$m1/list/$i" && ls "$m2/list" | grep -qx "$i" &&
            rm "$m1/list/$i" && ! ls "$m2/list" | grep -qx "$i" || return
    done
}

removed_within_the_time_out ()
{
    [ -e "$m2/new.2" ] && [ -d "$m2/newdir.2" ] && rm "$m1/new.2" && rmdir "$m1/newdir.2" &&
        wait_until 3 eval '[ ! -e "$m2/new.2" ] && [ ! -e "$m2/newdir.2" ]'
}

removed_is_not_opened ()
{
    [ -e "$m2/new.3" ] && rm "$m1/new.3" && says "No such file" cat "$m2/new.3"
}

renamed_within_the_time_out ()
{
    [ -e "$m2/new.4" ] && mv "$m1/new.4" "$m1/renamed" && [ "$(cat "$m2/renamed")" = 4 ] && wait_until 3 eval '[ ! -e "$m2/new.4" ]'
}

replaced_is_opened_anew ()
{
    local i
    for i in {1..20}; do
        cat "$m2/replaced" 2> /dev/null
        echo "$i" > "$m1/replacement" && mv "$m1/replacement" "$m1/replaced" && [ "$(cat "$m2/replaced")" = "$i" ] || return
    done
}

exclusive_create ()
{
    local i
    for i in {1..20}; do
        (set -C; : > "$m1/exclusive.$i") 2> /dev/null && (set -C; fails eval ': > "$m2/exclusive.$i"') 2> /dev/null || return
    done
}

check create-is-seen-at-once create_at_once
check hard-link-is-seen-at-once hard_link_at_once
check a-listing-is-never-old listing_at_once
check removal-is-seen-within-the-entry-time-out removed_within_the_time_out
check a-removed-name-opens-nothing removed_is_not_opened
check rename-is-seen-within-the-entry-time-out renamed_within_the_time_out
check a-replaced-name-opens-the-new-file replaced_is_opened_anew
check only-one-mount-creates-exclusively exclusive_create

# ---- data and attributes ---------------------------------------------------------------------------

open_file_follows ()
{
    echo one > "$m1/open" && open_by "$m2/open" && now_reads one && overwrite two "$m1/open" && wait_until 3 now_reads two
}

attributes_within_the_time_out ()
{
    touch "$m1/attr" && attribute_is %a "$m2/attr" 644 && chmod 600 "$m1/attr" && truncate -s 12345 "$m1/attr" &&
        wait_until 3 attribute_is "%a %s" "$m2/attr" "600 12345"
}

# The last strip only: no other server than that one has seen the write.
mtime_of_a_striped_file ()
{
    local before
    head -c 300000 /dev/zero > "$m1/striped" && touch -d @1000000000 "$m1/striped" && before=$(stat -c %.9Y "$m3/striped") &&
        [ "$before" = 1000000000.000000000 ] &&
        printf x | dd of="$m1/striped" bs=1 seek=299999 conv=notrunc status=none &&
        [ "$(stat -c %Y "$m3/striped")" -gt 1000000000 ] && wait_until 3 eval '[ "$(stat -c %Y "$m2/striped")" -gt 1000000000 ]'
}

lines_of ()
{
    local i
    for i in {1..50}; do
        echo "$1 $i" >> "$m1/lines" || return
    done
}

# Four programs, each line with an open of its own.
appends_of_one_mount ()
{
    local n pids=() pid
    for n in {1..4}; do
        lines_of "$n" & pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || return
    done
    [ "$(sort -u "$m2/lines" | wc -l) $(wc -l < "$m2/lines")" = "200 200" ]
}

check an-open-file-follows-within-the-attribute-time-out open_file_follows
close_it
check attributes-are-seen-within-the-attribute-time-out attributes_within_the_time_out
check mtime-of-a-striped-file-is-that-of-its-last-write mtime_of_a_striped_file
check appends-of-one-mount-lose-nothing appends_of_one_mount

# ---- locks -----------------------------------------------------------------------------------------

# The other process is ready when its lock is there.
locked_here ()
{
    touch "$m1/lock" && exec 6> "$m1/lock" && flock -n 6 && fails flock -n "$m1/lock" true && flock -n "$m2/lock" true
}

if has flock locks; then
    check a-lock-holds-on-its-own-mount-only locked_here
    exec 6>&-
    check a-lock-ends-with-its-file flock -n "$m1/lock" true
fi

# ---- cache=none ------------------------------------------------------------------------------------

write_is_seen_when_it_returns ()
{
    local i
    echo "round 0" > "$m1/strict" && open_by "$m3/strict" || return
    for i in {1..30}; do
        overwrite "round $i" "$m1/strict" && now_reads "round $i" || return
    done
}

names_at_once ()
{
    local i
    for i in {1..10}; do
        echo "$i" > "$m1/old.$i" && [ -e "$m3/old.$i" ] && mv "$m1/old.$i" "$m1/other.$i" && [ ! -e "$m3/old.$i" ] &&
            [ "$(cat "$m3/other.$i")" = "$i" ] && rm "$m1/other.$i" && [ ! -e "$m3/other.$i" ] || return
    done
}

attributes_at_once ()
{
    local i
    touch "$m1/exact"
    for i in {1..10}; do
        truncate -s "$i" "$m1/exact" && chmod "60$((i % 8))" "$m1/exact" && attribute_is "%s %a" "$m3/exact" "$i 60$((i % 8))" || return
    done
}

check without-cache-a-write-is-seen-when-it-returns write_is_seen_when_it_returns
close_it
check without-cache-names-are-seen-at-once names_at_once
check without-cache-attributes-are-seen-at-once attributes_at_once

check umount-of-all eval 'unmount "$m1" && unmount "$m2" && unmount "$m3"'
check servers-end-well cluster_stop
finish
