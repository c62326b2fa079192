#!/bin/bash
# What `make install` gives: into a DESTDIR, as packages are made, and in a prefix of its own. Programs are built from both with pkg-config and pvfs2-config, linked with
# the shared and the static library, and run against servers that were installed too.
#
#     FULL=yes   the prefix is configured, built and installed afresh; else the DESTDIR's files are put there, with what configure writes for that prefix

. "$PVFS2_SRC/test/lib/cluster.sh"

dest=$PVFS2_TMP/dest prefix=$PVFS2_TMP/prefix
program=$PVFS2_SRC/doc/examples/io.c
cc="gcc -std=gnu99 -Wall -Wextra"
configured=$(sed -n 's/^prefix=//p' "$PVFS2_BUILD/libpvfs2.pc")
root=$dest$configured

build_make ()
{
    make -s --no-print-directory -C "$PVFS2_BUILD" "$@"
}

# ---- what is there ---------------------------------------------------------------------------------

headers_are_installed ()
{
    local header
    for header in "$PVFS2_SRC"/include/*.h; do
        cmp "$header" "$root/include/$(basename "$header")" || return
    done
}

programs_are_installed ()
{
    local program names
    names=$(build_make print-programs) && [ -n "$names" ] || return
    for program in $names; do
        [ -x "$root/bin/$program" ] || [ -x "$root/sbin/$program" ] || { echo "$program is not installed"; return 1; }
    done
}

# Of programs and functions; and what a page says of itself must lead somewhere.
pages_are_installed ()
{
    local page name bad=0
    for page in "$PVFS2_SRC"/doc/man/*.[18]; do
        cmp "$page" "$root/share/man/man${page##*.}/$(basename "$page")" || bad=1
    done
    for page in "$root"/share/man/man3/*.3; do
        name=$(sed -n 's,^\.so man3/,,p' "$page")
        [ -z "$name" ] || [ -s "$root/share/man/man3/$name" ] || { echo "$page leads to $name"; bad=1; }
    done
    for name in $(exported "$root/lib/libpvfs2.so"); do
        [ -s "$root/share/man/man3/$name.3" ] || { echo "$name has no page"; bad=1; }
    done
    return $bad
}

programs_have_pages ()
{
    local program bad=0
    for program in $(build_make print-programs); do
        [ "$program" != mount.fuse.pvfs2 ] || continue    # another name of mount.pvfs2
        [ -s "$root/share/man/man1/$program.1" ] || [ -s "$root/share/man/man8/$program.8" ] || { echo "$program has no page"; bad=1; }
    done
    return $bad
}

installed_page_is_found ()
{
    man -M "$root/share/man" -w PVFS_sys_create
}

# The functions that a shared library exports.
exported ()
{
    nm -D --defined-only "$1" | awk '$2 == "T" { sub (/@.*/, "", $3); print $3 }'
}

only_our_names_are_exported ()
{
    ! nm -D --defined-only "$root/lib/libpvfs2.so" | awk '{ print $3 }' | grep -v '^PVFS_\|^PINT_\|^PVFS2_0$'
}

# One entry of eight bytes is the compiler's own.
there_is_no_constructor ()
{
    [ "$(readelf -dW "$root/lib/libpvfs2.so" | awk '/INIT_ARRAYSZ/ { print $3 }')" = 8 ]
}

loading_does_nothing ()
{
    local said
    $cc -O1 "$PVFS2_SRC/test/integration/loaded.c" -o loaded -ldl && said=$(./loaded "$root/lib/libpvfs2.so" 2>&1) && [ -z "$said" ]
    local status=$?
    echo "$said"
    return $status
}

nothing_is_left_by_uninstall ()
{
    local left
    cp -a "$dest" "$PVFS2_TMP/again" && build_make uninstall DESTDIR="$PVFS2_TMP/again" > /dev/null 2>&1
    left=$(find "$PVFS2_TMP/again" ! -type d)
    echo "$left"
    [ -z "$left" ]
}

# ---- programs ----------------------------------------------------------------------------------------

