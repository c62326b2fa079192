#!/bin/bash
# pvfs2-fsck and pvfs2-validate against four servers: each kind of damage is found by its name, a dry run changes nothing, a repair leaves a
# clean file system; a healthy one is clean, also under a storm of names; a check that is killed leaves nothing behind.
#
#     ORPHANS   (60)  files without a name in the rounds of kill -9
#     SECONDS_OF_STORM (6)

. "$PVFS2_SRC/test/integration/mount-lib.sh"

damage ()
{
    "$helpers/fsck-damage" "$vol" "$@"
}

# fsck STATUS FLAG...
fsck ()
{
    local want=$1 status
    shift
    pvfs2-fsck -m "$vol" "$@" > said 2>&1
    status=$?
    [ $status -eq "$want" ] && return
    echo "status $status instead of $want of pvfs2-fsck $*:"
    cat said
    return 1
}

found ()
{
    grep -q "^$1: " said && return
    echo "$1 was not found:"
    cat said
    return 1
}

dry_run_changes_nothing ()
{
    damage dump > before
    fsck 4 --offline --dry-run && found "$1" && damage dump | cmp before -
}

repair_of ()
{
    fsck 1 --offline --repair && found "$1" && ! grep "left as it is" said && fsck 0 --offline
}

# one KIND[.VARIANT]
one ()
{
    local kind=${1%%.*}
    check "damage-$1" damage "$1" || return
    check "found-$1" dry_run_changes_nothing "$kind"
    check "repaired-$1" repair_of "$kind"
}

# one KIND!: cannot be repaired
one_without_repair ()
{
    local kind=${1%!}
    check "damage-$kind" damage "$1" || return
    check "found-$kind" dry_run_changes_nothing "$kind"
    check "left-$kind" eval "fsck 4 --offline --repair && found $kind && grep -q '^$kind.*left as it is' said"
}

tree ()
{
    local i
    for i in 1 2 3 4 5 6; do
        pvfs2-mkdir "$vol/d$i" "$vol/d$i/sub" && pvfs2-touch "$vol/d$i/"{1..40} && pvfs2-ln -s "../d1" "$vol/d$i/link" \
            && pvfs2-ln "$vol/d$i/1" "$vol/d1/hard$i" && pvfs2-cp big "$vol/d$i/big" && pvfs2-xattr -s -k user.a -v b "$vol/d$i/2" || return
    done
}

json_is_said ()
{
    fsck 0 --json && python3 -m json.tool < said > /dev/null 2>&1 || { command -v python3 > /dev/null; [ $? -ne 0 ]; } || { cat said; return 1; }
    grep -q '"findings": \[\]' said
}

# ---- what is healthy ---------------------------------------------------------------------------------

# Small pools, so that a look is short.
cluster_config 4 --notrovesync || bail_out config-is-written
sed -i 's/^\( *\)<Defaults>/&\n\1    PrecreateBatchSize 0,64,64,64,32,64,0\n\1    PrecreateLowThreshold 0,16,16,16,8,16,0/' "$cluster/fs.conf"
for i in 0 1 2 3; do
    server_format $i && server_start $i || bail_out servers-start "server $i"
done
head -c 1000000 /dev/urandom > big
check tree-is-made tree
check healthy-tree-is-clean fsck 0
check healthy-tree-is-clean-offline fsck 0 --offline
check repair-of-a-healthy-tree-changes-nothing eval 'damage dump > before; fsck 0 --offline --repair && damage dump | cmp before -'
check json json_is_said
check validate-of-a-healthy-tree pvfs2-validate "$vol/d1"
check validate-of-a-path-behind-d pvfs2-validate -d "$vol/d1"
check_fails validate-of-two-paths 2 pvfs2-validate -d "$vol/d1" "$vol/d2"
check validate-of-a-file pvfs2-validate "$vol/d1/big"
check written-datafiles-name-their-file damage owners

# ---- how far it is ---------------------------------------------------------------------------------------

# What is found is looked at three times, a second apart: long enough for a line.
slow_fsck_on_a_terminal ()
{
    on_a_terminal "pvfs2-fsck -m $vol $*" > said
}

check damage-that-takes-time damage orphan-file for-progress
if command -v script > /dev/null; then
    check phases-and-counts-are-shown eval 'slow_fsck_on_a_terminal --offline; [ $? -eq 4 ] && slow_fsck_on_a_terminal
        grep -aq "look 1, checking:  100% \[=*\]  [0-9]* objects" said && grep -aq "look 3, checking" said'
    check the-line-gives-way-to-findings grep -aq "K\?orphan-file: .* has no name.*" said
    check no-line-if-not-wanted eval 'slow_fsck_on_a_terminal --no-progress; ! grep -a look said'
    check no-line-with-json eval 'slow_fsck_on_a_terminal --json; ! grep -a look said'
    check validate-shows-them-too eval 'on_a_terminal "pvfs2-validate --progress $vol/d1" | grep -q "look 1, checking:  100% .*objects"'
else
    skip phases-and-counts-are-shown "needs script(1)"
