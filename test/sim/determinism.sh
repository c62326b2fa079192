#!/bin/sh
# Equal seeds, equal worlds: the trace hash of each seed in two runs, and in builds with other compilers and
# optimisations of the very same sources. HASH_SEEDS: how many worlds.
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

# compile DIR COMPILER FLAG...: everything below common, io, proto, server and sysint, and the simulation
compile ()
{
    dir=$1 cc=$2
    shift 2
    mkdir -p "$dir"
    find "$src/src/common" "$src/src/io" "$src/src/proto" "$src/src/server" "$src/src/client/sysint" "$src/test/sim" \
        -name '*.c' ! -path "$src/src/server/main.c" ! -name sim-deadlock.c ! -name "enum*.c" ! -name "linear*.c" ! -name names.c | sort > "$dir/sources"
    n=0
    while read -r file; do
        n=$((n + 1))
        printf '%s %s\n' "$dir/$n.o" "$file"
    done < "$dir/sources" |
        xargs -P 2 -n 2 sh -c 'object=$1 file=$2; shift 2; exec $0 -std=gnu11 -D_GNU_SOURCE -w '"$* -I$src/include -I$src/src"' -c "$file" -o "$object"' "$cc" ||
        return 1
    $cc -o "$dir/sim" "$dir"/*.o -ldb-5.3 -laio -lcrypto -lpthread
}

"$build/test/sim/sim" --seeds "$seeds" --hash | grep '^[0-9]' > hash-first
"$build/test/sim/sim" --seeds "$seeds" --hash | grep '^[0-9]' > hash-second
verdict sim-two-runs hash-second

for way in "gcc -O0" "gcc -O2" "clang -O1"; do
    name=sim-$(echo "$way" | tr -d ' ')
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
