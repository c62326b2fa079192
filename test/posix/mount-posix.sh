#!/bin/bash
# The conformance suite on the local file system, which proves the suite, and on a mount of four servers, which it is for.
#
#     mount-posix.sh local|mount|dirs [WORDS FOR posix-test]...
#
# dirs is a mount, too; there directories lie on several servers from the first entries on.

where=${1:?local or mount}
shift
. "$PVFS2_SRC/test/integration/mount-lib.sh"
posix_test=$PVFS2_BUILD/test/posix/posix-test
chmod 711 "$PVFS2_TMP"      # other users are to reach what is below

# run DIR [WORD]...: its lines are the suite's.
run ()
{
    "$posix_test" "$@" || cluster_failed=$((cluster_failed + 1))
}

case $where in
local)
    [ "$(stat -f -c %T "$PVFS2_TMP")" != tmpfs ] || { skip local "a tmpfs is no measure: it has no largest file, and times of its own"; finish; }
    mkdir "$PVFS2_TMP/local"
    run "$PVFS2_TMP/local" "$@"
    ;;
mount | dirs)
    needs_mount
    spread=()
    [ $where = mount ] || spread=(--distrdir-servers-initial 2 --distrdir-servers-max 4 --distrdir-split-size 3)
    cluster_start 4 --notrovesync "${spread[@]}"
    check mount mount_at "$m1" || exit 1
    run "$m1" --features -tmpfile,huge-xattrs "$@"
    check_equal nothing-is-left "" "$(ls -A "$m1")"
    check umount unmount "$m1"
    check servers-end-well cluster_stop
    ;;
*)
    bail_out "$where" "local or mount"
    ;;
esac
finish
