#!/bin/bash
# What people do with files, through two mounts of four servers.
#
#     TREE       the tree that is copied (/usr/include)
#     FSX_SEEDS, FSX_OPS    random work on one file (4 seeds, 4000 steps each)

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount
tree=${TREE:-/usr/include}

chmod 711 "$PVFS2_TMP"      # another user is to reach the mounts
cluster_start 4 --notrovesync
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1

# ---- trees -----------------------------------------------------------------------------------------

differences ()
{
    rsync -anic --delete "$1/" "$2/"
}

packed_and_unpacked ()
{
    tar -C "$m1/tree" -cf "$m2/tree.tar" . && mkdir "$m1/untarred" && tar -C "$m1/untarred" -xf "$m1/tree.tar"
}

removed_at_last ()
{
    rm -rf "$m1/untarred" && [ ! -e "$m1/untarred" ] && says "No such file" ls "$m2/untarred"
}

check cp-a-of-a-tree cp -a "$tree" "$m1/tree"
if has rsync tree-is-equal-on-the-second-mount; then
    check_equal tree-is-equal-on-the-second-mount "" "$(differences "$tree" "$m2/tree")"
    check tar-out-and-in packed_and_unpacked
    check_equal untarred-tree-is-equal "" "$(differences "$tree" "$m2/untarred")"
fi
check_equal find-sees-every-name "$(cd "$tree" && find . | sort | cksum)" "$(cd "$m2/tree" && find . | sort | cksum)"
check_equal du-adds-up-the-same "$(find "$tree" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')" \
    "$(find "$m2/tree" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')"
check du-shows-blocks test "$(du -s "$m2/tree" | cut -f1)" -ge "$(du -s --apparent-size "$tree" | awk '{ print int ($1 / 2) }')"
check rm-rf removed_at_last
rm -rf "$m1/tree" "$m1/tree.tar"

# ---- names -----------------------------------------------------------------------------------------

mkdir "$m1/names"
long=$(printf 'n%.0s' {1..255})
check name-of-255-bytes eval 'echo x > "$m1/names/$long" && [ "$(cat "$m2/names/$long")" = x ]'
check name-of-256-bytes-is-refused says "File name too long" touch "$m1/names/${long}n"
odd='ü "*?\ $-'$'\n''x'
check odd-names eval 'echo x > "$m1/names/$odd" && [ "$(cat "$m2/names/$odd")" = x ]'
check hidden-files eval 'touch "$m1/names/.hidden" && ls -A "$m2/names" | grep -qx .hidden && ! ls "$m2/names" | grep -q hidden'
deep=$m1/deep
for i in {1..50}; do
    deep=$deep/directory-number-$i-of-a-deep-tree
done
check deep-tree eval 'mkdir -p "$deep" && echo bottom > "$deep/file" && [ "$(cat "$m2${deep#"$m1"}/file")" = bottom ]'
check deep-tree-is-removed rm -r "$m1/deep"
check dot-dot eval 'mkdir -p "$m1/p/q" && [ "$(cd -P "$m1/p/q/.." && pwd)" = "$m1/p" ]'
check mkdir-twice-is-refused says "File exists" mkdir "$m1/p"
check rmdir-of-a-full-directory-is-refused says "Directory not empty" rmdir "$m1/p"
check no-such-file says "No such file or directory" cat "$m1/nothing"
check file-is-no-directory eval 'echo > "$m1/plain"; says "Not a directory" ls "$m1/plain/x"'

# ---- symbolic links --------------------------------------------------------------------------------

check symlink eval 'ln -s names/.hidden "$m1/link" && [ "$(readlink "$m2/link")" = names/.hidden ] && [ -e "$m2/link" ]'
check dangling-symlink eval 'ln -s nowhere "$m1/dangling" && [ -L "$m2/dangling" ] && [ ! -e "$m2/dangling" ]'
check symlink-loop-is-refused eval 'ln -s loop "$m1/loop" && says "Too many levels" cat "$m1/loop"'
check symlink-of-4000-bytes eval 'ln -s "$(printf "x/%.0s" {1..2000})" "$m1/far" && [ "$(readlink "$m2/far" | wc -c)" = 4001 ]'

