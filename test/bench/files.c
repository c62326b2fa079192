/*
 * Operations on many small files, by several processes each in a directory of its own below DIR. Prints files per second.
 *
 *     files create|stat|remove|small DIR COUNT [PROCS]
 *
 * `small` writes 4 KiB to each new file and closes it. COUNT files in all; they stay, but for remove.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL = 4096 };

struct task {
    const char *dir;
    uint64_t each;
    void (*one) (const char *path);
    char *buf;
};

static char *small_data;

static void *
prepare (int me, void *arg)
{
    struct task *t = arg;
    char dir[4096];
    snprintf (dir, sizeof dir, "%s/%d", t->dir, me);
    if (mkdir (dir, 0777) < 0 && errno != EEXIST)
        bench_die_errno (dir);
    int fd = open (dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0 || fchdir (fd) < 0)
        bench_die_errno (dir);
    close (fd);
    return NULL;
}

static void
run (int me, void *state, void *arg)
{
    struct task *t = arg;
    char name[32];
    for (uint64_t i = 0; i < t->each; i++) {
        snprintf (name, sizeof name, "file-%06llu", (unsigned long long) i);
        t->one (name);
    }
}

static void
do_create (const char *name)
{
    int fd = open (name, O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (fd < 0 || close (fd) < 0)
        bench_die_errno (name);
}

static void
do_small (const char *name)
{
    int fd = open (name, O_CREAT | O_TRUNC | O_WRONLY, 0666);
    if (fd < 0 || write (fd, small_data, SMALL) != SMALL || close (fd) < 0)
        bench_die_errno (name);
}

static void
do_stat (const char *name)
{
    struct stat st;
    if (lstat (name, &st) < 0)
        bench_die_errno (name);
}

static void
do_remove (const char *name)
{
    if (unlink (name) < 0)
        bench_die_errno (name);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*one) (const char *);
    } kinds[] = { { "create", do_create }, { "stat", do_stat }, { "remove", do_remove }, { "small", do_small } };
    struct task t = { .one = NULL };
    if (argc < 4)
        bench_die ("usage", "files create|stat|remove|small DIR COUNT [PROCS]");
    int procs = argc > 4 ? atoi (argv[4]) : 4;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp (argv[1], kinds[i].name) == 0)
            t.one = kinds[i].one;
    if (!t.one)
        bench_die (argv[1], "is not an operation");
    t.dir = argv[2];
    t.each = bench_number (argv[3]) / (uint64_t) procs;
    small_data = bench_buffer (SMALL);
    double took = bench_parallel (procs, &(struct bench_work){ prepare, run, &t });
    printf ("%.1f\n", (double) (t.each * (uint64_t) procs) / took);
    return 0;
}
