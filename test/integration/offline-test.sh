#!/bin/bash
# Tools that need no running server: storage spaces made, shown and removed; configurations checked; servers started and stopped everywhere.

. "$PVFS2_SRC/test/lib/cluster.sh"

# says STATUS TEXT COMMAND...: ends so, with that text in what it prints.
says ()
{
    local want=$1 text=$2 said status
    shift 2
    said=$("$@" 2>&1)
    status=$?
    echo "$said"
    [ $status -eq "$want" ] && [[ $said == *"$text"* ]]
}

mkdir -p "$cluster" && cd "$cluster" || exit
d=$cluster/data m=$cluster/meta

# ---- pvfs2-mkspace -------------------------------------------------------------------------------------

check mkspace-without-folder-is-wrong-usage says 2 "no folder is named" pvfs2-mkspace -d
check mkspace-without-words-is-wrong-usage says 2 "say -d for the defaults" pvfs2-mkspace --meta-space "$m"
check mkspace-refuses-bad-ranges says 2 "the options" pvfs2-mkspace -M 10-5 --meta-space "$m"
check mkspace-refuses-a-root-outside-the-ranges says 2 "RootHandle 3 is in no range" pvfs2-mkspace -r 3 --meta-space "$m"
check mkspace-refuses-overlapping-ranges says 2 "the options" pvfs2-mkspace -M 4-2000000 -N 1500000-3000000 --meta-space "$m"
check mkspace-refuses-a-name-of-two-lines says 2 "not possible" pvfs2-mkspace -c $'a\nSecretKey x' --meta-space "$m"
check mkspace-refuses-an-id-of-0 says 2 "ID" pvfs2-mkspace -i 0 --meta-space "$m"
check mkspace-with-both-forms-is-wrong-usage says 2 "with a configuration" pvfs2-mkspace -d --meta-space "$m" fs.conf
check mkspace-makes-nothing-after-wrong-usage eval '[ ! -e "$m" ]'

check mkspace-makes-a-space pvfs2-mkspace -c home -i 101 --data-space "$d" --meta-space "$m"
check mkspace-leaves-a-space-alone says 1 "there is a storage space in $m already" pvfs2-mkspace -d --meta-space "$m"
check mkspace-adds-a-collection pvfs2-mkspace -a -c scratch -i 102 --data-space "$d" --meta-space "$m"
check mkspace-adds-a-collection-once says 1 "in the storage space already" pvfs2-mkspace -a -c scratch -i 102 --data-space "$d" --meta-space "$m"
check mkspace-a-needs-a-space says 1 "there is no storage space in" pvfs2-mkspace -a -d --meta-space "$cluster/none"
check mkspace-a-of-foreign-data-is-refused says 1 "it is not mounted, or not the data folder" \
    eval 'mkdir -p other && pvfs2-mkspace -a -c x -i 103 --data-space other --meta-space "$m"'
check mkspace-over-a-file-says-so says 1 "cannot create" eval 'touch file && pvfs2-mkspace -d --meta-space "$cluster/file/x"'
check_equal collections-are-listed "collection=home id=101 collection=scratch id=102" "$(echo $(pvfs2-showcoll -s "$d" -m "$m"))"

