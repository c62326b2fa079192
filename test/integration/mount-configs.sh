#!/bin/bash
# Less usual clusters: metadata and data on servers of their own; two file systems in one server; one server.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

# work DIR OTHER: the usual things; OTHER is a second mount of the same volume.
work ()
{
    cp -a /usr/include/linux "$1/tree" && diff -r /usr/include/linux "$2/tree" || return
    head -c 20000000 /dev/urandom > data && cp data "$1/data" && cmp data "$2/data" || return
    mkdir -p "$1/a/b" && mv "$1/data" "$1/a/b/moved" && cmp data "$1/a/b/moved" && ln -s a/b "$1/link" || return
    truncate -s 10000000 "$1/link/moved" && cmp -n 10000000 data "$1/a/b/moved" || return
    "$helpers/fsx" "$1" 1500 3 > fsx.log || { cat fsx.log; return 1; }
}

emptied ()
{
    rm -r "$1"/* && [ -z "$(ls -A "$1")" ]
}

restart ()
{
    local i
    for i in "${!cluster_ports[@]}"; do
        server_stop "$i" && server_start "$i" || return
    done
}

new_cluster ()
{
    cluster_stop
    rm -rf "$cluster"
    cluster_pids=()
}

# files SERVER: how many bytestreams it holds.
files ()
{
    find "$cluster/storage" -path "*${cluster_ports[$1]}*" -name '*.bstream' | wc -l
}

# ---- server 0 holds metadata only, server 1 data only ----------------------------------------------

choose_ports 2
meta_and_data=(--metaservers "127.0.0.1:${cluster_ports[0]}" --ioservers "127.0.0.1:${cluster_ports[1]}")
cluster_start 2 --notrovesync "${meta_and_data[@]}"
check meta-and-data-mount eval 'mount_at "$m1" && mount_at "$m2"'
check meta-and-data-work work "$m1" "$m2"
check meta-and-data-tools eval 'pvfs2-ls "$vol/a/b" | grep -qx moved && pvfs2-cp "$vol/a/b/moved" back && cmp -n 10000000 data back && pvfs2-statfs'
check_equal no-bytestream-on-the-metadata-server 0 "$(files 0)"
check bytestreams-on-the-data-server test "$(files 1)" -gt 0
check meta-and-data-restart eval 'restart && cmp -n 10000000 data "$m1/a/b/moved" && echo x > "$m1/new" && [ "$(cat "$m2/new")" = x ]'
# (A server that has just started keeps what loses its last name for half a minute: somebody may have it open.)
check meta-and-data-emptied emptied "$m1"
check meta-and-data-data-goes wait_until 50 eval '[ "$(files 1)" -eq 0 ]'
check meta-and-data-umount eval 'unmount "$m1" && unmount "$m2"'
new_cluster

# ---- two file systems in one server ----------------------------------------------------------------

# The section of the second: another name and id.
second_volume ()
{
    awk '/<FileSystem>/ { on = 1 }
         on { section = section $0 "\n" }
         { print }
         /<\/FileSystem>/ {
             sub (/Name pvfs2-fs/, "Name other-fs", section)
             match (section, /ID [0-9]+/)
             id = substr (section, RSTART + 3, RLENGTH - 3)
             sub ("ID " id, "ID " (id > 1000 ? id - 7 : id + 7), section)
             printf "%s", section
         }' "$cluster/fs.conf" > two.conf && mv two.conf "$cluster/fs.conf" &&
        echo "$(spec 0 other-fs) $cluster/other pvfs2 defaults 0 0" >> "$cluster/pvfs2tab" && mkdir "$cluster/other"
}

mount_other ()
{
    mkdir -p "$m2" && cluster_mounts+=("$m2") && mount.pvfs2 "$(spec 0 other-fs)" "$m2"
}

# The same names in both, each with its own text; handles of both may well be equal.
apart ()
{
    local i
    for i in {1..30}; do
        echo "one $i" > "$m1/same.$i" && echo "other $i" > "$m2/same.$i" || return
    done
    head -c 3000000 /dev/zero > "$m1/big" && head -c 2000000 /dev/urandom > data && cp data "$m2/big" || return
    for i in {1..30}; do
        [ "$(cat "$m1/same.$i") $(cat "$m2/same.$i")" = "one $i other $i" ] || return
    done
    cmp data "$m2/big" && rm -r "$m1"/* && [ "$(cat "$m2/same.7")" = "other 7" ] && cmp data "$m2/big"
}

cluster_config 1 --notrovesync || bail_out config-is-written
check two-volumes-config second_volume || { cat "$cluster/fs.conf"; exit 1; }
check two-volumes-start eval 'server_format 0 && server_start 0' || exit 1
check two-volumes-mount eval 'mount_at "$m1" && mount_other'
check two-volumes-are-apart apart
check two-volumes-restart eval 'restart && [ "$(cat "$m2/same.7")" = "other 7" ] && [ -z "$(ls -A "$m1")" ] && echo x > "$m1/x"'
check two-volumes-tools eval '[ "$(pvfs2-ls "$vol")" = x ] && pvfs2-ls "$cluster/other" | grep -qx same.7 && pvfs2-cp "$cluster/other/big" back && cmp data back'
check two-volumes-mv-says-why says "lie in different file systems" pvfs2-mv "$vol/x" "$cluster/other/y"
check two-volumes-ln-says-why says "in another file system" pvfs2-ln "$vol/x" "$cluster/other/y"
check two-volumes-first-works work "$m1" "$m1"
check two-volumes-emptied emptied "$m2"
check two-volumes-umount eval 'unmount "$m1" && unmount "$m2"'
new_cluster

# ---- one server, one datafile, syncing -------------------------------------------------------------

cluster_start 1
check one-server-mount eval 'mount_at "$m1" cache=none && mount_at "$m2" num_dfiles=1'
check one-server-works work "$m2" "$m1"
check one-server-emptied emptied "$m1"
check one-server-umount eval 'unmount "$m1" && unmount "$m2"'
new_cluster

# ---- direct I/O on the servers' disks --------------------------------------------------------------

cluster_start 2 --notrovesync --trove-method directio
check directio-mount eval 'mount_at "$m1" && mount_at "$m2"'
check directio-works work "$m1" "$m2"
check directio-umount eval 'unmount "$m1" && unmount "$m2"'
check servers-end-well cluster_stop
finish
