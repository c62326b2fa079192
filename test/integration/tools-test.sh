#!/bin/bash
# The command line tools against four servers, without a mount.

. "$PVFS2_SRC/test/lib/cluster.sh"

# All programs whose page is made from their table of options: this is the one list of them.
pages=$(grep -l -e --help-man -- "$PVFS2_SRC"/doc/man/*.[18])
tools=$(for page in $pages; do basename "${page%.*}"; done)

# ---- what needs no server --------------------------------------------------------------------------

help_of_each ()
{
    local t
    for t in $tools; do
        $t --help | grep -q -- --version || { echo "$t --help"; return 1; }
        $t --version | grep -q "^\($t \)\?[0-9]" || { echo "$t --version"; return 1; }
        $t --help-completion | grep -qx -e -V || continue
        [ "$($t -V)" = "$($t --version)" ] || { echo "$t -V"; return 1; }
    done
}

# Pages are made by the tools from the tables that they parse with.
man_pages_are_current ()
{
    local t page
    for page in $pages; do
        t=$(basename "${page%.*}")
        $t --help-man | diff "$page" - || { echo "$page: make man-pages makes it anew"; return 1; }
    done
}

# Installed programs that are no page's subject are the helpers of others, or have a page by hand.
every_program_has_a_page ()
{
    local t
    for t in "$PVFS2_BUILD"/pvfs2 "$PVFS2_BUILD"/pvfs2-*; do
        [ -f "$t" ] && [ -x "$t" ] || continue
        compgen -G "$PVFS2_SRC/doc/man/${t##*/}.[18]" > /dev/null || { echo "$t has none"; return 1; }
    done
}

usage_errors ()
{
    local t wanted
    for t in $tools; do
        wanted=2
        [[ $t != mount.* ]] || wanted=1 # as mount(8) has it
        $t --no-such-option 2> /dev/null
        [ $? -eq $wanted ] || { echo "$t"; return 1; }
    done
}

# says TEXT COMMAND...: fails with status 1 and that text on standard error.
says ()
{
    local text=$1 status said
    shift
    said=$("$@" 2>&1 > /dev/null)
    status=$?
    echo "$said"
    [ $status -eq 1 ] && [[ $said == *"$text"* ]]
}

# As mount(8) calls its helper: what it would run.
mount_helper_runs ()
{
    local want=$1
    shift
    [ "$(mount.pvfs2 tcp://a:1/fs /dir -fv "$@")" = "mount.pvfs2: $PVFS2_BUILD/pvfs2-client -o $want tcp://a:1/fs /dir" ]
}

check help-and-version help_of_each
check man-pages-are-those-of-the-tools man_pages_are_current
check every-program-has-a-page every_program_has_a_page
check wrong-usage-is-status-2 usage_errors
check mount-helper-takes-what-mount-gives mount_helper_runs ro,noatime,sloppy -n -s -o ro,noatime -t pvfs2
check mount-helper-joins-options mount_helper_runs noacl,acl,ro -o noacl -o acl -r
check mount-helper-without-options mount_helper_runs defaults
check_fails mount-helper-without-dir-is-status-1 1 mount.pvfs2 tcp://a:1/fs
check_fails missing-operand-is-status-2 2 pvfs2-cp one
check no-volume-names-the-remedy says PVFS2TAB_FILE \
    env PVFS2TAB_FILE=/nowhere/pvfs2tab PVFS2EP= pvfs2-mkdir /nowhere/x

# ---- the questions of genconfig --------------------------------------------------------------------

# answer WORD...: the questions' answers, one a line.
answer ()
{
    printf '%s\n' "$@" | pvfs2-genconfig asked.conf
}

answers_are_taken ()
{
    answer tcp 4711 /srv/data /srv/meta /var/log/x.log 'io{1-3}' 'meta1,io1' yes &&
        grep -q 'DataStorageSpace /srv/data$' asked.conf && grep -q 'MetadataStorageSpace /srv/meta$' asked.conf &&
        grep -q 'Alias meta1 tcp://meta1:4711' asked.conf && [ "$(grep -c 'Alias io' asked.conf)" = 3 ]
}

