#!/bin/sh
# Random histories: one order of the calls explains all answers; known bugs are found. LINEAR_SEEDS: how many.
set -u
sim=${PVFS2_BUILD:-.}/test/sim
failed=0
"$sim/linear" --seeds "${LINEAR_SEEDS:-300}" || failed=1
for bug in reply-record-not-persisted reply-before-flush; do
    "$sim/linear" --bug $bug --seeds 1000 || failed=1
done
exit $failed