# runs_well PROGRAM [VARIABLE=VALUE]...: the example, in a volume that has no such file.
runs_well ()
{
    local program=$1 got
    shift
    got=$(env "$@" "./$program" 2>&1)
    echo "$got"
    pvfs2-rm "/mnt/pvfs2/file" && [[ $got = *'and then "the end"' ]]
}

# is_shared PROGRAM yes|no: does it need libpvfs2.so?
is_shared ()
{
    local needs=no
    ! readelf -dW "$1" | grep -q 'NEEDED.*libpvfs2' || needs=yes
    [ $needs = "$2" ]
}

in_destdir ()
{
    PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=$root/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest pkg-config "$@" libpvfs2
}

in_prefix ()
{
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" libpvfs2
}

destdir_shared ()
{
    $cc $(in_destdir --cflags) "$program" -o destdir-shared $(in_destdir --libs) && is_shared destdir-shared yes &&
        runs_well destdir-shared LD_LIBRARY_PATH="$root/lib"
}

# Everything static, C library and all; the linker's remark on getaddrinfo is its own.
destdir_static ()
{
    $cc -static $(in_destdir --static --cflags) "$program" -o destdir-static $(in_destdir --static --libs) && is_shared destdir-static no && runs_well destdir-static
}

prefix_shared ()
{
    $cc $(in_prefix --cflags) "$program" -o prefix-shared $(in_prefix --libs) && is_shared prefix-shared yes &&
        runs_well prefix-shared LD_LIBRARY_PATH="$prefix/lib"
}

prefix_static ()
{
    $cc -static $(in_prefix --static --cflags) "$program" -o prefix-static $(in_prefix --static --libs) && is_shared prefix-static no && runs_well prefix-static
}

# With its run path: nothing else says where the library is.
config_shared ()
{
    $cc $("$prefix/bin/pvfs2-config" --cflags) "$program" -o config-shared $("$prefix/bin/pvfs2-config" --libs) && is_shared config-shared yes && runs_well config-shared
}

config_static ()
{
    $cc $("$prefix/bin/pvfs2-config" --cflags) "$program" -o config-static $("$prefix/bin/pvfs2-config" --static-libs) && is_shared config-static no &&
        runs_well config-static
}

config_knows_itself ()
{
    [ "$("$prefix/bin/pvfs2-config" --prefix)" = "$prefix" ] && [ "$("$prefix/bin/pvfs2-config" --version)" = "$(in_prefix --modversion)" ]
}

make_prefix ()
{
    mkdir -p second && cd second && "$PVFS2_SRC/configure" --prefix="$prefix" > /dev/null || return
    if [ "${FULL:-no}" = yes ]; then
        make -s -j"$(nproc)" && make -s install
    else
        cp -a "$root" "$prefix" && cp libpvfs2.pc "$prefix/lib/pkgconfig" && cp pvfs2-config "$prefix/bin"
    fi
}

# ---- all of it -----------------------------------------------------------------------------------------

check make-install-into-a-destdir build_make install DESTDIR="$dest" || exit 1
check headers-are-installed headers_are_installed
check programs-are-installed programs_are_installed
check pages-are-installed pages_are_installed
check programs-have-pages programs_have_pages
if command -v man > /dev/null; then
    check page-of-a-function-is-found installed_page_is_found
else
    skip page-of-a-function-is-found "man is not installed"
fi
check only-our-names-are-exported only_our_names_are_exported
check there-is-no-constructor there_is_no_constructor
check loading-does-nothing loading_does_nothing
check uninstall-leaves-nothing nothing_is_left_by_uninstall
check make-a-prefix eval '(make_prefix)'

# Servers and tools of the prefix.
PATH=$prefix/bin:$prefix/sbin:${PATH#"$PVFS2_BUILD:"}
cluster_start 2 --notrovesync
echo "tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0" > "$PVFS2TAB_FILE"
unset PVFS2EP
check_equal server-is-the-installed-one "$prefix/sbin/pvfs2-server" "$(command -v pvfs2-server)"
for what in destdir_shared destdir_static prefix_shared prefix_static config_shared config_static; do
    check "program-${what//_/-}" $what
done
check pvfs2-config-knows-itself config_knows_itself
finish