# What stands in brackets is what an empty answer means.
empty_answers_are_defaults ()
{
    local said
    said=$(answer '' '' '' '' '' '' '' '' 2>&1) && grep -q '\[3334\]' <<< "$said" && grep -q 'tcp://localhost:3334' asked.conf &&
        grep -q 'DataStorageSpace /pvfs2-storage-space$' asked.conf
}

a_bad_answer_is_asked_again ()
{
    local said
    said=$(answer gm tcp 70000 3335 relative /srv '' '' a '' maybe yes 2>&1) || return
    echo "$said"
    [ "$(grep -c "^  '.*': " <<< "$said")" = 4 ] && grep -q 'Alias a tcp://a:3335' asked.conf
}

options_are_not_asked_for ()
{
    printf 'yes\n' | pvfs2-genconfig --protocol tcp --tcpport 3334 --storage /s --metadata /s --logfile /l \
        --ioservers a --metaservers a asked.conf
}

a_no_writes_nothing ()
{
    rm -f asked.conf
    ! answer '' '' '' '' '' '' '' no && [ ! -e asked.conf ]
}

# On a terminal, as script(1) makes one: the questions are seen and the answers are its lines.
asked_on_a_terminal ()
{
    local said
    said=$(printf '\n\n\n\n\nhost1\n\n\n' | script -qec "pvfs2-genconfig asked.conf" /dev/null) &&
        grep -q 'network protocol \[tcp\]: ' <<< "$said" &&
        grep -q 'Alias host1 tcp://host1:3334' asked.conf
}

check genconfig-takes-answers answers_are_taken
check genconfig-offers-defaults empty_answers_are_defaults
check genconfig-asks-again a_bad_answer_is_asked_again
check genconfig-asks-only-for-what-is-missing options_are_not_asked_for
check genconfig-can-be-declined a_no_writes_nothing
check genconfig-names-the-end-of-the-input says "the input ended at the question 'port of the servers'" \
    eval 'echo tcp | pvfs2-genconfig asked.conf'
check genconfig-explains-lists eval 'pvfs2-genconfig --spec-usage | grep -q "host{1-4}:3334"'
check genconfig-writes-to-standard-output eval 'pvfs2-genconfig --quiet --iospec "h{1-4}:3334" - | grep -c "Alias h" | grep -qx 4'
if command -v script > /dev/null; then
    check genconfig-asks-on-a-terminal asked_on_a_terminal
else
    skip genconfig-asks-on-a-terminal "needs script(1)"
fi

# ---- servers ---------------------------------------------------------------------------------------

cluster_start 4 --notrovesync

check ping-succeeds pvfs2-ping -m "$vol"
check ls-of-the-empty-root pvfs2-ls "$vol"
check a-tool-finds-the-volume-by-pvfs2ep env -u PVFS2TAB_FILE \
    PVFS2EP="$vol=tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs" pvfs2-ls "$vol"
check a-tool-finds-the-volume-by-its-address env PVFS2TAB_FILE=/dev/null \
    pvfs2-statfs -m "tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs"
check a-path-outside-says-so says "not in a PVFS2 file system" pvfs2-ls /

# ---- directories and names -------------------------------------------------------------------------

check mkdir pvfs2-mkdir "$vol/d"
check mkdir-twice-fails says "$vol/d: File exists" pvfs2-mkdir "$vol/d"
check mkdir-without-parent-fails says "No such file or directory" pvfs2-mkdir "$vol/p/q/r"
check mkdir-p pvfs2-mkdir -p "$vol/p/q/r"
check mkdir-p-again pvfs2-mkdir -p "$vol/p/q/r"
pvfs2-mkdir -m 2750 "$vol/m"
check_equal mkdir-m "drwxr-s---" "$(pvfs2-ls -ld "$vol/m" | cut -d' ' -f1)"
check touch pvfs2-touch "$vol/d/b" "$vol/d/a" "$vol/d/.hidden"
check touch-c-creates-nothing pvfs2-touch -c "$vol/d/c"
check_equal ls-sorts-and-hides "a b" "$(echo $(pvfs2-ls "$vol/d"))"
check_equal ls-almost-all ".hidden a b" "$(echo $(pvfs2-ls -A "$vol/d"))"
check_equal ls-all ". .. .hidden a b" "$(echo $(pvfs2-ls -a "$vol/d"))"
check_equal ls-recursive 1 "$(pvfs2-ls -R "$vol" | grep -c "^$vol/p/q:\$")"
check ls-of-nothing says "pvfs2-ls: $vol/x: No such file or directory" pvfs2-ls "$vol/x"
check_equal ls-from-inside "a b" "$(cd "$vol" && echo $(pvfs2-ls d))"
check ln pvfs2-ln -s a "$vol/d/link"
check_equal ls-shows-the-target "link -> a" "$(pvfs2-ls -l "$vol/d" | grep -o 'link -> .*')"

