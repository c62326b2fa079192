#!/bin/sh
# Equal seeds, equal worlds: the trace hash of each seed in two runs, and in builds with other compilers and
# optimisations of the very same sources. HASH_SEEDS: how many worlds.
#
# A way to compile that is the build's own is not taken twice, and only what the simulation links is compiled.
set -u
src=${PVFS2_SRC:?} build=${PVFS2_BUILD:?} seeds=${HASH_SEEDS:-40}
failed=0

verdict ()    # NAME FILE: equal to the first run's?
{
    if cmp -s hash-first "$2" && [ -s "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1 - $(diff hash-first "$2" | sed -n 2p)"
        failed=1
    fi
}

# The compiler and the optimisation (the last one counts) that the first run comes from.
own_way ()
{
    cc=$(sed -n 's/^CC = //p' "$build/Makefile")
    level=$(sed -n 's/^CFLAGS = //p' "$build/Makefile" | tr ' ' '\n' | grep '^-O' | tail -1)
    echo "$cc ${level:--O0}"
}

# Those of the source files on stdin that are in the program; by their last names, so perhaps some more. All if it does not say.
linked ()
{
    readelf -sW "$build/test/sim/sim" 2> /dev/null | awk '$4 == "FILE" { print $8 }' > names
    awk 'NR == FNR { linked[$0] = 1; n++; next } { name = $0; sub (/.*\//, "", name) } n == 0 || name in linked' names -
}

# compile DIR COMPILER FLAG...
compile ()
{
    dir=$1 cc=$2
    shift 2
    mkdir -p "$dir"
    find "$src/src/common" "$src/src/io" "$src/src/proto" "$src/src/server" "$src/src/client/sysint" "$src/test/sim" \
        -name '*.c' ! -path "$src/src/server/main.c" ! -name sim-deadlock.c ! -name "enum*.c" ! -name "linear*.c" ! -name "names*.c" |
        sort | linked > "$dir/sources"
    n=0
    while read -r file; do
        n=$((n + 1))
        printf '%s %s\n' "$dir/$n.o" "$file"
    done < "$dir/sources" |
        xargs -P 2 -n 2 sh -c 'object=$1 file=$2; shift 2; exec $0 -std=gnu11 -D_GNU_SOURCE -DPACKAGE_VERSION=\"sim\" -w '"$* -I$src/include -I$src/src"' -c "$file" -o "$object"' "$cc" ||
        return 1
    $cc -o "$dir/sim" "$dir"/*.o -ldb-5.3 -laio -lcrypto -lpthread
}

"$build/test/sim/sim" --seeds "$seeds" --hash | grep '^[0-9]' > hash-first
"$build/test/sim/sim" --seeds "$seeds" --hash | grep '^[0-9]' > hash-second
verdict sim-two-runs hash-second

own=$(own_way)
for way in "gcc -O0" "gcc -O2" "clang -O1"; do
    name=sim-$(echo "$way" | tr -d ' ')
    [ "$way" != "$own" ] || continue # the first run is of it
    if ! command -v "${way%% *}" > /dev/null; then
        echo "skip $name - no ${way%% *}"
    elif compile "$name" $way > "$name.log" 2>&1; then
        "$name/sim" --seeds "$seeds" --hash | grep '^[0-9]' > "hash-$name"
        verdict "$name" "hash-$name"
    else
        cat "$name.log"
        echo "not ok $name - it does not compile"
        failed=1
    fi
done
exit $failed
