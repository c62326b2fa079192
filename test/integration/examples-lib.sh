# examples-lib.sh: the volume that the examples of the man pages count on (src/common/tool/tool.h), and the pages; to be sourced.
#
# Variables:  pages   the man pages that programs make from their tables of options
#             tools   these programs

# A network and mounts of its own, so that the pages' port numbers and /mnt/pvfs2 are free.
if [ -z "${EXAMPLES_INSIDE:-}" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "skip examples - only root can make a network namespace"; exit 0; }
    EXAMPLES_INSIDE=1 exec unshare -n -m "$0" "$@"
fi
ip link set lo up 2>/dev/null || ifconfig lo up || exit
umount -l -a -t fuse.pvfs2 # in here only: mounts are volumes, too
mount -t tmpfs none /mnt && mkdir /mnt/pvfs2 || exit

. "$PVFS2_SRC/test/lib/cluster.sh"

pages=$(grep -l -e --help-man -- "$PVFS2_SRC"/doc/man/*.[18])
tools=$(for page in $pages; do basename "${page%.*}"; done)

umask 022
export TZ=UTC cluster
example_tab="tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0"

# example_volume [FLAG...]: of pvfs2-genconfig
example_volume ()
{
    local servers
    cluster_ports=(3334 3335 3336 3337)
    servers=$(printf ',127.0.0.1:%s' "${cluster_ports[@]}")
    cluster_start 4 --notrovesync --ioservers "${servers#,}" --metaservers "${servers#,}" "$@"
    echo "$example_tab" > "$PVFS2TAB_FILE"
    unset PVFS2EP
}

empty_volume ()
{
    pvfs2-ls -A /mnt/pvfs2 | sed 's,^,/mnt/pvfs2/,' | xargs -r -d '\n' pvfs2-rm -r
}