# ---- rename ----------------------------------------------------------------------------------------

rename_over_a_file ()
{
    echo new > "$m1/new" && echo old > "$m1/old" && mv -T "$m1/new" "$m1/old" &&
        [ "$(cat "$m1/old")" = new ] && [ ! -e "$m1/new" ] && [ "$(cat "$m2/old")" = new ]
}

rename_of_a_tree ()
{
    mkdir -p "$m1/from/a" "$m1/to" && echo x > "$m1/from/a/f" && mv "$m1/from/a" "$m1/to/b" &&
        [ "$(cat "$m2/to/b/f")" = x ] && [ ! -e "$m1/from/a" ] && [ "$(cd -P "$m1/to/b/.." && pwd)" = "$m1/to" ]
}

# The kernel of the second mount may remember the old file for a second.
seen_elsewhere ()
{
    echo one > "$m1/swap" && cat "$m2/swap" && echo two > "$m1/swap.new" && mv "$m1/swap.new" "$m1/swap" &&
        wait_until 3 grep -q two "$m2/swap"
}

# Each step ends with the whole old or the whole new text, whoever looks.
editor_saves ()
{
    local i text
    for i in {1..20}; do
        echo "version $i" > "$m1/text.tmp" && sync "$m1/text.tmp" && mv "$m1/text.tmp" "$m1/text" || return
        text=$(cat "$m1/text")
        [ "$text" = "version $i" ] || { echo "found $text"; return 1; }
    done
    sleep 1.1
    [ "$(cat "$m2/text")" = "version 20" ]
}

check rename-over-a-file rename_over_a_file
check rename-of-a-tree rename_of_a_tree
check rename-over-an-empty-directory eval 'mkdir "$m1/d1" "$m1/d2" && mv -T "$m1/d1" "$m1/d2" && [ ! -e "$m1/d1" ]'
check rename-over-a-full-directory-is-refused eval 'mkdir "$m1/d3" && says "Directory not empty" mv -T "$m1/d3" "$m1/to"'
check rename-of-a-file-over-a-directory-is-refused says "annot overwrite directory" mv -T "$m1/old" "$m1/d3"
check rename-into-itself-is-refused says "subdirectory of itself" mv "$m1/to" "$m1/to/b/c"
check rename-is-seen-on-the-other-mount seen_elsewhere
check editor-like-save editor_saves
check sed-i eval 'sed -i s/version/edition/ "$m1/text" && [ "$(cat "$m1/text")" = "edition 20" ]'

# ---- removed under somebody's hands ---------------------------------------------------------------

gone_elsewhere ()
{
    local text
    echo kept > "$m1/gone" && exec 5< "$m2/gone" && rm "$m1/gone" || return
    wait_until 3 eval '! [ -e "$m2/gone" ]' || { echo "the name stays"; return 1; }
    text=$(cat <&5 2>&1)
    exec 5<&-
    echo "# $text"
    [ "$text" = kept ]
}

check removed-by-the-other-mount gone_elsewhere
check removed-while-open "$helpers/mount-tool" unlinked "$m1/unlinked"
check made-again-after-removal eval 'for i in {1..20}; do echo $i > "$m1/again"; rm "$m1/again"; done; echo x > "$m1/again" && [ "$(cat "$m2/again")" = x ]'

# ---- contents --------------------------------------------------------------------------------------

sparse ()
{
    local used
    used=$(du -sk "$cluster/storage" | cut -f1)
    truncate -s 50M "$m1/sparse" && printf middle | dd of="$m1/sparse" bs=1 seek=20000000 conv=notrunc status=none &&
        [ "$(stat -c %s "$m2/sparse")" = 52428800 ] && [ "$(du -sk "$cluster/storage" | cut -f1)" -lt $((used + 10000)) ] &&
        [ "$(tr -d '\0' < "$m2/sparse")" = middle ]
}

