#!/bin/bash
# Directories over several servers: they are split while others create, remove and list in them; permissions hold in all their parts; a split that is
# cut off by kills is finished. Splits come after some hundred entries here instead of 10,000.
#
#     FILES     (1200)  in one directory
#     ROUNDS    (4)     of kills

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
: "${FILES:=1200}" "${ROUNDS:=4}"
split=150
chmod 711 "$PVFS2_TMP"

cluster_start 4 --notrovesync --distrdir-split-size $split
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1

buckets ()
{
    "$helpers/fsck-damage" "$vol" buckets "$vol/$1"
}

has_buckets ()
{
    [ "$(buckets "$1")" = "$2" ]
}

# make DIR PREFIX FIRST LAST
make ()
{
    local i
    for ((i = $3; i <= $4; i++)); do
        : > "$1/$2$i" || return
    done
}

# names DIR: how many, each once
names ()
{
    local all
    all=$(ls -U "$1") && [ "$(sort -u <<< "$all" | wc -l)" -eq "$(wc -l <<< "$all")" ] && wc -l <<< "$all"
}

fsck_is_clean ()
{
    pvfs2-fsck -m "$vol" --offline > fsck.said 2>&1 && return
    cat fsck.said
    return 1
}

# ---- growing ---------------------------------------------------------------------------------------

mkdir "$m1/big" && make "$m1/big" stay 0 $((split - 60))
check begins-with-one-bucket has_buckets big 1

grow_by_both_while_it_is_listed ()
{
    local pids status=0 to
    coproc WALK { exec "$helpers/dir-walk" "$m2/big" stay $((split - 59)); }
    local walk=$WALK_PID
    make "$m1/big" a 1 $((FILES / 2)) & pids=$!
    make "$m2/big" b 1 $((FILES / 2)) & pids+=" $!"
    for pid in $pids; do
        wait "$pid" || status=1
    done
    rm -f "$m1/big"/a*5 "$m2/big"/b*7 || status=1
    to=${WALK[1]}
    exec {to}>&-
    cat <&"${WALK[0]}"
    wait "$walk" && [ $status -eq 0 ]
}
check listings-are-right-while-it-is-split grow_by_both_while_it_is_listed
check lies-on-all-servers-then wait_until 20 has_buckets big 4

expected=$((split - 59 + FILES - 2 * (FILES / 20)))
check one-mount-sees-every-name-once [ "$(names "$m1/big")" -eq $expected ]
check the-other-mount-does-too [ "$(names "$m2/big")" -eq $expected ]
check pvfs2-ls-does-too [ "$(pvfs2-ls "$vol/big" | sort -u | wc -l)" -eq $expected ]
check new-names-are-not-taken-twice eval 'for i in {1..40}; do ! mkdir "$m2/big/stay$i" 2> /dev/null || exit; done'
check fsck-is-clean fsck_is_clean

half_and_half ()
{
    local line to
    coproc HALF { exec "$helpers/dir-walk" "$m1/big" stay $((split - 59)) half; }
    local walk=$HALF_PID
    read -r line <&"${HALF[0]}"
    server_kill 1 && server_start 1 && server_kill 2 && server_start 2 || return
    to=${HALF[1]}
    exec {to}>&-
    wait "$walk" && [ "$line" = half ]
}
check a-listing-survives-restarts half_and_half

# ---- what a directory is ---------------------------------------------------------------------------

counts_links ()
{
    local i links
    links=$(stat -c %h "$m1/big")
    for i in {1..12}; do
        mkdir "$m1/big/sub$i" || return
    done
    [ "$(stat -c %h "$m1/big")" -eq $((links + 12)) ] || return
    sleep 1.1       # attributes of the other mount's cache
    [ "$(stat -c %h "$m2/big")" -eq $((links + 12)) ] && rmdir "$m1/big"/sub* && [ "$(stat -c %h "$m1/big")" -eq "$links" ]
}
check links-are-counted-over-all-buckets counts_links

