#!/bin/bash
# A store that an old version made (data/old-store-make.sh) is migrated and served: every name, attribute, byte and extended attribute as it was. And a
# migration is killed before each of its writes, as a process and as a machine, and run again.

. "$PVFS2_SRC/test/lib/cluster.sh"

data=$PVFS2_SRC/test/integration/data
. "$data/old-store-list.sh"
die_at=$PVFS2_BUILD/test/lib/die-at.so forget=$PVFS2_BUILD/test/lib/forget.so

# says STATUS TEXT COMMAND...
says ()
{
    local want=$1 text=$2 said status
    shift 2
    said=$("$@" 2>&1)
    status=$?
    echo "$said"
    [ $status -eq "$want" ] && [[ $said == *"$text"* ]]
}

unpack ()
{
    rm -rf "$cluster/one" "$cluster/two" "$cluster/three"
    tar -C "$cluster" -xJf "$data/old-store-1.tar.xz"
}

mkdir -p "$cluster" "$vol"
choose_ports 3
cluster_aliases=(one two three)
sed -e "s,@FOLDER@,$cluster," -e "s/@PORT1@/${cluster_ports[0]}/" -e "s/@PORT2@/${cluster_ports[1]}/" -e "s/@PORT3@/${cluster_ports[2]}/" \
    "$data/old-store.conf" > "$cluster/fs.conf"
export PVFS2EP="$vol=tcp://127.0.0.1:${cluster_ports[0]}/pvfs2-fs"
cd "$cluster" || exit
unpack || bail_out old-store-is-unpacked "tar"

# ---- refusals ----------------------------------------------------------------------------------------

format ()
{
    head -n 1 "$1/pvfs2-storage"
}

check a-server-refuses-the-old-format-and-names-the-remedy says 1 "older format 1: stop all servers of the file system and run pvfs2-migrate-collection" \
    pvfs2-server -d -a one fs.conf
check a-dry-run-says-what-would-change says 0 "format 1, 6 of 213 records would change" pvfs2-migrate-collection -n -A one fs.conf
check_equal a-dry-run-changes-nothing "pvfs2-storage 1" "$(format one/meta)"
check an-unknown-server-is-refused says 1 "no server 'four'" pvfs2-migrate-collection -A four fs.conf
check no-configuration-is-wrong-usage says 2 "one configuration" pvfs2-migrate-collection -a
check two-configurations-are-wrong-usage says 2 "one configuration" pvfs2-migrate-collection -a -f fs.conf fs.conf
check all-and-one-are-wrong-usage says 2 "exclude" pvfs2-migrate-collection -a -A one fs.conf
check a-bad-configuration-names-the-line says 1 "bad.conf:1:" eval 'echo nonsense > bad.conf; pvfs2-migrate-collection -a bad.conf'
check data-of-another-space-is-refused says 1 "different storage spaces" eval 'mv one/data one/away && cp -r two one/data &&
    pvfs2-migrate-collection -A one fs.conf; status=$?; rm -rf one/data; mv one/away one/data; (exit $status)'
echo "pvfs2-storage 99" > newer && mkdir -p elsewhere && sed "s,$cluster/two,$cluster/elsewhere," fs.conf > elsewhere.conf && cp newer elsewhere/pvfs2-storage
check a-newer-space-is-refused says 1 "use a newer" pvfs2-migrate-collection -A two elsewhere.conf
rm elsewhere/pvfs2-storage
check no-space-is-said says 1 "there is no storage space in" pvfs2-migrate-collection -A two elsewhere.conf
check no-space-on-this-machine-is-said says 1 "run this where the servers are" \
    eval 'sed "s,$cluster/,/nowhere/," fs.conf > far.conf; pvfs2-migrate-collection -a far.conf'

# ---- killed --------------------------------------------------------------------------------------------

# As they are in the database: what a client may have been told, and what servers have promised.
records ()
{
    pvfs2-db-display one/meta
}

# points WRITES: before which of them it is killed: KILLS of all, and each of the last ones, since most of the others write zeros into a new log file.
points ()
{
    local n=${KILLS:-4} last=24
    { seq 1 $((($1 - last) / n + 1)) $(($1 - last)); seq $(($1 - last + 1)) "$1"; } | sort -nu
}

# fresh: the space as it was.
fresh ()
{
    rm -rf one journal && cp -a --sparse=always pristine one && mkdir journal
}

# killed [machine]: before one write and another; then it is run again.
killed ()
{
    local at writes preload=$die_at kills=0
    [ -z "$1" ] || preload=$die_at:$forget
    fresh && DIE_COUNT=$cluster/writes LD_PRELOAD=$die_at pvfs2-migrate-collection -A one fs.conf && writes=$(cat writes) || return
    for at in $(points "$writes"); do
        fresh || return
        env FORGET_DIR="$cluster/one" FORGET_JOURNAL="$cluster/journal" DIE_AT="$at" LD_PRELOAD="$preload" pvfs2-migrate-collection -A one fs.conf
        [ $? -eq 137 ] || return
        [ -z "$1" ] || env FORGET_DIR="$cluster/one" FORGET_JOURNAL="$cluster/journal" LD_PRELOAD="$forget" FORGET_UNDO=1 /bin/true || return
        pvfs2-migrate-collection -A one fs.conf || return
        [ "$(format one/meta)$(format one/data)" = "pvfs2-storage 2pvfs2-storage 2" ] || return
        records | diff "$cluster/wanted" - || return
        kills=$((kills + 1))
    done
    echo "$kills kills, $writes writes"
    [ $kills -gt 10 ]
}

if [ -f "$die_at" ] && [ "${PVFS2_VARIANT:-plain}" = plain ]; then
    cp -a --sparse=always one pristine
    check one-space-is-migrated pvfs2-migrate-collection -A one fs.conf
    records > wanted
    check killed-before-a-write-and-run-again killed ""
    check power-lost-before-a-write-and-run-again killed machine
    unpack
else
    skip killed-before-each-write "test/lib/die-at.so is not built"
fi

# ---- served --------------------------------------------------------------------------------------------

check all-servers-of-the-machine says 0 "three: format 1" pvfs2-migrate-collection -a -f fs.conf
check again-there-is-nothing-to-do says 0 "two: has the present format" pvfs2-migrate-collection -a fs.conf
check json eval 'pvfs2-migrate-collection --all --json fs.conf | tr -d "\n" | grep -q "^\[{\"server\": \"one\", \"format\": 2, \"current\": true,.*}\]$"'
for i in 0 1 2; do
    server_start $i || bail_out a-migrated-space-is-served "server $i"
done
check a-space-in-use-is-refused says 1 "stop that server first" pvfs2-migrate-collection -A one fs.conf
all_promised ()
{
    [ "$(pvfs2-ls "$vol" | grep -c '^promised-')" = 6 ]
}
check what-was-promised-is-done wait_until 20 all_promised
check attributes-are-as-they-were eval 'list_attributes "$vol/tree" | diff "$data/old-store-1.attributes" -'
check contents-are-as-they-were eval 'list_contents "$vol/tree" | diff "$data/old-store-1.contents" -'
check nothing-is-lost-or-left pvfs2-fsck -m "$vol"
check a-migrated-volume-takes-new-files eval 'pvfs2-cp fs.conf "$vol/tree/new" && pvfs2-mv "$vol/tree/new" "$vol/tree/a" && pvfs2-rm -r "$vol/tree/many"'
check servers-stop cluster_stop
finish