shorter_and_longer ()
{
    head -c 3000000 /dev/urandom > copy && cp copy "$m1/cut" && truncate -s 100001 "$m1/cut" copy &&
        truncate -s 2500000 "$m1/cut" copy && cmp copy "$m2/cut" && : > "$m1/cut" && [ ! -s "$m1/cut" ]
}

append_in_turns ()
{
    local i want=
    : > "$m1/log"
    for i in {1..30}; do
        echo "first $i" >> "$m1/log"
        echo "second $i" >> "$m2/log"
        want+="first $i"$'\n'"second $i"$'\n'
    done
    [ "$(cat "$m1/log")" = "${want%$'\n'}" ] || { cat "$m1/log"; return 1; }
}

close_to_open ()
{
    local i
    for i in {1..20}; do
        echo "round $i" > "$m1/shared" && [ "$(cat "$m2/shared")" = "round $i" ] || return
        echo "answer $i" > "$m2/shared" && [ "$(cat "$m1/shared")" = "answer $i" ] || return
    done
}

fsx_runs ()
{
    local seed
    for ((seed = 1; seed <= ${FSX_SEEDS:-4}; seed++)); do
        check "fsx-seed-$seed" eval '"$helpers/fsx" "$m1" "${FSX_OPS:-4000}" $seed | tee fsx.log | sed "s/^/# /"; grep -q ^ok fsx.log'
    done
}

head -c 5000000 /dev/urandom > data && cp data "$m1/data"
check mmap "$helpers/mount-tool" mmap "$m2/data"
check mmap-of-a-small-file eval 'echo small > "$m1/small"; "$helpers/mount-tool" mmap "$m2/small"'
check sparse-file sparse
check truncate-down-and-up shorter_and_longer
check append eval 'printf a >> "$m1/app"; printf b >> "$m1/app"; [ "$(cat "$m2/app")" = ab ]'
check append-from-two-mounts-in-turns append_in_turns
check close-to-open-between-mounts close_to_open
check direct-io eval 'dd if=data of="$m1/direct" bs=1M oflag=direct iflag=fullblock count=4 status=none &&
    dd if="$m2/direct" of=direct bs=1M iflag=direct status=none && cmp -n 4194304 data direct'
fsx_runs

# ---- programs --------------------------------------------------------------------------------------

small_make ()
{
    mkdir "$m1/make" && cd "$m1/make" || return
    printf '#include <stdio.h>\nint main (void) { puts ("made"); return 0; }\n' > main.c
    printf 'main: main.o\n\tcc -o main main.o\nmain.o: main.c\n\tcc -c main.c\n' > Makefile
    make && [ "$(./main)" = made ] && make | grep -q "up to date"
}

check program-runs-from-the-mount eval 'cp "$(command -v sort)" "$m1/sort" && [ "$(printf "b\na\n" | "$m2/sort" | head -1)" = a ]'
check script-runs-from-the-mount eval 'printf "#!/bin/sh\necho script\n" > "$m1/script" && chmod +x "$m1/script" && [ "$("$m2/script")" = script ]'
check make-on-the-mount eval '(small_make)'

# The kernel of the second mount remembers attributes for a second.
later ()
{
    sleep 1.1
    "$@"
}

# ---- attributes ------------------------------------------------------------------------------------

check times-in-nanoseconds eval 'touch -d "2001-02-03 04:05:06.123456789 UTC" "$m1/data" &&
    [ "$(TZ=UTC stat -c "%.9Y %.9X" "$m2/data")" = "981173106.123456789 981173106.123456789" ]'
