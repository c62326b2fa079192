#!/bin/sh
# Every crash of every operation, every two operations at once without crash or ticket, samples of longer runs, and the proof that they see what they look for.
# With --spread directories lie on all servers. ENUM_ALL=1: all of those crashes, every second crash, every two operations one after the other and at once (no message late), 20 minutes of samples.
set -u
sim=${PVFS2_BUILD:-.}/test/sim
failed=0

run ()
{
    "$@" || failed=1
}

run "$sim/enum" --mode a
run "$sim/enum" --mode a --spread --part 0/10
run "$sim/enum" --mode d --samples "${ENUM_SAMPLES:-20000}" --seed "${ENUM_SEED:-1}"
run "$sim/enum" --mode d --spread --samples "$((${ENUM_SAMPLES:-20000} / 4))" --seed "${ENUM_SEED:-1}"
run "$sim/enum" --mode c --delays 0 --crashes 0 --no-tickets
for bug in lost-intent reply-record-not-persisted reply-before-flush; do
    run "$sim/enum" --mode a --bug $bug
done
if [ "${ENUM_ALL:-0}" = 1 ]; then
    run "$sim/enum" --mode a --spread
    run "$sim/enum" --mode a2
    run "$sim/enum" --mode b
    run "$sim/enum" --mode c --delays 0 # late messages only in the samples: doc/decisions.md
    run "$sim/enum" --mode d --minutes "${ENUM_MINUTES:-20}" --seed "${ENUM_SEED:-2}"
fi
exit $failed