times_change ()
{
    local i before after
    for i in {1..8}; do
        before=$(stat -c %.Y:%.Z "$m1/big") && sleep 0.02 && : > "$m1/big/time$i" && after=$(stat -c %.Y:%.Z "$m1/big") || return
        [[ ${before%:*} < ${after%:*} && ${before#*:} < ${after#*:} ]] || { echo "$before $after"; return 1; }
    done
    touch -d '2001-02-03 04:05:06' "$m1/big" && [ "$(stat -c %Y "$m1/big")" -eq "$(date -d '2001-02-03 04:05:06' +%s)" ] && rm "$m1/big"/time?
}
check times-change-with-any-bucket times_change

as_user ()
{
    setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
}

# How many of 40 new names the user can make.
can_make ()
{
    as_user bash -c 'n=0; for i in {1..40}; do { : > "$1/by-user.$i"; } 2> /dev/null && n=$((n + 1)); done; echo $n' - "$1"
}
chmod 755 "$m1" "$m1/big"
check permissions-hold-in-all-buckets [ "$(can_make "$m1/big")" -eq 0 ]
check wider-ones-too eval 'chmod 777 "$m1/big" && [ "$(can_make "$m1/big")" -eq 40 ]'
check and-narrower-ones-at-once eval 'rm "$m1/big"/by-user.*; chmod 700 "$m1/big" && [ "$(can_make "$m1/big")" -eq 0 ]'
check access-lists-hold-in-all-buckets eval 'setfacl -m u:12345:rwx "$m1/big" && [ "$(can_make "$m1/big")" -eq 40 ] && rm "$m1/big"/by-user.*'
check default-lists-are-inherited-in-all-buckets \
    eval 'setfacl -d -m u:12346:rwx "$m1/big" && make "$m1/big" acl 1 40 && [ "$(getfacl -cp "$m1/big"/acl* | grep -c 12346)" -eq 40 ]'
check striping-hints-hold-in-all-buckets eval 'setfattr -n user.pvfs2.num_dfiles -v 1 "$m1/big" && make "$m1/big" hint 1 40 &&
    [ "$(for i in {1..40}; do pvfs2-stat "$vol/big/hint$i"; done | grep -ic "datafiles.*: *1\$")" -eq 40 ]'
setfacl -b "$m1/big"
chmod 755 "$m1/big"

# ---- renames and removal ---------------------------------------------------------------------------

renames ()
{
    local i
    mkdir "$m1/other" && for i in {1..60}; do
        mv "$m1/big/a$i" "$m1/other/" 2> /dev/null || [ $((i % 10)) -eq 5 ] || return
    done
    for i in {1..60}; do
        mv "$m2/other/a$i" "$m2/big/back$i" 2> /dev/null || [ $((i % 10)) -eq 5 ] || return
    done
    [ -z "$(ls "$m1/other")" ] && [ "$(ls "$m2/big" | grep -c '^back')" -eq 54 ] && rmdir "$m1/other"
}
check renames-between-buckets-and-directories renames

check a-full-one-stays says "not empty" rmdir "$m1/big"
check and-can-be-used-then eval ': > "$m1/big/after" && rm "$m1/big/after"'
check it-is-emptied-by-two-mounts eval 'rm "$m1/big"/stay* & rm -f "$m2/big"/[!s]*; wait $! && [ -z "$(ls -A "$m1/big")" ]'
check another-directory-may-replace-it eval 'mkdir "$m1/new" "$m1/new/x" && mv -T "$m1/new" "$m1/big" && [ -d "$m2/big/x" ]'
mkdir "$m1/twice" && make "$m1/twice" f 1 $((3 * split)) && rm "$m1/twice"/*
check removed-when-empty eval 'rmdir "$m1/twice" && [ ! -e "$m1/twice" ]'
check fsck-is-clean-again fsck_is_clean

# ---- kills ------------------------------------------------------------------------------------------

# What was acknowledged before, in and after a round of kills must be there.
kills ()
{
    local round pid n=0
    mkdir "$m1/kill"
    for ((round = 1; round <= ROUNDS; round++)); do
        mkdir "$m1/kill/$round"
        make "$m1/kill/$round" f 1 $((3 * split)) & pid=$!
        while kill -0 $pid 2> /dev/null; do
            n=$(((n + 1) % 4))
            server_kill $n && server_start $n || return
            sleep 0.3
        done
        wait $pid || return
        [ "$(names "$m1/kill/$round")" -eq $((3 * split)) ] || { echo "round $round: $(names "$m1/kill/$round") names"; return 1; }
    done
}
check kills-of-servers-lose-no-name kills
check splits-are-finished-then wait_until 30 has_buckets kill/1 4
check and-can-be-removed rm -r "$m1/kill"
sleep 1       # datafiles elsewhere go in the background
check fsck-is-clean-after-kills fsck_is_clean

check umount eval 'unmount "$m1" && unmount "$m2"'
check servers-end-well cluster_stop
finish