# ---- more names, other names -----------------------------------------------------------------------

handle_of ()
{
    pvfs2-stat "$1" | sed -n 's/.*Handle *: //p'
}

links_of ()
{
    pvfs2-ls -ld "$1" | awk '{ print $2 }'
}

# same A B: both name one object.
same ()
{
    [ "$(handle_of "$1")" = "$(handle_of "$2")" ]
}

gone ()
{
    says "No such file" pvfs2-stat "$1"
}

pvfs2-mkdir "$vol/n" "$vol/n/sub"
pvfs2-touch "$vol/n/one" "$vol/n/two"
check ln-hard pvfs2-ln "$vol/n/one" "$vol/n/hard"
check ln-hard-is-the-same-file same "$vol/n/one" "$vol/n/hard"
check ln-hard-into-a-directory pvfs2-ln "$vol/n/one" "$vol/n/sub"
check_equal ls-counts-the-names "3 3" "$(links_of "$vol/n/hard") $(links_of "$vol/n")"
check_equal stat-counts-the-names 1 "$(pvfs2-stat "$vol/n/sub/one" | grep -c 'Links *: 3$')"
check ln-over-a-name-that-is-taken-fails says "File exists" pvfs2-ln "$vol/n/one" "$vol/n/two"
check ln-f-replaces pvfs2-ln -f "$vol/n/one" "$vol/n/two"
check ln-f-replaced same "$vol/n/one" "$vol/n/two"
check ln-f-over-the-same-file pvfs2-ln -f "$vol/n/one" "$vol/n/two"
check ln-sf-replaces eval 'pvfs2-ln -sf one "$vol/n/two" && [ "$(links_of "$vol/n/one")" = 3 ]'
check ln-of-a-symbolic-link-links-it-itself eval 'pvfs2-ln "$vol/n/two" "$vol/n/three" && [ "$(links_of "$vol/n/three")" = 2 ]'
check_equal ln-f-leaves-no-temporary "hard one sub three two" "$(echo $(pvfs2-ls -A "$vol/n"))"
check ln-of-a-directory-says-why says "-s makes a symbolic link" pvfs2-ln "$vol/n/sub" "$vol/n/x"
check ln-of-nothing says "No such file" pvfs2-ln "$vol/n/none" "$vol/n/x"
check ln-of-a-local-file-says-so says "not in a PVFS2 file system" pvfs2-ln /etc/passwd "$vol/n/x"

check mv eval 'pvfs2-mv "$vol/n/hard" "$vol/n/moved" && same "$vol/n/moved" "$vol/n/one" && gone "$vol/n/hard"'
check mv-into-a-directory eval 'pvfs2-mv "$vol/n/two" "$vol/n/three" "$vol/n/sub" && [ "$(echo $(pvfs2-ls "$vol/n/sub"))" = "one three two" ]'
check mv-of-another-name-of-the-file eval 'pvfs2-mv "$vol/n/moved" "$vol/n/sub" && pvfs2-mv "$vol/n/sub/moved" "$vol/n/one" &&
    gone "$vol/n/sub/moved" && [ "$(links_of "$vol/n/one")" = 2 ]'
