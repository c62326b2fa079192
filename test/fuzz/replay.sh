#!/bin/bash
# Replays the corpus of every fuzz target, and seeds made afresh: those must be the committed ones, or
# a format has changed without its seeds.
: "${PVFS2_SRC:?}" "${PVFS2_BUILD:?}" "${PVFS2_TMP:?}"
failed=0

not_ok ()
{
    echo "not ok $1 - $2"
    failed=1
}

fresh=$PVFS2_TMP/fresh
mkdir -p "$fresh"
if "$PVFS2_BUILD/test/fuzz/make-corpus" "$fresh" && (cd "$fresh" && find . -type f) |
        while read -r f; do cmp -s "$fresh/$f" "$PVFS2_SRC/test/fuzz/corpus/$f" || { echo "differs: $f"; false; } || exit; done; then
    echo "ok seeds-are-current"
else
    not_ok seeds-are-current "run test/fuzz/make-corpus test/fuzz/corpus"
fi

for source in "$PVFS2_SRC"/test/fuzz/fuzz-*.c; do
    target=$(basename "$source" .c)
    corpus=$PVFS2_SRC/test/fuzz/corpus/$target
    if [ ! -d "$corpus" ]; then
        not_ok "$target" "no corpus in $corpus"
    else
        "$PVFS2_BUILD/test/fuzz/$target" "$corpus" || not_ok "$target" "status $? on $corpus"
    fi
done
exit $failed
