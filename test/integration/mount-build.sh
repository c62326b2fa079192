#!/bin/bash
# The project itself: cloned into the mount, checked, built there, its unit tests run there.
#
#     TARGETS    what is made besides (libpvfs2.la pvfs2-server pvfs2-cp; stress: "all check-programs")
#     UNITS      the unit tests that are made and run, as far as the clone has them; "all"

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
units=${UNITS:-base-test config-test dist-test request-test flow-test trove-test}

has git git-clone || finish
if ! [ -d "$PVFS2_SRC/.git" ]; then
    skip git-clone "$PVFS2_SRC is not a git repository"
    finish
fi
# Somebody else may own the repository.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

cluster_start 4 --notrovesync
check mount mount_at "$m1" || exit 1
repo=$m1/project

check git-clone git clone -q "$PVFS2_SRC" "$repo" || exit 1
cd "$repo" || exit 1
check git-fsck git fsck --full --strict --no-progress
check_equal git-status-is-clean "" "$(git status --short)"
check git-commit eval 'echo x >> README.md && git -c user.name=x -c user.email=x@example.org commit -qam x && git fsck --no-progress'
check git-gc git gc -q
check git-log-is-whole eval '[ "$(git log --format=%H HEAD~1)" = "$(git -C "$PVFS2_SRC" log --format=%H "$(git rev-parse HEAD~1)")" ]'

check autogen eval './autogen.sh > ../autogen.log 2>&1 || { tail -n 20 ../autogen.log; false; }' || exit 1
mkdir build && cd build || exit 1
check configure eval '../configure --disable-shared CFLAGS="-g -O0" > log 2>&1 || { tail -n 20 log; false; }' || exit 1
have=$(make -s --no-print-directory print-unit-tests | sed 's|^test/unit/||')
[ "$units" = all ] || have=$(grep -xF "$(printf '%s\n' $units)" <<< "$have")
units=$have
targets="${TARGETS:-libpvfs2.la pvfs2-server pvfs2-cp} $(printf 'test/unit/%s ' $units)"
check there-are-unit-tests test -n "$units"
check make eval 'make -j2 $targets >> log 2>&1 || { tail -n 30 log; false; }' || exit 1
check make-again-has-nothing-to-do eval '! make $targets | grep -E "^  (CC|AR|CCLD)"'
for unit in $units; do
    check "unit-$unit" eval 'srcdir=$repo PVFS2_SRC=$repo test/unit/$unit > unit.log 2>&1 || { tail -n 20 unit.log; false; }'
done
cd /
check umount unmount "$m1"
check servers-end-well cluster_stop
finish