check mv-onto-itself-says-so says "are the same" pvfs2-mv "$vol/n/one" "$vol/n/one"
check mv-replaces eval 'pvfs2-touch "$vol/n/new" && pvfs2-mv -f "$vol/n/new" "$vol/n/one" && gone "$vol/n/new" && [ "$(links_of "$vol/n/one")" = 1 ]'
check mv-n-replaces-nothing says "-n replaces nothing" pvfs2-mv -n "$vol/n/one" "$vol/n/sub"
check mv-n-of-a-free-name pvfs2-mv -n "$vol/n/one" "$vol/n/free"
check mv-t-takes-the-name-itself says "irectory" pvfs2-mv -T "$vol/n/free" "$vol/n/sub"
exchanged ()
{
    local a b
    a=$(handle_of "$vol/n/free")
    b=$(handle_of "$vol/n/sub")
    pvfs2-mv --exchange "$vol/n/free" "$vol/n/sub" &&
        [ "$(handle_of "$vol/n/free") $(handle_of "$vol/n/sub")" = "$b $a" ] &&
        pvfs2-mv --exchange "$vol/n/free" "$vol/n/sub"
}
check mv-exchange exchanged
check mv-exchange-needs-both says "both must be there" pvfs2-mv --exchange "$vol/n/free" "$vol/n/none"
check mv-of-a-directory eval 'pvfs2-mv "$vol/n/sub" "$vol/n/sub2" && [ "$(echo $(pvfs2-ls "$vol/n/sub2"))" = "one three two" ]'
check mv-into-itself-says-so says "into itself" pvfs2-mv "$vol/n/sub2" "$vol/n/sub2/x"
check mv-of-several-needs-a-directory says "is no directory" pvfs2-mv "$vol/n/free" "$vol/n/sub2" "$vol/n/x"
check mv-of-nothing says "$vol/n/none: No such file" pvfs2-mv "$vol/n/none" "$vol/n/x"
check mv-of-the-root-is-refused says "root" pvfs2-mv -T "$vol" "$vol/n/x"
check mv-out-of-the-volume-says-so says "not in a PVFS2 file system" pvfs2-mv "$vol/n/free" /tmp
check_fails mv-n-with-exchange-is-status-2 2 pvfs2-mv -n --exchange "$vol/n/free" "$vol/n/sub2"

# ---- times -----------------------------------------------------------------------------------------

# times_of PATH: access and modification.
times_of ()
{
    echo $(TZ=UTC pvfs2-stat "$1" | sed -n 's/ *\(Access\|Modify\) *: //p')
}

check touch-d eval 'TZ=UTC pvfs2-touch -d "2001-02-03 04:05:06.123456789" "$vol/n/time"'
check_equal touch-d-to-the-nanosecond "2001-02-03 04:05:06.123456789 +0000 2001-02-03 04:05:06.123456789 +0000" "$(times_of "$vol/n/time")"
pvfs2-touch -m -d @1000000000.5 "$vol/n/time"
check_equal touch-m "2001-02-03 04:05:06.123456789 +0000 2001-09-09 01:46:40.500000000 +0000" "$(times_of "$vol/n/time")"
pvfs2-touch -a "$vol/n/time"
check touch-a-to-now eval '[[ $(times_of "$vol/n/time") = "$(date -u +%Y)-"*" 2001-09-09 01:46:40.500000000 +0000" ]]'
check_fails touch-d-of-nonsense 2 pvfs2-touch -d tomorrow "$vol/n/time"

# ---- attributes ------------------------------------------------------------------------------------

mode_of ()
{
    pvfs2-stat "$1" | sed -n 's/.*Mode *: \([0-7]*\).*/\1/p'
}

check chmod-octal pvfs2-chmod 640 "$vol/d/a"
check_equal chmod-octal-is-kept 0640 "$(mode_of "$vol/d/a")"
pvfs2-chmod u+x,g-r,o=rw "$vol/d/a"
check_equal chmod-symbolic 0706 "$(mode_of "$vol/d/a")"
pvfs2-chmod -R go=u,a-w "$vol/d"
check_equal chmod-recursive "0555 0555 0444" \
    "$(mode_of "$vol/d") $(mode_of "$vol/d/a") $(mode_of "$vol/d/b")"
pvfs2-chmod -R u+w "$vol/d"
check_fails chmod-of-nonsense 2 pvfs2-chmod u+q "$vol/d/a"
if [ "$(id -u)" -eq 0 ]; then
    pvfs2-chown 1234:4321 "$vol/d/a"
    check_equal chown "1234 4321" "$(pvfs2-ls -n "$vol/d/a" | awk '{ print $3, $4 }')"
    pvfs2-chown :77 "$vol/d/a"
    check_equal chown-group-only "1234 77" "$(pvfs2-ls -n "$vol/d/a" | awk '{ print $3, $4 }')"
else
    skip chown "needs root"