fi
check no-line-without-a-terminal eval 'pvfs2-fsck -m "$vol" 2> said; [ ! -s said ]'
check lines-without-a-terminal-if-wanted eval 'pvfs2-fsck -m "$vol" --progress 2>&1 > /dev/null | grep -q "^look 3, checking:  100% "'
check the-damage-is-repaired fsck 1 -p

# ---- damage ------------------------------------------------------------------------------------------

mapfile -t kinds < <(damage kinds)
check there-are-kinds [ ${#kinds[@]} -gt 30 ]
for kind in "${kinds[@]}"; do
    case $kind in
        *!) ;;
        *) one "$kind" ;;
    esac
done

in_lost_and_found ()
{
    local name
    for name in $(pvfs2-ls "$vol/lost+found"); do
        pvfs2-cp "$vol/lost+found/$name" content 2> /dev/null && [ "$(tr -d x < content | wc -c)" -eq 0 ] && [ "$(wc -c < content)" -eq 300000 ] && return
    done
    return 1
}
check orphans-are-in-lost+found in_lost_and_found
check the-tree-is-as-it-was eval 'pvfs2-cp "$vol/d3/big" again && cmp big again && [ $(pvfs2-ls "$vol/d3" | wc -l) -eq 43 ]'

# ---- all at once ----------------------------------------------------------------------------------------

damage_all ()
{
    local kind
    for kind in "${kinds[@]}"; do
        case $kind in
            *! | *intent | missing-root) ;;
            *) damage "$kind" "all-$kind" || return ;;
        esac
    done
}

validate_finds ()
{
    pvfs2-validate "$vol/all-entry-count" > said
    [ $? -eq 4 ] && found entry-count && [ "$(wc -l < said)" -eq 2 ]
}

check all-kinds-at-once damage_all
check validate-finds-what-is-below-its-path validate_finds
check and-no-root damage missing-root all-missing-root
check all-are-repaired-online eval 'fsck 1 --repair && ! grep "left as it is" said && fsck 0'

# ---- killed -----------------------------------------------------------------------------------------------

orphans=${ORPHANS:-60}

# Killed sooner, then later, until one run gets to its end; what was held back goes on at once.
kill_rounds ()
{
    local pid ms status n=0
    for ((ms = 20; ms < 60000; ms += 30 + ms / 10)); do
        pvfs2-fsck -m "$vol" --offline --repair > said 2>&1 &
        pid=$!
        sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
        kill -KILL $pid 2> /dev/null
        wait $pid 2> /dev/null
        status=$?
        [ $status -ne 137 ] && break
        n=$((n + 1))
        timeout 5 pvfs2-touch "$vol/d1/after-kill" || return
    done
    echo "# killed $n times"
    [ $n -gt 2 ] && [ $status -le 1 ]
}

check orphans-are-made damage orphans "$orphans"
before=$(pvfs2-ls "$vol/lost+found" | wc -l)
check killed-at-any-point-it-goes-on kill_rounds
check clean-after-kills fsck 0
check all-orphans-have-names-again [ $(($(pvfs2-ls "$vol/lost+found" | wc -l) - before)) -eq "$orphans" ]

# ---- a storm of names ---------------------------------------------------------------------------------------

storm_round ()
{
    local pids=() places=() i m status=0
    rm -f stop
    for i in 0 1 2 3; do
        m=$m1
        [ $i -lt 2 ] || m=$m2
        places[i]=$m
        mkdir "$m/storm.$i" && "$helpers/name-storm" run "$m/storm.$i" "log.$i" "$PVFS2_TMP/stop" $((RANDOM + i)) &
        pids[i]=$!
    done
    local end=$((SECONDS + ${SECONDS_OF_STORM:-6}))
    while [ $SECONDS -lt $end ]; do
        fsck 0 || status=1
        fsck 0 --offline --repair || status=1
        pvfs2-validate "$vol/storm.1" || status=1
    done
    damage orphan-file in-the-storm && fsck 1 --repair && found orphan-file || status=1
    touch stop
    for i in 0 1 2 3; do
        wait "${pids[$i]}" || status=1
    done
    sleep 1.1 # what a mount knows of the other one's names may be so old
    for i in 0 1 2 3; do
        "$helpers/name-storm" check "${places[$i]}/storm.$i" "log.$i" || status=1
    done
    wc -l log.? | tail -1
    return $status
}

if can_mount; then
    check first-mount mount_at "$m1" && check second-mount mount_at "$m2" \
        && check no-finding-in-a-storm-and-no-error-by-the-check storm_round
    check clean-after-the-storm fsck 0
    check umount eval 'unmount "$m1" && unmount "$m2"'
else
    skip no-finding-in-a-storm-and-no-error-by-the-check "cannot mount"
fi

# ---- what cannot be repaired: last, since it stays ------------------------------------------------------------

for kind in "${kinds[@]}"; do
    case $kind in
        *!) one_without_repair "$kind" ;;
    esac
done
check servers-end-well cluster_stop
finish