if [ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null; then
    full ()
    {
        mkdir -p small && unshare -m sh -c 'mount -t tmpfs -o size=256k none small && pvfs2-mkspace -d --meta-space "$PWD/small/space"'
    }
    check mkspace-on-a-full-disk-says-so says 1 "No space left" full
    read_only ()
    {
        mkdir -p ro && unshare -m sh -c 'mount -t tmpfs -o ro none ro && "$@"' sh "$@"
    }
    check mkspace-on-a-read-only-disk-says-so says 1 "Read-only file system" read_only pvfs2-mkspace -d --meta-space "$cluster/ro/space"
    check showcoll-on-a-read-only-disk-says-so says 1 "Read-only file system" \
        unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && pvfs2-showcoll -s "$2" -m "$1"' sh "$m" "$d"
else
    skip mkspace-on-a-full-disk-says-so "only root can mount"
fi

# ---- pvfs2-showcoll, pvfs2-db-display --------------------------------------------------------------------

check showcoll-without-folder-is-wrong-usage says 2 "no folder" pvfs2-showcoll
check showcoll-d-without-c-is-wrong-usage says 2 "need -c" pvfs2-showcoll -m "$m" -d 5
check showcoll-of-a-handle-that-is-none says 2 "not a handle" pvfs2-showcoll -s "$d" -m "$m" -c home -d five
check showcoll-of-an-unknown-collection says 1 "no collection 'nobody'" pvfs2-showcoll -s "$d" -m "$m" -c nobody
check showcoll-of-an-unknown-object says 1 "no object 5" pvfs2-showcoll -s "$d" -m "$m" -c home -d 5
check showcoll-by-id says 0 "fs=102 record=attributes handle=1048576 object=directory" pvfs2-showcoll -s "$d" -m "$m" -c 102 -d 1048576
check showcoll-keys says 0 'key="bt" buckets=' pvfs2-showcoll -s "$d" -m "$m" -c home -d 1048576 -k
check showcoll-of-nothing says 1 "there is no storage space in" pvfs2-showcoll -m /nowhere
check db-display-of-one-file-system eval '! pvfs2-db-display -c 65 "$m" | grep -v ^fs=101'
check db-display-wants-hexadecimal says 2 "not a hexadecimal" pvfs2-db-display -c home "$m"
check db-display-of-two-folders-is-wrong-usage says 2 "one folder" pvfs2-db-display -d "$m" "$m"

damaged ()
{
    rm -rf bad && cp -r "$m" bad && cp bad/pvfs2-storage x && dd if=/dev/urandom of=bad/trove.db bs=4096 seek=1 count=1 conv=notrunc status=none && "$@"
}
check db-display-of-a-damaged-database-says-so says 1 "is damaged" damaged pvfs2-db-display bad
check db-display-of-a-database-without-its-log says 1 "log files (log.*) are missing" eval 'rm -rf bad && cp -r "$m" bad && rm bad/log.* && pvfs2-db-display bad'
check showcoll-of-damaged-words says 1 "is damaged" eval 'rm -rf bad && cp -r "$m" bad && echo "pvfs2-storage 2" > bad/pvfs2-storage && pvfs2-showcoll -m bad'
check foreign-storage-is-named says 1 "the original PVFS2" eval 'mkdir -p orange && touch orange/collections.db && pvfs2-showcoll -m orange'

# is_json COMMAND...
is_json ()
{
    "$@" > json.out || return
    command -v python3 > /dev/null || { grep -q '^\[' json.out; return; }
    python3 -c 'import json, sys; sys.exit (type (json.load (open ("json.out"))) is not list)'
}

# ---- pvfs2-rmspace ---------------------------------------------------------------------------------------

check rmspace-without-folder-is-wrong-usage says 2 "no folder" pvfs2-rmspace
check rmspace-of-an-unknown-collection says 1 "no collection 'nobody'" pvfs2-rmspace -c nobody -s "$d" -m "$m"
check rmspace-of-one-collection pvfs2-rmspace -c scratch -s "$d" -m "$m"
check_equal rmspace-leaves-the-other "collection=home id=101" "$(pvfs2-showcoll -s "$d" -m "$m")"
check rmspace-leaves-no-record eval '! pvfs2-db-display "$m" | grep fs=102'
check mkspace-takes-it-again pvfs2-mkspace -a -c scratch -i 102 --data-space "$d" --meta-space "$m"

# removal: of the second file system out of the space as it was.
removal ()
{
    rm -rf "$d" "$m" && cp -r d0 "$d" && cp -r m0 "$m" && env "$@" LD_PRELOAD="$PVFS2_BUILD/test/lib/die-at.so" pvfs2-rmspace -c 102 -s "$d" -m "$m"
}

# killed_removal: it dies before one write and another, the last ones too, and is run again, by the ID.
killed_removal ()
{
    local at writes
    rm -rf d0 m0 && cp -r "$d" d0 && cp -r "$m" m0 && removal DIE_COUNT="$cluster/writes" && writes=$(cat writes) || return
    echo "$writes writes"
    for at in $(seq 1 $((writes / 6 + 1)) "$writes") $(seq $((writes - 4)) "$writes"); do
        removal DIE_AT="$at"
        [ $? -eq 137 ] || return
        pvfs2-rmspace -c 102 -s "$d" -m "$m"
        [ "$(pvfs2-showcoll -s "$d" -m "$m")" = "collection=home id=101" ] || return
        ! pvfs2-db-display "$m" | grep fs=102 || return
    done
}
if [ -f "$PVFS2_BUILD/test/lib/die-at.so" ] && [ "${PVFS2_VARIANT:-plain}" = plain ]; then
    check rmspace-may-be-killed-and-run-again killed_removal
    check mkspace-takes-it-once-more pvfs2-mkspace -a -c scratch -i 102 --data-space "$d" --meta-space "$m"
fi
check mkspace-D-a-removes-one pvfs2-mkspace -D -a -i 102 --data-space "$d" --meta-space "$m"
check rmspace-removes-all eval 'pvfs2-rmspace -s "$d" -m "$m" && [ -z "$(ls -A "$d")$(ls -A "$m")" ]'
check rmspace-of-nothing says 1 "there is no storage space" pvfs2-rmspace -s "$d" -m "$m"
check mkspace-D eval 'pvfs2-mkspace -d --meta-space "$m" && pvfs2-mkspace -D --meta-space "$m" && [ -z "$(ls -A "$m")" ]'

# ---- with servers ----------------------------------------------------------------------------------------

cluster_config 2 || bail_out config-is-written "pvfs2-genconfig"
cp fs.conf one.conf
for i in 0 1; do
    check "mkspace-by-a-configuration-$i" pvfs2-mkspace -A "${cluster_aliases[$i]}" fs.conf
    server_start $i || bail_out a-space-of-mkspace-is-served "server $i"
done
store=$cluster/storage/${cluster_aliases[0]}
check mkspace-of-an-unknown-server says 1 "no server 'nobody'" pvfs2-mkspace -A nobody fs.conf
pvfs2-mkdir "$vol/dir"
pvfs2-cp -s 4096 "$PVFS2_SRC/test/suites" "$vol/dir/file"
pvfs2-xattr -s -k user.a -v $'x\ty' "$vol/dir/file"
pvfs2-ln -s file "$vol/dir/link"
for t in "showcoll -m" "db-display" "rmspace -m"; do
    check "${t%% *}-of-a-space-in-use-is-refused" says 1 "in use by another process: stop that server first" pvfs2-$t "$store"
done
check mkspace-a-of-a-space-in-use-is-refused says 1 "in use by another process" pvfs2-mkspace -a -c x -i 7 --meta-space "$store"

# ---- pvfs2-setdirhint ------------------------------------------------------------------------------------

check setdirhint-shows-nothing-at-first eval '[ -z "$(pvfs2-setdirhint "$vol/dir")" ]'
check setdirhint-sets eval 'pvfs2-setdirhint -n 1 -l list -L 1 -p strip_size:8192 "$vol/dir" && [ $(pvfs2-setdirhint "$vol/dir" | wc -l) = 4 ]'
check setdirhint-decides-about-new-files eval 'pvfs2-cp "$PVFS2_SRC/test/suites" "$vol/dir/hinted" && pvfs2-viewdist "$vol/dir/hinted" > out && cat out && grep -q 8192 out &&
    [ "$(pvfs2-stat "$vol/dir/hinted" | sed -n "s/.*Datafiles : //p")" = 1 ]'
check setdirhint-clears-the-others eval 'pvfs2-setdirhint -c -n 2 "$vol/dir" && [ "$(pvfs2-setdirhint "$vol/dir")" = "user.pvfs2.num_dfiles: 2" ]'
check setdirhint-clears-all eval 'pvfs2-setdirhint -c "$vol/dir" && [ -z "$(pvfs2-setdirhint "$vol/dir")" ]'
check setdirhint-of-a-bad-number says 2 "not a number from 1" pvfs2-setdirhint -n none "$vol/dir"
check setdirhint-of-a-bad-layout says 2 "not one of none" pvfs2-setdirhint -l square "$vol/dir"
check setdirhint-of-a-bad-list says 2 "not numbers" pvfs2-setdirhint -L 1,a "$vol/dir"
check setdirhint-of-a-bad-parameter says 2 "has no parameter 'size:1'" pvfs2-setdirhint -p size:1 "$vol/dir"
check setdirhint-of-a-file says 1 "Not a directory" pvfs2-setdirhint -n 1 "$vol/dir/file"
check setdirhint-of-nothing says 1 "No such file" pvfs2-setdirhint -n 1 "$vol/none"
check setdirhint-outside says 1 "not in a PVFS2 file system" pvfs2-setdirhint -n 1 /tmp

check servers-stop cluster_stop
check every-record-can-be-read eval 'pvfs2-db-display "$store" > all && [ $(wc -l < all) -gt 20 ]'
check records-as-json is_json pvfs2-db-display --json "$store"
check objects-as-json is_json pvfs2-showcoll --json -k -c pvfs2-fs -m "$store"
check collections-as-json is_json pvfs2-showcoll --json -m "$store"
check names-are-shown eval 'cat "$cluster"/storage/*/pvfs2-storage > /dev/null; for s in "$cluster"/storage/*/; do pvfs2-db-display "$s"; done > all; 
    grep -q "record=entry .*name=\"file\"" all && grep -q "record=xattr .*key=\"user.a\" value=0x780979" all && grep -q "key=\"st\" value=\"file\"" all &&
    grep -q "distribution=\"simple_stripe\" parameters=\"strip_size:4096\"" all && grep -q "record=reply" all && grep -q "record=pool" all'

# A second file system comes into the configuration.
sed -e '/<FileSystem>/,$!d' -e 's/Name pvfs2-fs/Name second/' -e 's/ID .*/ID 4711/' fs.conf >> two.part && cat one.conf two.part > fs.conf
check a-server-names-what-is-missing-in-its-space says 1 "file system 'second' (ID 4711) is not in the storage space: add it with pvfs2-mkspace -a" \
    pvfs2-server -d -a "${cluster_aliases[0]}" fs.conf
check mkspace-a-of-an-unknown-file-system says 1 "no file system 'third'" pvfs2-mkspace -a -c third -A "${cluster_aliases[0]}" fs.conf
for i in 0 1; do
    check "mkspace-a-by-a-configuration-$i" pvfs2-mkspace -a -c second -A "${cluster_aliases[$i]}" fs.conf
    check "a-second-file-system-is-served-$i" server_start $i
done
check both-hold-their-own eval '[ "$(pvfs2-ls "$vol")" = dir ] &&
    [ -z "$(PVFS2TAB_FILE= PVFS2EP="$vol=tcp://127.0.0.1:${cluster_ports[0]}/second" pvfs2-ls "$vol")" ]'
check servers-stop-again cluster_stop
for i in 0 1; do
    check "rmspace-by-a-configuration-$i" pvfs2-rmspace -c pvfs2-fs -A "${cluster_aliases[$i]}" fs.conf
done
check rmspace-removes-the-data eval '[ -z "$(find storage -name "*.bstream")" ]'
check rmspace-of-a-whole-space-by-a-configuration eval 'pvfs2-rmspace -A "${cluster_aliases[0]}" fs.conf && [ -z "$(ls -A "$store")" ]'

# ---- pvfs2-check-config ------------------------------------------------------------------------------------

cp one.conf fs.conf
edit ()
{
    sed "$@" one.conf > new.conf
}

# finds STATUS WHAT SED-WORD...
finds ()
{
    local status=$1 what=$2
    shift 2
    edit "$@"
    says "$status" "$what" pvfs2-check-config new.conf
}

check check-config-finds-nothing eval '[ -z "$(pvfs2-check-config fs.conf)" ]'
check check-config-without-file-is-wrong-usage says 2 "operand" pvfs2-check-config
check check-config-of-nothing says 1 "No such file" pvfs2-check-config /nowhere
check check-config-of-an-empty-file says 1 "error:" pvfs2-check-config /dev/null
check check-config-names-the-line finds 1 "new.conf:3: error: LogStamp" -e '3iLogStamp never'
check check-config-names-every-line eval 'edit -e "3iLogStamp never" -e "3iNonsense 1" -e "3iRequestSlots 0" && pvfs2-check-config new.conf > out; [ $(grep -c error: out) = 3 ]'
check check-config-finds-an-unknown-distribution finds 1 "there is no distribution 'foo', only simple_stripe" \
    -e 's,</MetaHandleRanges>,&\n<Distribution>\nName foo\n</Distribution>,'
check check-config-finds-bad-parameters finds 1 "cannot have 'strip_size:-3'" \
    -e 's,</MetaHandleRanges>,&\n<Distribution>\nName simple_stripe\nParam strip_size\nValue -3\n</Distribution>,'
check check-config-finds-what-is-not-enforced finds 1 "not enforced" -e 's,</MetaHandleRanges>,&\n<ExportOptions>\nRootSquash tcp://*\n</ExportOptions>,'
check check-config-warns-of-an-unused-alias finds 0 "warning: server 'idle' has no range" -e 's,</Aliases>,Alias idle tcp://127.0.0.1:9\n&,'
check check-config-names-the-line-of-a-warning eval 'n=$(grep -n "Alias idle" new.conf | cut -d: -f1); pvfs2-check-config new.conf | grep -q "^new.conf:$n: warning"'
check check-config-strict says 1 "idle" pvfs2-check-config -W new.conf
check check-config-warns-of-one-storage-for-two finds 0 "of one host have the same DataStorageSpace, /same" -e 's,DataStorageSpace .*,DataStorageSpace /same,'
check check-config-warns-of-relative-paths finds 0 "write the whole path" -e 's,MetadataStorageSpace .*,MetadataStorageSpace here,'
check check-config-warns-of-missing-storage finds 0 "no DataStorageSpace" -e '/DataStorageSpace/d'
check check-config-finds-one-address-for-two finds 1 "have the same address" -e "s,:${cluster_ports[1]}\$,:${cluster_ports[0]},"
check check-config-warns-of-repeats finds 0 "is set before in this section" -e '2iPerfUpdateHistory 5' -e '2iPerfUpdateHistory 6'
check check-config-warns-of-what-has-no-effect finds 0 "TreeWidth in <FileSystem> has no effect" -e 's/RootHandle/TreeWidth 4\n&/'
check check-config-warns-of-missing-keys finds 0 "can claim any identity" -e 's/127\.0\.0\.1:/10.0.0.1:/; /SecretKey/d'
check check-config-as-json eval 'edit -e "3iLogStamp never" -e "s,</Aliases>,Alias idle tcp://127.0.0.1:9\n&,"; is_json sh -c "pvfs2-check-config --json new.conf fs.conf || true"'
check a-server-refuses-an-unknown-distribution says 1 "there is no distribution 'foo'" eval \
    'edit -e "s,</MetaHandleRanges>,&\n<Distribution>\nName foo\n</Distribution>,"; pvfs2-server -d -a "${cluster_aliases[0]}" new.conf'

# ---- pvfs2-start-all, pvfs2-stop-all -------------------------------------------------------------------------

# A remote shell that knows only this machine.
cat > here <<'END'
[ "$1" = 127.0.0.1 ] || { echo "no route to $1"; exit 255; }
shift
exec sh -c "$*"
END
rm -rf storage && mkdir storage
all=(--rsh "sh $cluster/here" -p "$cluster")
stop_at_the_end ()
{
    pvfs2-stop-all "${all[@]}" fs.conf > /dev/null 2>&1
    cluster_cleanup
}
trap stop_at_the_end EXIT

check start-all-without-configuration-is-wrong-usage says 2 "operand" pvfs2-start-all
check start-all-of-nothing says 1 "No such file" pvfs2-start-all /nowhere
check start-all-without-space-says-so says 1 "create it with pvfs2-server -f" pvfs2-start-all "${all[@]}" fs.conf
check start-all-says-what-it-would-do says 0 "ssh -o BatchMode=yes -o ConnectTimeout=10 127.0.0.1 file='/run/pvfs2-server-" pvfs2-start-all -n fs.conf
check start-all-without-remote-shell says 1 "cannot run /nowhere/rsh" pvfs2-start-all --rsh /nowhere/rsh fs.conf
check start-all-with-an-unreachable-machine says 1 "on 10.9.8.7: no route to 10.9.8.7" \
    eval 'sed "s,127.0.0.1:,10.9.8.7:," fs.conf > far.conf; pvfs2-start-all "${all[@]}" far.conf'
check start-all-of-an-unknown-server says 1 "no server 'nobody'" pvfs2-start-all -A nobody "${all[@]}" fs.conf
check start-all-makes-and-starts says 0 "${cluster_aliases[1]} on 127.0.0.1: started" pvfs2-start-all -f "${all[@]}" fs.conf
check started-servers-serve pvfs2-ping -m "$vol"
check start-all-again says 0 "runs already" pvfs2-start-all "${all[@]}" fs.conf
check stop-all-of-one eval 'pvfs2-stop-all -A "${cluster_aliases[0]}" "${all[@]}" fs.conf && ! port_answers ${cluster_ports[0]} && port_answers ${cluster_ports[1]}'
check stop-all says 0 "${cluster_aliases[1]} on 127.0.0.1: stopped" pvfs2-stop-all "${all[@]}" fs.conf
check stop-all-again says 0 "does not run" pvfs2-stop-all "${all[@]}" fs.conf

# A server whose end nobody waits for, as in a container without an init, has ended all the same.
ends_unheard ()
{
    local parent status
    (pvfs2-server -d -a "${cluster_aliases[0]}" -p "$cluster/pvfs2-server-${cluster_aliases[0]}.pid" fs.conf > unheard.log 2>&1 & exec sleep 100) &
    parent=$!
    wait_until 20 port_answers "${cluster_ports[0]}" && says 0 ": stopped" pvfs2-stop-all -A "${cluster_aliases[0]}" "${all[@]}" fs.conf
    status=$?
    kill $parent
    return $status
}
check stop-all-of-a-server-whose-end-nobody-hears-of ends_unheard
check stop-all-leaves-others-alone eval 'echo $$ > "pvfs2-server-${cluster_aliases[0]}.pid"; says 0 "does not run" pvfs2-stop-all "${all[@]}" fs.conf'
finish