fi
check chown-unknown-user says "no such user" pvfs2-chown no-such-user-here "$vol/d/a"
check xattr-set pvfs2-xattr -s -k user.colour -v "dark blue" "$vol/d/a"
check_equal xattr-get "dark blue" "$(pvfs2-xattr -t -k user.colour "$vol/d/a")"
check_equal xattr-list "user.colour" "$(pvfs2-xattr -l "$vol/d/a")"
check xattr-remove pvfs2-xattr -r -k user.colour "$vol/d/a"
check xattr-missing says "no such attribute" pvfs2-xattr -k user.colour "$vol/d/a"

# ---- copying ---------------------------------------------------------------------------------------

head -c 20000001 /dev/urandom > big
echo small > small && chmod 640 small
: > empty

# copied FILE: there and back is the same.
copied ()
{
    pvfs2-cp "$1" "$vol/copy" && pvfs2-cp "$vol/copy" back && cmp "$1" back
}

check cp-big copied big
check cp-small copied small
check cp-empty copied empty
check cp-odd-buffers pvfs2-cp -b 100000 big "$vol/odd"
check cp-odd-buffers-back pvfs2-cp -b 333333 "$vol/odd" back
check cp-odd-buffers-equal cmp big back
check cp-inside pvfs2-cp "$vol/odd" "$vol/inside"
check_equal cp-inside-equal "$(cksum < big)" "$(pvfs2-cp "$vol/inside" /dev/stdout | cksum)"
check cp-into-a-directory pvfs2-cp small empty "$vol/d"
check_equal cp-keeps-the-mode 0640 "$(mode_of "$vol/d/small")"
check_equal cp-timing 1 \
    "$(pvfs2-cp -t big "$vol/timed" | grep -cE '^Wrote 20000001 bytes in [0-9.]+ seconds. [0-9.]+ MB/sec')"
check cp-replaces pvfs2-cp small "$vol/timed"
check_equal cp-replaced small "$(pvfs2-cp "$vol/timed" /dev/stdout)"
check cp-from-nothing says "$vol/none: No such file" pvfs2-cp "$vol/none" back
check cp-to-nowhere says "No such file" pvfs2-cp small "$vol/none/x"
check cp-directory-needs-r says "Is a directory" pvfs2-cp "$vol/d" back
check cp-to-a-full-disk says "No space left" pvfs2-cp "$vol/odd" /dev/full

# ---- sizes -----------------------------------------------------------------------------------------

# resized SIZE WORDS...: and the file has SIZE bytes.
resized ()
{
    local size=$1
    shift
    pvfs2-truncate "$@" "$vol/cut" && [ "$(pvfs2-stat "$vol/cut" | sed -n 's/.*Size *: //p')" = "$size" ]
}

check truncate-creates resized 100001 -s 100001
check truncate-shorter resized 7 -s 7
check truncate-longer resized 3145728 -s 3M
check truncate-grows-by resized 3146753 -s +1025
check truncate-shrinks-by resized 3145729 -s -1K
check stat-tells-that-a-hole-takes-no-room eval '[ "$(pvfs2-stat "$vol/cut" | sed -n "s/.*Blocks *: //p")" -lt 1024 ]'
check truncate-shrinks-to-nothing resized 0 -s -4G
check truncate-to-zero resized 0 --size 0
check truncate-c-creates-nothing eval 'pvfs2-truncate -c -s 1 "$vol/uncut" && gone "$vol/uncut"'
cp big cut
check truncate-keeps-what-is-left eval 'pvfs2-cp big "$vol/cut" && pvfs2-truncate -s 777777 "$vol/cut" && pvfs2-truncate -s 800001 "$vol/cut" &&
    truncate -s 777777 cut && truncate -s 800001 cut && pvfs2-cp "$vol/cut" back && cmp cut back'
check truncate-of-a-directory says "Is a directory" pvfs2-truncate -s 0 "$vol/d"
check_fails truncate-needs-a-size 2 pvfs2-truncate "$vol/cut"
check_fails truncate-of-nonsense 2 pvfs2-truncate -s 5Q "$vol/cut"

if [ "$(id -u)" -ne 0 ]; then
    chmod 0 empty
    check cp-of-an-unreadable-file says "Permission denied" pvfs2-cp empty "$vol/unreadable"
    chmod 600 empty
fi