check writing-renews-mtime eval 'echo >> "$m1/data" && [ $(($(date +%s) - $(later stat -c %Y "$m2/data"))) -lt 5 ]'
check times-of-a-directory eval 'touch -d @1000000000.5 "$m1/p" && [ "$(stat -c %.9Y "$m2/p")" = 1000000000.500000000 ]'
check a-new-entry-renews-its-directory eval 'touch "$m1/p/new" && [ "$(stat -c %Y "$m1/p")" -gt 1500000000 ]'
check chmod eval 'chmod 4751 "$m1/data" && [ "$(later stat -c %a "$m2/data")" = 4751 ]'
check chown eval 'chown 1234:4321 "$m1/data" && [ "$(later stat -c "%u:%g %a" "$m2/data")" = "1234:4321 751" ]'
check umask eval '(umask 027; touch "$m1/masked"; mkdir "$m1/maskdir") && [ "$(stat -c %a "$m2/masked" "$m2/maskdir" | xargs)" = "640 750" ]'
check set-group-id-directory eval 'mkdir "$m1/sg" && chgrp 4321 "$m1/sg" && chmod 2775 "$m1/sg" && touch "$m1/sg/f" && mkdir "$m1/sg/d" &&
    [ "$(stat -c %g "$m2/sg/f") $(stat -c "%g %a" "$m2/sg/d")" = "4321 4321 2755" ]'

if has setfattr xattrs; then
    check xattrs eval 'setfattr -n user.colour -v "dark blue" "$m1/data" && setfattr -n user.bin -v 0x0001ff00 "$m1/data" &&
        [ "$(getfattr --only-values -n user.colour "$m2/data")" = "dark blue" ] &&
        [ "$(getfattr -e hex -n user.bin "$m2/data" 2>/dev/null | grep user.bin)" = user.bin=0x0001ff00 ]'
    check xattrs-are-listed eval '[ "$(getfattr "$m2/data" 2>/dev/null | grep -c ^user)" = 2 ]'
    check xattr-is-removed eval 'setfattr -x user.bin "$m1/data" && says "No such attribute" getfattr -n user.bin "$m1/data"'
fi
check statfs eval '[ "$(stat -f -c %b "$m1")" -gt 0 ] && [ "$(stat -f -c %f "$m1")" -gt 0 ] && df "$m1"'
check mount-is-shown-with-type-and-volume eval 'grep -q "^$(spec) $m1 fuse.pvfs2 " /proc/mounts'

# ---- another user ----------------------------------------------------------------------------------

nobody ()
{
    setpriv --reuid=65534 --regid=65534 "${groups:---clear-groups}" "$@"
}

if has setpriv other-users; then
    echo secret > "$m1/secret" && chmod 600 "$m1/secret"
    mkdir -m 1777 "$m1/tmp" && touch "$m1/tmp/roots"
    check other-user-may-not-read says "Permission denied" nobody cat "$m1/secret"
    check other-user-may-not-create says "Permission denied" nobody touch "$m1/p/new-file"
    check other-user-may-not-chmod says "Operation not permitted" nobody chmod 666 "$m1/secret"
    check other-user-may-not-chown says "Operation not permitted" nobody chown 65534 "$m1/secret"
    check other-user-creates-where-allowed eval 'nobody touch "$m1/tmp/f" && [ "$(stat -c %u:%g "$m2/tmp/f")" = 65534:65534 ]'
    check sticky-directory says "Operation not permitted" nobody rm -f "$m1/tmp/roots"
    check group-member-may-read eval 'chgrp 4321 "$m1/secret" && chmod 640 "$m1/secret" && groups=--groups=4321 nobody cat "$m2/secret"'
    check writing-clears-set-id-bits eval 'cp data "$m1/tmp/setid" && chown 65534 "$m1/tmp/setid" && chmod 6777 "$m1/tmp/setid" &&
        nobody dd if=/dev/zero of="$m1/tmp/setid" bs=1 count=1 conv=notrunc status=none && [ "$(later stat -c %a "$m2/tmp/setid")" = 777 ]'
fi

check umount-of-the-first unmount "$m1"
check data-is-there-after-a-new-mount eval 'mount_at "$m1" && cmp -n 5000000 data "$m1/data"'
check umount-of-the-second unmount "$m2"
check umount-again unmount "$m1"
check servers-end-well cluster_stop
finish
