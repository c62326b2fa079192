#!/bin/bash
# Directories that spread over servers in their own way (pvfs2-mkdir -i, -x, -s): on how many at once, on how many at most, and how many entries split
# a part; nobody else follows them, and they keep it through restarts, kills and whatever is changed of them.

. "$PVFS2_SRC/test/integration/mount-lib.sh"

cluster_start 4 --distrdir-split-size 30

buckets ()
{
    "$helpers/fsck-damage" "$vol" buckets "$vol/$1"
}

has_buckets ()
{
    [ "$(buckets "$1")" = "$2" ]
}

has_several ()
{
    [ "$(buckets "$1")" -gt 1 ]
}

# servers DIR: on how many it lies.
servers ()
{
    pvfs2-dump "$vol/$1" | sed -n 's/^  bucket .* on //p' | sort -u | wc -l
}

# make DIR FIRST LAST
make ()
{
    local i names=()
    for ((i = $2; i <= $3; i++)); do
        names+=("$vol/$1/f$i")
    done
    pvfs2-touch "${names[@]}"
}

spreads ()
{
    pvfs2-stat "$vol/$1" | sed -n 's/^  Spreads   : //p'
}

# status STATUS TEXT COMMAND...: ends so, with that text in what it prints.
status ()
{
    local want=$1 text=$2 said status
    shift 2
    said=$("$@" 2>&1)
    status=$?
    echo "$said"
    [ $status -eq "$want" ] && [[ $said = *"$text"* ]]
}

restart_all ()
{
    local n
    for n in 0 1 2 3; do
        server_kill $n || return
    done
    for n in 0 1 2 3; do
        server_start $n || return
    done
}

fsck_is_clean ()
{
    pvfs2-fsck -m "$vol" --offline > fsck.said 2>&1 && return
    cat fsck.said
    return 1
}

# ---- what was chosen governs -----------------------------------------------------------------------

check made-with-four-at-once pvfs2-mkdir -i 4 "$vol/four"
check lies-on-four-without-an-entry wait_until 20 has_buckets four 4
check_equal each-on-another-server 4 "$(servers four)"
check also-with-parents pvfs2-mkdir -p -i 3 -x 3 "$vol/parent/three"
check those-that-lie-below-have-it wait_until 20 has_buckets parent/three 3
check parents-have-it-not has_buckets parent 1

pvfs2-mkdir "$vol/plain"
pvfs2-mkdir -x 1 -s 10 "$vol/whole"
pvfs2-mkdir -s 5 "$vol/five"
check entries-in-five make five 1 5
check splits-at-five wait_until 20 has_several five
check five-entries-elsewhere make plain 1 5
check entries-in-whole make whole 1 35
check the-file-system-s-own-begins-at-thirty has_buckets plain 1
check and-is-split-there eval 'make plain 6 30 && wait_until 20 has_several plain'
check whole-is-never-split has_buckets whole 1

pvfs2-mkdir -i 2 -x 4 -s 3 "$vol/elsewhere"
check begins-with-two wait_until 20 has_buckets elsewhere 2
check grows-to-its-most eval 'make elsewhere 1 24 && wait_until 20 has_buckets elsewhere 4'

# ---- it can be asked for ---------------------------------------------------------------------------

check_equal told-as-chosen "at once 1, at most 1 servers; split at 10 entries" "$(spreads whole)"
check_equal what-was-not-given-is-the-file-system-s "at once 1, at most 4 servers; split at 5 entries" "$(spreads five)"
check_equal all-else-is-the-file-system-s "at once 1, at most 4 servers; split at 30 entries" "$(spreads plain)"
check told-as-json eval 'pvfs2-dump --json "$vol/elsewhere" | grep -q "\"servers_initial\": 2, \"servers_max\": 4, \"split_size\": 3"'
check a-file-has-none eval '[ -z "$(spreads five/f1)" ]'
check not-inherited eval 'pvfs2-mkdir "$vol/whole/child" && [ "$(spreads whole/child)" = "at once 1, at most 4 servers; split at 30 entries" ]'

# ---- it stays --------------------------------------------------------------------------------------

before=$(spreads five; spreads whole; spreads elsewhere)
check promised-right-before-a-kill pvfs2-mkdir -i 4 "$vol/promised"
check restart restart_all
check_equal told-as-before "$before" "$(spreads five; spreads whole; spreads elsewhere)"
check the-promise-is-kept wait_until 20 has_buckets promised 4
check whole-stays-whole eval 'make whole 36 50 && pvfs2-mkdir -s 3 "$vol/later" && make later 1 3 && wait_until 20 has_several later && has_buckets whole 1'
check changes-leave-it eval 'pvfs2-chmod 700 "$vol/elsewhere" && pvfs2-xattr -s -k user.a -v b "$vol/elsewhere" && pvfs2-xattr -r -k user.a "$vol/elsewhere" &&
    [ "$(spreads elsewhere)" = "at once 2, at most 4 servers; split at 3 entries" ]'
check moves-leave-it eval 'pvfs2-mv "$vol/whole" "$vol/parent/moved" && [ "$(spreads parent/moved)" = "at once 1, at most 1 servers; split at 10 entries" ]'
check all-parts-know-the-same fsck_is_clean
check removed-as-any-other eval 'pvfs2-rm -r "$vol/four" "$vol/elsewhere" "$vol/promised" && fails pvfs2-stat "$vol/four"'

# ---- what is refused -------------------------------------------------------------------------------

check no-server-is-refused status 2 "-i 0: not a number above 0" pvfs2-mkdir -i 0 "$vol/bad"
check no-server-at-most-is-refused status 2 "-x 0: not a number above 0" pvfs2-mkdir -x 0 "$vol/bad"
check no-entry-is-refused status 2 "-s 0: not a number above 0" pvfs2-mkdir -s 0 "$vol/bad"
check more-at-once-than-at-most-is-refused status 2 "more servers at once than -x 2" pvfs2-mkdir -i 3 -x 2 "$vol/bad"
check too-many-are-refused status 2 "-x: more than 65536 servers" pvfs2-mkdir -x 65537 "$vol/bad"
check too-large-a-part-is-refused status 2 "-s: more than 2147483647 entries" pvfs2-mkdir -s 2147483648 "$vol/bad"
check more-at-once-than-the-file-system-s-most-is-refused status 1 "-i is more than the file system's DistrDirServersMax: give -x too" pvfs2-mkdir -i 5 "$vol/bad"
check nothing-was-made fails pvfs2-stat "$vol/bad"
check more-than-there-are-is-no-failure eval 'pvfs2-mkdir -i 9 -x 9 "$vol/nine" && wait_until 20 has_buckets nine 4'

check servers-end-well cluster_stop
finish