# Nothing under the final name, no temporary, after a failure on either side.
no_half_file ()
{
    mkdir -p limited
    ! (ulimit -f 1000; trap '' XFSZ; pvfs2-cp "$vol/odd" limited/file) &&
        [ -z "$(ls -A limited)" ]
}
check cp-leaves-no-half-file no_half_file

# Bytes, the signal, bytes; the writer gives up when nobody reads.
interrupted ()
{
    local pid
    mkfifo pipe
    pvfs2-cp pipe "$vol/interrupted" &
    pid=$!
    timeout 20 bash -c "exec > pipe; head -c 9000000 big; kill -TERM $pid; sleep 0.2; head -c 9000000 big"
    ! wait $pid && rm pipe && [ -z "$(pvfs2-ls -A "$vol" | grep interrupted)" ]
}
check cp-interrupted-leaves-nothing interrupted

# ---- how far it is ---------------------------------------------------------------------------------

# Slow enough for a line: the reader of the pipe waits for the second half.
slow_copy_on_a_terminal ()
{
    rm -f pipe && mkfifo pipe
    (exec > pipe; head -c 5000000 big; sleep 1.2; head -c 5000000 big) &
    on_a_terminal "pvfs2-cp $* pipe $vol/slow"
    wait $!
}

if command -v script > /dev/null; then
    check cp-shows-progress eval 'on_a_terminal "pvfs2-cp --progress big $vol/shown" | grep -q "100% \[=*\]  1 file, 19.*M, .*/s"'
    check cp-shows-progress-of-a-tree eval 'mkdir -p several && for i in {1..30}; do echo $i > several/$i; done
        on_a_terminal "pvfs2-cp -r --progress several $vol" | grep -q "100% .*30 files"'
    check cp-shows-what-takes-long eval 'slow_copy_on_a_terminal | grep -q "0 files, 4.*M, .*/s"'
    check cp-shows-nothing-that-is-not-wanted eval '[ -z "$(slow_copy_on_a_terminal --no-progress)" ]'
    check cp-shows-nothing-that-is-over-at-once eval '[ -z "$(on_a_terminal "pvfs2-cp small $vol/shown")" ]'
    check cp-progress-gives-way-to-errors eval 'on_a_terminal "pvfs2-cp --progress small $vol/none/x" | grep -aq "^\(.*K\)\?pvfs2-cp: $vol/none: No such file"'
    check rm-shows-progress eval 'on_a_terminal "pvfs2-rm -r --progress $vol/several" | grep -q "31 names"'
else
    skip cp-shows-progress "needs script(1)"
fi
check cp-shows-nothing-without-a-terminal eval '[ -z "$(pvfs2-cp big "$vol/shown" 2>&1)" ]'
check cp-progress-in-lines-without-a-terminal eval '[ "$(pvfs2-cp --progress big "$vol/shown" 2>&1 | tail -n 1 | cut -c1-5)" = " 100%" ]'
check_fails cp-progress-and-none 2 pvfs2-cp --progress --no-progress small "$vol/shown"

# ---- trees -----------------------------------------------------------------------------------------

make_tree ()
{
    local i
    mkdir -p tree/deep/er tree/empty tree/read-only
    for i in {1..100}; do
        head -c $((i * 700)) big > "tree/deep/$i"
    done
    cp big tree/deep/er/big
    ln -s ../small tree/empty/link
    echo x > "tree/with blank and umlaut ü"
    chmod 600 tree/deep/7
    echo y > tree/read-only/y
    chmod 555 tree/read-only
}
shape ()
{
    (cd "$1" && find . -printf '%p %y %m %s %l\n' | awk '$2 == "d" { $4 = "" } { print }' | sort)
}

