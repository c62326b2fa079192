/*
 * A cluster of real servers for tests written in C: generates fs.conf, creates the storage, starts
 * `pvfs2-server` processes of the build under test on free loopback ports, kills and restarts them,
 * and stops them at the end.
 *
 * The servers are children of the caller and die with it, however it ends (PR_SET_PDEATHSIG; call
 * from the main thread). Everything lies below $PVFS2_TMP, or below a folder of its own that is
 * removed by cluster_stop. All calls end the program with a message if the machine does not let
 * them do their work; what the servers themselves do wrong is returned.
 */
#ifndef TEST_CLUSTER_H
#define TEST_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CLUSTER_MAX = 8 };

struct cluster_spec {
    int nservers;
    unsigned meta, data;  /* which servers hold metadata and data: bit i = server i; 0 = all */
    int nfs;              /* file systems: pvfs2-fs, pvfs2-fs2 …; 0 = 1 */
    const char *defaults; /* more lines of <Defaults> */
    const char *fs_lines; /* more lines of each <FileSystem> */
    const char *hints;    /* more lines of <StorageHints> */
    bool forget;          /* under test/lib/forget: see cluster_forget */
};

struct cluster_server {
    char alias[16], addr[64], log[512], storage[512], journal[512];
    int port;
    pid_t pid; /* 0: does not run */
};

struct cluster {
    struct cluster_spec spec;
    struct cluster_server server[CLUSTER_MAX];
    int n;
    char dir[256], conf[512];
    bool own_dir;
};

/* Writes the configuration, creates the storage and starts all. */
void cluster_start (struct cluster *c, const struct cluster_spec *spec);
/* Starts server i again and waits until it listens. false: it ended instead (its log says why). */
bool cluster_run (struct cluster *c, int i);
void cluster_kill (struct cluster *c, int i); /* SIGKILL, and waits for the end */
/* After a kill, with spec.forget: undoes what the server did not sync, as if its machine had lost
 * power. */
void cluster_forget (struct cluster *c, int i);
bool cluster_can_forget (void); /* is forget.so built? */
int cluster_term (struct cluster *c, int i,
                  int seconds); /* SIGTERM; its exit status, −1 if it had to be killed */
/* Ends all with SIGTERM; the number of servers that did not end well. Accepts one that is stopped.
 */
int cluster_stop (struct cluster *c);
/* Prints the last lines of all logs, for a failed test. */
void cluster_show_logs (const struct cluster *c);

/* The folder of the build under test: $PVFS2_BUILD, else the one that the program lies in. */
const char *cluster_build (void);
/* The addresses for client_mount_wait; returns their number. */
int cluster_addrs (const struct cluster *c, const char *ret[CLUSTER_MAX]);

/* From /proc. */
double cluster_cpu_seconds (pid_t pid);
long cluster_rss_kib (pid_t pid);
int cluster_count_dir (pid_t pid, const char *what); /* entries of /proc/PID/what: "fd", "task" */

#endif
