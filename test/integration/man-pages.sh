#!/bin/bash
# The manual pages of the library: complete, well-formed, and each with an example that compiles without a warning, runs against four servers in an
# empty volume and prints what the page shows.

. "$PVFS2_SRC/test/lib/cluster.sh"
. "$PVFS2_SRC/test/lib/lines.sh"

pages=$PVFS2_BUILD/doc/man/man3
examples=$PVFS2_SRC/doc/examples
export PKG_CONFIG_PATH=$PVFS2_BUILD
umask 022

nothing_is_missing ()
{
    "$PVFS2_SRC/doc/man/make-pages" --check "$PVFS2_SRC/include" "$examples"
}

# The pages that a build made are those that the headers of now give.
pages_are_current ()
{
    mkdir fresh && "$PVFS2_SRC/doc/man/make-pages" "$PVFS2_SRC/include" "$examples" fresh && diff -r -x stamp fresh "$pages"
}

# Every function that the library exports is in the names of just one page.
all_functions_have_a_page ()
{
    local name bad=0
    sed -n '/^\.SH NAME/{n;s/ \\-.*//;s/, /\n/g;p;}' "$pages"/*.3 | sort > documented
    uniq -d documented | sed 's/$/ is in two pages/' | grep . && bad=1
    for name in $(nm -D --defined-only "$PVFS2_BUILD/.libs/libpvfs2.so" | awk '$2 == "T" { sub (/@.*/, "", $3); print $3 }'); do
        grep -qx "$name" documented || { echo "$name is in no page"; bad=1; }
    done
    return $bad
}

pages_are_well_formed ()
{
    local page said
    for page in "$pages"/*.3; do
        said=$(groff -man -Tutf8 -ww -z -rHY=0 "$page" 2>&1)
        [ -z "$said" ] || { echo "$page: $said"; return 1; }
    done
}

# What an example's opening comment says that it prints.
shown_by ()
{
    sed -n '/^ \* Prints:$/,/^ \*\//{/^ \* Prints:$/d;/^ \*\//d;s/^ \* \{0,5\}//;p;}' "$1"
}

run_example ()
{
    local source=$1 got status
    gcc -std=gnu99 -Wall -Wextra -Werror $(pkg-config --cflags libpvfs2) "$source" -o example $(pkg-config --libs libpvfs2) || return
    got=$(timeout 60 ./example 2>&1)
    status=$?
    printf '%s\n' "$got"
    [ $status -eq 0 ] && [ -n "$got" ] && same_lines "$(shown_by "$source")" "$got"
}

check no-comment-and-no-example-is-missing nothing_is_missing
check pages-are-those-of-the-headers pages_are_current
check every-function-is-in-one-page all_functions_have_a_page
if command -v groff > /dev/null; then
    check pages-are-well-formed pages_are_well_formed
else
    skip pages-are-well-formed "groff is not installed"
fi

cluster_start 4 --notrovesync
echo "tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0" > "$PVFS2TAB_FILE"
unset PVFS2EP PVFS2_HINTS PVFS2_NCACHE_TIMEOUT
for source in $(awk "/^[a-z]/ { print \$2 }" "$PVFS2_SRC/doc/man/pages.def"); do
    source=$examples/$source
    check "example-$(basename "$source" .c)" run_example "$source"
    pvfs2-ls -A /mnt/pvfs2 | sed 's,^,/mnt/pvfs2/,' | xargs -r -d '\n' pvfs2-rm -r || bail_out "the volume cannot be emptied"
done
finish