make_tree
check cp-r-in pvfs2-cp -r tree "$vol/tree"
check cp-r-out pvfs2-cp -r "$vol/tree" tree-back
check cp-r-equal-content diff -r --no-dereference tree tree-back
check_equal cp-r-equal-shape "$(shape tree)" "$(shape tree-back)"
check cp-r-into-a-directory pvfs2-cp -r tree/deep "$vol/d"
check_equal cp-r-made-its-name 101 "$(pvfs2-ls "$vol/d/deep" | wc -l)"
check cp-r-over-itself pvfs2-cp -r tree/deep "$vol/d"
check cp-r-of-the-content pvfs2-cp -r tree/. "$vol/p"
check_equal cp-r-of-the-content-is-there 100 "$(pvfs2-ls "$vol/p/deep" | grep -vc er)"
check cp-r-inside pvfs2-cp -r "$vol/tree" "$vol/tree2"
check cp-r-into-itself-is-refused says "into itself" pvfs2-cp -r "$vol/tree2" "$vol/tree2/sub"
check_equal cp-r-leaves-no-temporary 0 "$(pvfs2-ls -RA "$vol" | grep -c 'pvfs2-cp\.')"
chmod 755 tree/read-only tree-back/read-only

# ---- files with several names ----------------------------------------------------------------------

# names DIR: a line for each file, with its names.
names ()
{
    (cd "$1" && find . -type f -printf '%i %p\n' | sort -k2 | awk '{ of[$1] = of[$1] " " $2 } END { for (i in of) print of[i] }' | sort)
}

mkdir -p names/a names/b
for i in {1..20}; do
    echo "$i" > "names/a/$i" && ln "names/a/$i" "names/b/$i" && ln "names/a/$i" "names/b/also-$i"
done
check cp-r-keeps-names-together pvfs2-cp -r names "$vol"
check_equal cp-r-made-them-names-of-one-file 3 "$(links_of "$vol/names/b/also-7")"
check cp-r-over-names-of-one-file pvfs2-cp -r names "$vol"
check cp-r-keeps-names-together-out pvfs2-cp -r "$vol/names" names-back
check_equal cp-r-names-are-equal "$(names names)" "$(names names-back)"
check cp-r-names-have-their-content diff -r names names-back

# ---- special files ---------------------------------------------------------------------------------

mkdir nodes && mkfifo -m 640 nodes/fifo
kinds="p"
if [ "$(id -u)" -eq 0 ]; then
    mknod nodes/device b 259 70000
    kinds="b p"
fi
nodes ()
{
    (cd "$1" && find . -mindepth 1 -exec stat -c '%n %F %a %t,%T' {} + | sort)
}
check cp-r-of-special-files pvfs2-cp -r nodes "$vol"
check_equal ls-shows-their-types "$kinds" "$(echo $(pvfs2-ls -l "$vol/nodes" | cut -c1))"
check stat-shows-the-type eval 'pvfs2-stat "$vol/nodes/fifo" | grep -q "Type *: fifo"'
if [ "$(id -u)" -eq 0 ]; then
    check ls-shows-device-numbers eval 'pvfs2-ls -l "$vol/nodes/device" | grep -q " 259, 70000 "'
    check stat-shows-device-numbers eval 'pvfs2-stat "$vol/nodes/device" | grep -q "Device *: 259, 70000"'
fi
check cp-r-of-special-files-out pvfs2-cp -r "$vol/nodes" nodes-back
check_equal cp-r-of-special-files-is-equal "$(nodes nodes)" "$(nodes nodes-back)"
check cp-of-a-special-file-says-how says "-r copies it itself" pvfs2-cp "$vol/nodes/fifo" back

check rm-of-a-directory-needs-r says "Is a directory" pvfs2-rm "$vol/tree"
check rm-r pvfs2-rm -r "$vol/tree" "$vol/tree2"
check rm-r-left-nothing says "No such file" pvfs2-ls "$vol/tree"
check rm-of-nothing says "No such file" pvfs2-rm "$vol/tree"
check rm-f-of-nothing pvfs2-rm -f "$vol/tree"
check rm-of-a-link pvfs2-rm "$vol/d/link"
check rm-of-a-link-spares-its-target pvfs2-stat "$vol/d/a"
check rm-of-the-root-is-refused says "root" pvfs2-rm -r "$vol"

# ---- layout ----------------------------------------------------------------------------------------

# Each datafile's line names the file that really holds its bytes.
bytestreams_are_there ()
{
    local path size n=0
    while read -r path size; do
        found=$(find "$cluster/storage" -path "*/$path" -size "${size}c")
        [ -n "$found" ] || { echo "no $path of $size bytes"; return 1; }
        n=$((n + 1))
    done < <(pvfs2-viewdist -f "$1" | sed -n 's/^Server .*(\(.*\)), size: \(.*\)/\1 \2/p')
    [ $n -eq "$2" ]
}

