#!/bin/bash
# The MPI programs of doc/examples/mpi, built with each MPI against the library as it is in the build folder, and run by four ranks. They compare
# every byte themselves; here the files of the two MPIs are compared with each other, and each MPI reads what the other wrote.
#
#     SORT_MB   how much is sorted

. "$PVFS2_SRC/test/lib/cluster.sh"
. "$PVFS2_SRC/test/lib/mpi.sh"

programs="checkpoint file-per-rank blocks-3d sample-sort"
examples=$PVFS2_SRC/doc/examples/mpi
sort_mb=${SORT_MB:-1024}
export PKG_CONFIG_PATH=$PVFS2_BUILD

build_all ()
{
    local mpi=$1 program
    for program in $programs; do
        mpi_build "$mpi" "$program" $(pkg-config --cflags libpvfs2) "$examples/$program.c" "$examples/volume.c" \
            $(pkg-config --libs libpvfs2) || return
    done
}

# says WHAT COMMAND...: the command succeeds, and its last line is just that.
says ()
{
    local want=$1 got
    shift
    got=$("$@" 2>&1) || { echo "$got"; return 1; }
    echo "$got"
    [ "${got##*$'\n'}" = "$want" ]
}

# fails_at_once TEXT COMMAND...: all ranks leave with a message; nobody waits for the others.
fails_at_once ()
{
    local want=$1 got status
    shift
    got=$(MPI_SECONDS=30 "$@" 2>&1)
    status=$?
    printf '%s\n' "$got"
    [ $status -ne 0 ] && [ $status -ne 124 ] && [ "$(grep -c "$want" <<< "$got")" -eq 1 ]
}

# The same bytes whichever MPI wrote them, seen by a tool that knows nothing of either.
same_files ()
{
    pvfs2-cp "$vol/$1" one && pvfs2-cp "$vol/$2" two && [ -s one ] && cmp one two
    local status=$?
    rm -f one two
    return $status
}

test_mpi ()
{
    local mpi=$1 v=$vol/$1
    check "$mpi-builds-the-examples" build_all "$mpi" || return
    check "$mpi-checkpoint-is-written" mpi_run "$mpi" 4 "$mpi/checkpoint" write "$v.ck" 211 47008 7
    check "$mpi-restart-by-as-many" says "$v.ck: step 7, 844 records of 47008 bytes by 4 ranks, 0 wrong" \
        mpi_run "$mpi" 4 "$mpi/checkpoint" read "$v.ck" 7
    check "$mpi-restart-by-fewer" says "$v.ck: step 7, 844 records of 47008 bytes by 4 ranks, 0 wrong" \
        mpi_run "$mpi" 3 "$mpi/checkpoint" read "$v.ck" 7
    check "$mpi-checkpoint-of-small-records" mpi_run "$mpi" 4 "$mpi/checkpoint" write "$v.small" 20000 100 8
    check "$mpi-restart-from-small-records" says "$v.small: step 8, 80000 records of 100 bytes by 4 ranks, 0 wrong" \
        mpi_run "$mpi" 4 "$mpi/checkpoint" read "$v.small" 8
    check "$mpi-next-checkpoint-takes-its-place" mpi_run "$mpi" 4 "$mpi/checkpoint" write "$v.ck" 211 47008 9
    check "$mpi-restart-from-the-next" says "$v.ck: step 9, 844 records of 47008 bytes by 4 ranks, 0 wrong" \
        mpi_run "$mpi" 4 "$mpi/checkpoint" read "$v.ck" 9
    check_fails "$mpi-no-half-checkpoint-is-left" 1 pvfs2-stat "$v.ck.new"
    check "$mpi-file-per-rank" says "$v.parts: 4 files of 33554432 bytes, 0 wrong" \
        mpi_run "$mpi" 4 "$mpi/file-per-rank" "$v.parts" 32
    check "$mpi-blocks" says "$v.array.doubled: 120 x 90 x 101 doubles written in blocks, read in slabs, 0 wrong" \
        mpi_run "$mpi" 4 "$mpi/blocks-3d" "$v.array" 120 90 101
    check "$mpi-blocks-of-eight" says "$v.eight.doubled: 65 x 33 x 47 doubles written in blocks, read in slabs, 0 wrong" \
        mpi_run "$mpi" 8 "$mpi/blocks-3d" "$v.eight" 65 33 47
    check "$mpi-sorts-$sort_mb-MiB" says "$v.sorted.out: $((sort_mb * 16384)) records, 0 wrong or out of order, all there" \
        mpi_run "$mpi" 4 "$mpi/sample-sort" "$v.sorted" "$sort_mb"
    check "$mpi-error-reaches-all" fails_at_once "cannot open $v.none: No such file or directory" \
        mpi_run "$mpi" 4 "$mpi/checkpoint" read "$v.none" 1
    check "$mpi-damage-is-found" damage_is_found "$mpi"
}

# A program that compares must be able to find a difference.
damage_is_found ()
{
    local mpi=$1 got
    pvfs2-cp "$vol/$mpi.ck" damaged && printf x | dd of=damaged bs=1 seek=1234567 conv=notrunc status=none &&
        pvfs2-cp damaged "$vol/$mpi.damaged" || return
    rm -f damaged
    ! got=$(mpi_run "$mpi" 4 "$mpi/checkpoint" read "$vol/$mpi.damaged" 9) && [[ $got = *", 1 wrong" ]]
}

# Each MPI with the other's files.
test_both ()
{
    check mpich-restarts-from-openmpi says "$vol/openmpi.ck: step 9, 844 records of 47008 bytes by 4 ranks, 0 wrong" \
        mpi_run mpich 2 mpich/checkpoint read "$vol/openmpi.ck" 9
    check openmpi-restarts-from-mpich says "$vol/mpich.ck: step 9, 844 records of 47008 bytes by 4 ranks, 0 wrong" \
        mpi_run openmpi 2 openmpi/checkpoint read "$vol/mpich.ck" 9
    check both-write-the-same-checkpoint same_files mpich.ck openmpi.ck
    check both-write-the-same-array same_files mpich.array.doubled openmpi.array.doubled
    check both-sort-the-same same_files mpich.sorted.out openmpi.sorted.out
}

cluster_start 4 --notrovesync
installed=$(mpis)
for mpi in $installed; do
    test_mpi "$mpi"
done
[ "$(wc -w <<< "$installed")" -lt 2 ] || test_both
finish
