# mpi.sh: MPI programs for shell tests, with Debian's two MPIs side by side; to be sourced behind cluster.sh.
#
#     for mpi in $(mpis); do                    # those that are installed; the others are reported as skipped
#         mpi_build $mpi PROGRAM FLAG... FILE.c...
#         mpi_run $mpi RANKS ./$mpi/PROGRAM ARGUMENT...

# On this machine only, as root or not, with more ranks than processors if it must be.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl=self,vader OMPI_MCA_pml=ob1 OMPI_MCA_plm_rsh_agent=false OMPI_MCA_oob_tcp_if_include=lo
export HYDRA_LAUNCHER=fork HYDRA_IFACE=lo UCX_TLS=self,posix,sysv UCX_NET_DEVICES=
unset HYDRA_HOST_FILE

mpis ()
{
    local mpi
    for mpi in mpich openmpi; do
        if command -v "mpicc.$mpi" > /dev/null && command -v "mpirun.$mpi" > /dev/null; then
            echo "$mpi"
        else
            skip "$mpi" "mpicc.$mpi is not installed" >&2
        fi
    done
}

# mpi_build MPI NAME ARGUMENT...: as MPI/NAME; a warning is an error.
mpi_build ()
{
    local mpi=$1 name=$2
    shift 2
    mkdir -p "$mpi" && "mpicc.$mpi" -std=c99 -O2 -Wall -Wextra -Werror -o "$mpi/$name" "$@"
}

# mpi_run MPI RANKS COMMAND...
mpi_run ()
{
    local mpi=$1 ranks=$2
    shift 2
    timeout "${MPI_SECONDS:-180}" "mpirun.$mpi" -n "$ranks" "$@" < /dev/null
}
