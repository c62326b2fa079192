#!/bin/bash
# MPI-IO, HDF5 and PnetCDF over mounts, four ranks, under MPICH (ROMIO) and Open MPI (OMPIO, and its own ROMIO): on one mount, and on two without cache of
# the volume, of which every second rank has the other one, as programs on several machines would. doc/mpi-io.md says what that takes.

. "$PVFS2_SRC/test/lib/cluster.sh"
. "$PVFS2_SRC/test/lib/mpi.sh"

can_mount || { skip mpi-mount "needs root, /dev/fuse and mount.pvfs2"; exit 0; }

examples=$PVFS2_SRC/doc/examples/mpi
plain=$PVFS2_TMP/plain one=$PVFS2_TMP/one two=$PVFS2_TMP/two

# says WHAT COMMAND...: the command succeeds, and prints that line.
says ()
{
    local want=$1 got
    shift
    got=$("$@" 2>&1) || { echo "$got"; return 1; }
    echo "$got"
    grep -qxF -- "$want" <<< "$got"
}

# run STACK PROGRAM ARGUMENT...: the stacks are mpich, openmpi (with OMPIO) and romio (Open MPI's).
run ()
{
    local stack=$1 program=$2
    shift 2
    case $stack in
    romio) mpi_run openmpi 4 --mca io romio321 "openmpi/$program" "$@" ;;
    *)     mpi_run "$stack" 4 "$stack/$program" "$@" ;;
    esac
}

test_behaviours ()
{
    local stack=$1 behaviour
    for behaviour in sieving collective atomic shared-pointer sizes; do
        check "$stack-$behaviour" says "$behaviour: 0 wrong" run "$stack" mpi-io $behaviour "$plain/$stack.$behaviour"
    done
    for behaviour in collective shared-pointer sizes; do
        check "$stack-two-mounts-$behaviour" says "$behaviour: 0 wrong" \
            run "$stack" mpi-io $behaviour "$one/$stack.2.$behaviour" "$two/$stack.2.$behaviour"
    done
    check "$stack-two-mounts-strided-without-sieving" env_without_sieving says "sieving: 0 wrong" \
        run "$stack" mpi-io sieving "$one/$stack.2.sieving" "$two/$stack.2.sieving"
}

# Sieved writes need locks that hold between mounts, and there are none.
env_without_sieving ()
{
    echo "romio_ds_write disable" > hints
    local -x ROMIO_HINTS=$PWD/hints OMPI_MCA_fbtl_posix_write_datasieving=0
    "$@"
}

test_hdf5 ()
{
    local stack=$1
    check "$stack-hdf5" says "$plain/$stack.h5: 2 sets of 613 x 411 doubles written by rows, read by columns, 0 wrong" \
        run "$stack" hdf5-slabs "$plain/$stack.h5" 613 411
}

test_pnetcdf ()
{
    local stack=$1
    check "$stack-pnetcdf" says "$plain/$stack.nc: 61 x 53 x 47 ints written in blocks, read in slabs, and 5 records, 0 wrong" \
        run "$stack" pnetcdf-blocks "$plain/$stack.nc" 61 53 47
}

cluster_start 4 --notrovesync
mount_at "$plain" && mount_at "$one" cache=none && mount_at "$two" cache=none || bail_out volume-is-mounted
# OMPIO takes locks, for atomic mode too, only if it knows of the file system that it must; so it has to be told.
export OMPI_MCA_fs_ufs_lock_algorithm=3

for mpi in $(mpis); do
    stacks=$mpi
    [ $mpi = mpich ] || stacks="openmpi romio"
    check "$mpi-builds-the-test" mpi_build $mpi mpi-io "$PVFS2_SRC/test/integration/mpi-io.c" || continue
    for stack in $stacks; do
        test_behaviours $stack
    done
    if pkg-config --exists hdf5-$mpi; then
        check "$mpi-builds-with-hdf5" mpi_build $mpi hdf5-slabs "$examples/hdf5-slabs.c" $(pkg-config --cflags --libs hdf5-$mpi) &&
            for stack in $stacks; do test_hdf5 $stack; done
    else
        skip "$mpi-hdf5" "libhdf5-$mpi-dev is not installed"
    fi
    # Debian builds PnetCDF with Open MPI only.
    if [ $mpi = openmpi ] && pkg-config --exists pnetcdf; then
        check "$mpi-builds-with-pnetcdf" mpi_build $mpi pnetcdf-blocks "$examples/pnetcdf-blocks.c" $(pkg-config --cflags --libs pnetcdf) &&
            for stack in $stacks; do test_pnetcdf $stack; done
    elif [ $mpi = openmpi ]; then
        skip "$mpi-pnetcdf" "libpnetcdf-dev is not installed"
    fi
done
for mount in "$plain" "$one" "$two"; do
    check "mount-${mount##*/}-is-let-go" unmount "$mount"
done
finish
