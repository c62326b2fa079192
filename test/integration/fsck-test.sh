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

cluster_start 4 --notrovesync
head -c 1000000 /dev/urandom > big
check tree-is-made tree
check healthy-tree-is-clean fsck 0
check healthy-tree-is-clean-offline fsck 0 --offline
check repair-of-a-healthy-tree-changes-nothing eval 'damage dump > before; fsck 0 --offline --repair && damage dump | cmp before -'
check json json_is_said
check validate-of-a-healthy-tree pvfs2-validate "$vol/d1"
check validate-of-a-file pvfs2-validate "$vol/d1/big"

# ---- damage ------------------------------------------------------------------------------------------

mapfile -t kinds < <(damage kinds)
check there-are-kinds [ ${#kinds[@]} -gt 30 ]
for kind in "${kinds[@]}"; do
    case $kind in
        *!) ;;
        *) one "$kind" ;;
    esac
done

contents_are_found ()
{
    local handle
    handle=$(pvfs2-ls "$vol/lost+found" | wc -l)
    [ "$handle" -ge 4 ]
}
check orphans-are-in-lost+found contents_are_found
check the-tree-is-as-it-was eval 'pvfs2-cp "$vol/d3/big" again && cmp big again && [ $(pvfs2-ls "$vol/d3" | wc -l) -eq 43 ]'
