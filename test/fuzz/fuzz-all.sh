#!/bin/bash
# fuzz-all.sh MINUTES: fuzzes every target for an equal share of so many CPU-minutes, with clang, libFuzzer and AddressSanitizer, in a
# build folder of its own. What libFuzzer finds is kept in test-logs/fuzz-findings of the build. Says how much of the code each target reached, and fails if
# a request or response of any operation was not decoded.
: "${PVFS2_SRC:?}" "${PVFS2_BUILD:?}" "${PVFS2_TMP:?}"
minutes=${1:?usage: fuzz-all.sh MINUTES}
failed=0
dir=$PVFS2_BUILD-fuzz
findings=$PVFS2_BUILD/test-logs/fuzz-findings
cd "$PVFS2_TMP" || exit 1

not_ok ()
{
    echo "not ok $1 - $2"
    failed=1
}

if ! command -v clang > /dev/null; then
    echo "skip fuzz - clang is not installed"
    exit 0
fi

targets=()
for source in "$PVFS2_SRC"/test/fuzz/fuzz-*.c; do
    targets+=("$(basename "$source" .c)")
done

mkdir -p "$dir" "$findings"
if ! (cd "$dir" &&
        { [ -f Makefile ] || "$PVFS2_SRC/configure" CC=clang CFLAGS='-g -O1' --enable-fuzz --enable-asan --disable-shared; } &&
        make -j"$(nproc)" "${targets[@]/#/test/fuzz/}"); then
    not_ok build "the log above says why"
    exit 1
fi

# Every function that libFuzzer saw entered, by name.
reached ()
{
    sed -n 's/^COVERED_FUNC: hits: [0-9]* edges: [^ ]* \([^ ]*\) .*/\1/p' "$1.log"
}

fuzz_one ()
{
    local target=$1 seconds=$2
    mkdir -p "$target"
    "$dir/test/fuzz/$target" -max_total_time="$seconds" -artifact_prefix="$findings/$target-" -rss_limit_mb=2000 -print_coverage=1 \
        "$target" "$PVFS2_SRC/test/fuzz/corpus/$target" > "$target.log" 2>&1
    echo $? > "$target.status"
}

report ()
{
    local target=$1 runs edges
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$target.log")
    edges=$(grep -a -o 'cov: [0-9]*' "$target.log" | tail -n 1)
    echo "# $target: ${runs:-?} runs, ${edges:-cov: ?}, $(reached "$target" | wc -l) functions"
    if [ "$(cat "$target.status")" -eq 0 ]; then
        echo "ok $target"
    else
        grep -a -A 30 'ERROR:\|SUMMARY:' "$target.log" | head -60
        not_ok "$target" "see $findings"
    fi
}

# Each operation's decoder, by the table of operations.
all_reached ()
{
    local target=$1 suffix=$2 op missing=
    for op in $(sed -n 's/^OPERATION ([0-9]*, \([a-z_]*\),.*/\1/p' "$PVFS2_SRC/src/proto/ops.def"); do
        reached "$target" | grep -qx "${op}_${suffix}_any" || missing="$missing $op"
    done
    if [ -z "$missing" ]; then
        echo "ok $target-reaches-every-operation"
    else
        not_ok "$target-reaches-every-operation" "not reached:$missing"
    fi
}

seconds=$((minutes * 60 / ${#targets[@]}))
running=0
for target in "${targets[@]}"; do
    fuzz_one "$target" "$seconds" &
    running=$((running + 1))
    if [ $running -ge "$(nproc)" ]; then
        wait -n
        running=$((running - 1))
    fi
done
wait
for target in "${targets[@]}"; do
    report "$target"
done
all_reached fuzz-request req
all_reached fuzz-response resp
exit $failed
