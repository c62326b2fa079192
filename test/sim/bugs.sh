#!/bin/sh
# Each known bug, switched on, must be found: the proof that the simulation sees such things.
# BUG_SEEDS: how many worlds at most.
set -u
sim=${PVFS2_BUILD:-.}/test/sim/sim
failed=0
for bug in $("$sim" --bugs); do
    "$sim" --bug "$bug" --seeds "${BUG_SEEDS:-1000}" > "bug-$bug.out" 2>&1 || failed=1
    cat "bug-$bug.out"
    grep -q '^\(not \)\{0,1\}ok ' "bug-$bug.out" || echo "not ok sim-bug-$bug - no verdict"
done
exit $failed
