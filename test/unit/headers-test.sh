#!/bin/sh
# Every public header, alone and twice, is clean C99, C11, C17 and C++17 with pedantic warnings,
# and defines no macro that is not PVFS-prefixed.  Compilers: $CC and $CXX (gcc, g++) and, where they
# are installed, clang and clang++.
set -u
top=${srcdir:-$(dirname "$0")/../..}
cc=${CC:-cc}
cs="$cc clang"
cxxs="${CXX:-c++} clang++"
include=$top/include
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
n=0
failed=0

report () { # status, text
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work/log"
        failed=1
    fi
}

there () {
    command -v "${1%% *}" > /dev/null 2>&1 || { echo "# SKIP no $1"; false; }
}

compile () { # compiler, language, standard, header
    printf '#include <%s>\n#include <%s>\nint PVFS_headers_test;\n' "$4" "$4" > "$work/t.c"
    $1 -x "$2" -std="$3" -Wall -Wextra -Wpedantic -Werror -I "$include" -c "$work/t.c" \
        -o "$work/t.o" > "$work/log" 2>&1
    report $? "$4 as $3 by ${1%% *}"
}

leaks () { # header: macros that it adds to those of the system headers that it includes
    sed -n 's/^#include \(<.*>\)/#include \1/p' "$include"/pvfs2*.h | sort -u > "$work/s.c"
    { cat "$work/s.c"; echo "#include <$1>"; } > "$work/t.c"
    $cc -dM -E -I "$include" "$work/s.c" | sort > "$work/before"
    $cc -dM -E -I "$include" "$work/t.c" | sort > "$work/after"
    comm -13 "$work/before" "$work/after" | grep -v '^#define PVFS' > "$work/log"
    [ ! -s "$work/log" ]
    report $? "$1 defines only PVFS macros"
}

for path in "$include"/pvfs2*.h; do
    header=$(basename "$path")
    for c in $cs; do
        for std in c99 c11 c17; do
            there "$c" && compile "$c" c $std "$header"
        done
    done
    for cxx in $cxxs; do
        there "$cxx" && compile "$cxx" c++ c++17 "$header"
    done
    leaks "$header"
done
echo "1..$n"
exit $failed