check viewdist-names-the-bytestreams bytestreams_are_there "$vol/odd" 4
check_equal viewdist-sums-up 20000001 \
    "$(pvfs2-viewdist -f "$vol/odd" | awk '/^Server/ { sum += $NF } END { print sum }')"
pvfs2-cp -s 1M -n 2 big "$vol/striped"
check_equal cp-s-n "strip_size:1048576 Number of datafiles/servers = 2" \
    "$(echo $(pvfs2-viewdist -f "$vol/striped" | grep -E '^(Number|strip_size)'))"
check cp-s-n-content pvfs2-cp "$vol/striped" back
check cp-s-n-equal cmp big back
check viewdist-of-a-small-file bytestreams_are_there "$vol/d/small" 1
check viewdist-of-a-directory says "not a regular file" pvfs2-viewdist -f "$vol/d"

# ---- servers, one by one ---------------------------------------------------------------------------

# value EXPRESSION COMMAND...: prints what the expression gives of the JSON that the command prints, called j.
value ()
{
    local expression=$1
    shift
    "$@" | python3 -c "import json, sys; j = json.load (sys.stdin); print ($expression)"
}

pvfs2-mkdir "$vol/json"
head -c 200000 /dev/zero | pvfs2-write "$vol/json/a \"name\""
pvfs2-ln -s nowhere "$vol/json/link"
check_equal stat-json "200000 100644 4" "$(value 'j[0]["size"], j[0]["mode"], j[0]["datafiles"]' pvfs2-stat --json "$vol/json/a \"name\"" | tr -d "(),'")"
check_equal stat-json-of-several "2 directory" "$(value 'len (j), j[1]["type"]' pvfs2-stat --json "$vol/json/link" "$vol/json" | tr -d "(),'")"
check_equal stat-json-of-nothing 0 "$(value 'len (j)' pvfs2-stat --json "$vol/nothing")"
check_equal ls-json "['a \"name\"', 'link']" "$(value '[e["name"] for e in j]' pvfs2-ls --json "$vol/json")"
check_equal ls-l-json "nowhere 200000" "$(value 'j[1]["target"], j[0]["size"]' pvfs2-ls -l --json "$vol/json" | tr -d "(),'")"
check_equal ls-json-says-where "$vol/json" "$(value '[e["directory"] for e in j if e["name"] == "link"][0]' pvfs2-ls -R --json "$vol")"
check_equal viewdist-json "simple_stripe 4 200000" \
    "$(value 'j["dist_name"], len (j["datafiles"]), sum (d["size"] for d in j["datafiles"])' pvfs2-viewdist --json -f "$vol/json/a \"name\"" | tr -d "(),'")"
check_equal statfs-json "4 True" "$(value 'len (j["servers"]), all (s["answers"] for s in j["servers"])' pvfs2-statfs --json "$vol" | tr -d "(),'")"

check_equal statfs-lists-all-servers 4 "$(pvfs2-statfs -h -m "$vol" | grep -c '^tcp://')"
check statfs-without-m pvfs2-statfs
if [ "$(id -u)" -eq 0 ]; then
    check ops pvfs2-ops -m "$vol"
    check_equal ops-of-one-server 1 \
        "$(pvfs2-ops -s "127.0.0.1:${cluster_ports[2]}" | grep -c '^tcp://')"
    check_equal ops-json 4 "$(pvfs2-ops -m "$vol" --json | grep -c '^{"server": ')"
    check set-debugmask pvfs2-set-debugmask -m "$vol" server,network
    pvfs2-ls "$vol" > /dev/null
    pvfs2-set-debugmask -m "$vol" none
    check debugmask-had-effect grep -q '^\[D' "$cluster/0.log"
else
    skip ops "needs root"
fi
check_fails set-debugmask-of-nonsense 2 pvfs2-set-debugmask -m "$vol" nonsense
check unknown-server says "no such server" pvfs2-ops -m "$vol" -s 127.0.0.1:1

server_stop 3
check ping-notices-a-server-that-is-down says "tcp://127.0.0.1:${cluster_ports[3]}" \
    pvfs2-ping -t 1 -m "$vol"
server_start 3
check ping-notices-that-it-is-back pvfs2-ping -m "$vol"

check servers-end-well cluster_stop
finish
