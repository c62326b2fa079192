/*
 * What this machine can do without us.
 *
 *     reference ping COUNT              microseconds of one exchange over loopback TCP: a request as of a 4 KiB read, and its answer (median)
 *     reference stream BYTES            MiB/s of one loopback TCP stream, 256 KiB at a time
 *     reference sync FILE SECONDS       fdatasync/s of one process that appends 4 KiB each time
 *     reference database DIR SECONDS    Berkeley DB transactions/s, not flushed, each with the puts of one create: the records of the datafile,
 *                                       the file and the directory, layout, entry, reply; in an environment set up as the server's
 */
#include "bench.h"

#include <arpa/inet.h>
#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST = 256, ANSWER = 4096 + 64, STREAM_BLOCK = 256 << 10 };

/* --- loopback ------------------------------------------------------------------------------------------------------------------ */

static void
whole (int fd, char *buf, size_t n, int write_it)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = write_it ? write (fd, buf + done, n - done) : read (fd, buf + done, n - done);
        if (k <= 0)
            exit (k == 0 ? 0 : 1);
        done += (size_t) k;
    }
}

/* A child that serves, and a connection to it. */
static int
connect_to (void (*serve) (int fd))
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int one = 1, l = socket (AF_INET, SOCK_STREAM, 0), c = socket (AF_INET, SOCK_STREAM, 0);
    if (bind (l, (struct sockaddr *) &a, sizeof a) < 0 || listen (l, 1) < 0 || getsockname (l, (struct sockaddr *) &a, &len) < 0)
        bench_die_errno ("loopback");
    pid_t pid = fork ();
    if (pid < 0)
        bench_die_errno ("fork");
    if (pid == 0) {
        close (c);
        int s = accept (l, NULL, NULL);
        setsockopt (s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        serve (s);
        exit (0);
    }
    if (connect (c, (struct sockaddr *) &a, sizeof a) < 0)
        bench_die_errno ("loopback");
    setsockopt (c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close (l);
    return c;
}

static void
serve_ping (int fd)
{
    char *buf = bench_buffer (ANSWER);
    for (;;) {
        whole (fd, buf, REQUEST, 0);
        whole (fd, buf, ANSWER, 1);
    }
}

static int
by_value (const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
ping (uint64_t count)
{
    char *buf = bench_buffer (ANSWER);
    double *t = calloc (count, sizeof *t);
    int fd = connect_to (serve_ping);
    for (uint64_t i = 0; i < count; i++) {
        double start = bench_now ();
        whole (fd, buf, REQUEST, 1);
        whole (fd, buf, ANSWER, 0);
        t[i] = bench_now () - start;
    }
    close (fd);
    wait (NULL);
    qsort (t, count, sizeof *t, by_value);
    return t[count / 2] * 1e6;
}

static void
serve_stream (int fd)
{
    char *buf = bench_buffer (STREAM_BLOCK);
    while (read (fd, buf, STREAM_BLOCK) > 0)
        ;
}

static double
stream (uint64_t bytes)
{
    char *buf = bench_buffer (STREAM_BLOCK);
    int fd = connect_to (serve_stream);
    double start = bench_now ();
    for (uint64_t done = 0; done < bytes; done += STREAM_BLOCK)
        whole (fd, buf, STREAM_BLOCK, 1);
    close (fd);
    wait (NULL); /* until all was taken */
    return (double) bytes / 1048576 / (bench_now () - start);
}

/* --- disk ------------------------------------------------------------------------------------------------------------------------ */

static double
sync_append (const char *file, double seconds)
{
    char *buf = bench_buffer (4096);
    int fd = open (file, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    uint64_t n = 0;
    double start = bench_now (), now = start;
    if (fd < 0)
        bench_die_errno (file);
    for (; now - start < seconds; now = bench_now (), n++)
        if (write (fd, buf, 4096) != 4096 || fdatasync (fd) < 0)
            bench_die_errno (file);
    close (fd);
    unlink (file);
    return (double) n / (now - start);
}

static void
check (int r, const char *what)
{
    if (r != 0)
        bench_die (what, db_strerror (r));
}

/* Keys as the server's: file system, type, handle, name. */
static void
put (DB *db, DB_TXN *txn, char type, uint64_t handle, const char *name, size_t size)
{
    static char value[512];
    uint8_t k[64] = { 0, 0, 0, 9, (uint8_t) type };
    for (int i = 0; i < 8; i++)
        k[5 + i] = (uint8_t) (handle >> (56 - 8 * i));
    size_t n = strlen (name);
    memcpy (k + 13, name, n);
    DBT key = { .data = k, .size = (uint32_t) (13 + n) }, val = { .data = value, .size = (uint32_t) size };
    memcpy (value, &handle, sizeof handle);
    check (db->put (db, txn, &key, &val, 0), "put");
}

static void
one_create (DB *db, DB_TXN *txn, uint64_t i)
{
    enum { DIRECTORY = 77, DATAFILES = 1 << 30 };
    char entry[40];
    uint64_t state = i;
    snprintf (entry, sizeof entry, "%08llxfile-%06llu", (unsigned long long) (bench_random (&state) >> 32), (unsigned long long) i);
    put (db, txn, 'a', DATAFILES + i, "", 85);
    put (db, txn, 'k', 1000 + i, "ly", 70);
    put (db, txn, 'a', 1000 + i, "", 85);
    put (db, txn, 'd', DIRECTORY, entry, 10);
    put (db, txn, 'a', DIRECTORY, "", 85);
    put (db, txn, 'r', 12345, "slot", 320);
}

static double
database (const char *dir, double seconds)
{
    DB_ENV *env;
    DB *db;
    if (mkdir (dir, 0700) < 0 && errno != EEXIST)
        bench_die_errno (dir);
    check (db_env_create (&env, 0), "environment");
    env->set_cachesize (env, 0, 32 << 20, 1);
    env->set_lg_bsize (env, 4 << 20);
    env->set_lg_max (env, 16 << 20);
    env->log_set_config (env, DB_LOG_AUTO_REMOVE, 1);
    check (env->open (env, dir, DB_CREATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL | DB_PRIVATE | DB_THREAD | DB_RECOVER, 0600), dir);
    check (db_create (&db, env, 0), "table");
    db->set_flags (db, DB_CHKSUM);
    check (db->open (db, NULL, "table.db", NULL, DB_BTREE, DB_AUTO_COMMIT | DB_THREAD | DB_CREATE, 0600), "table");
    uint64_t n = 0;
    double start = bench_now (), now = start;
    for (; now - start < seconds; now = bench_now (), n++) {
        DB_TXN *txn;
        check (env->txn_begin (env, NULL, &txn, 0), "begin");
        one_create (db, txn, n);
        check (txn->commit (txn, DB_TXN_WRITE_NOSYNC), "commit");
    }
    db->close (db, 0);
    env->close (env, 0);
    return (double) n / (now - start);
}

int
main (int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    double v = 0;
    if (strcmp (what, "ping") == 0)
        v = ping (bench_number (argv[2]));
    else if (strcmp (what, "stream") == 0)
        v = stream (bench_number (argv[2]));
    else if (strcmp (what, "sync") == 0 && argc > 3)
        v = sync_append (argv[2], atof (argv[3]));
    else if (strcmp (what, "database") == 0 && argc > 3)
        v = database (argv[2], atof (argv[3]));
    else
        bench_die ("usage", "reference ping COUNT | stream BYTES | sync FILE SECONDS | database DIR SECONDS");
    printf ("%.2f\n", v);
    return 0;
}
