/*
 * pieces: several writers fill one file at the same time, each its own pieces; afterwards the file is exactly the union.
 *
 *     pieces posix|lib FILE WRITER WRITERS SECONDS MB     writes; ends with a line "done WRITER PASS PIECES"
 *     pieces check     FILE LOG WRITERS MB                what those lines (file LOG) promise against the file, read with read ()
 *
 * SEED (environment) cuts the file into pieces of 1 to 300,000 bytes and gives each to a writer. All go through their pieces again
 * and again; a byte shows which pass wrote it, so an old write that comes late is seen as well as a lost one or a stray one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pvfs2.h>
#include <pvfs2-util.h>

enum { PIECE_MAX = 300000, WRITERS_MAX = 16 };

struct pieces {
    uint64_t state;
    int64_t off, size, end;
    int writers, owner;
};

static uint64_t seed = 20061122;

static void
die (const char *what, int err)
{
    fprintf (stderr, "pieces: %s: %s\n", what, strerror (err));
    exit (1);
}

static uint64_t
rnd (uint64_t *state)
{
    uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
pieces_begin (struct pieces *p, int64_t end, int writers)
{
    *p = (struct pieces) { .state = seed, .end = end, .writers = writers };
}

static int
pieces_next (struct pieces *p)
{
    p->off += p->size;
    p->size = 1 + (int64_t) (rnd (&p->state) % PIECE_MAX);
    p->owner = (int) (rnd (&p->state) % (uint64_t) p->writers);
    if (p->size > p->end - p->off)
        p->size = p->end - p->off;
    return p->off < p->end;
}

static void
fill (uint8_t *buf, int64_t off, int64_t n, uint64_t pass)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t) (off + i) * 2654435761u ^ (uint32_t) pass * 40503u;
        buf[i] = (uint8_t) ((x >> 13) | 1);
    }
}

/* ---- the two ways to write ------------------------------------------------------------------------ */

static int fd = -1;
static PVFS_object_ref ref;
static PVFS_credential cred;

static void
open_lib (const char *file)
{
    PVFS_fs_id fs;
    PVFS_sysresp_lookup found;
    char path[PVFS_PATH_MAX];
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_resolve (file, &fs, path, sizeof path);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_lookup (fs, path, &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r < 0) {
        PVFS_perror (file, r);
        exit (1);
    }
    ref = found.ref;
}

static void
put_lib (uint8_t *buf, int64_t size, int64_t off)
{
    PVFS_Request mem;
    PVFS_sysresp_io done = { 0 };
    int r = PVFS_Request_contiguous ((int32_t) size, PVFS_BYTE, &mem);
    if (r == 0)
        r = PVFS_sys_write (ref, PVFS_BYTE, off, buf, mem, &cred, &done, PVFS_HINT_NULL);
    PVFS_Request_free (&mem);
    if (r < 0 || done.total_completed != size) {
        PVFS_perror ("write", r);
        exit (1);
    }
}

static void
put_posix (uint8_t *buf, int64_t size, int64_t off)
{
    while (size > 0) {
        ssize_t n = pwrite (fd, buf, (size_t) size, off);
        if (n <= 0)
            die ("write", n < 0 ? errno : EIO);
        buf += n, off += n, size -= n;
    }
}

static int
write_pieces (char **argv)
{
    static uint8_t buf[PIECE_MAX];
    int posix = strcmp (argv[1], "posix") == 0, writer = atoi (argv[3]), writers = atoi (argv[4]);
    struct timespec start, now;
    clock_gettime (CLOCK_MONOTONIC, &start);
    if (!posix)
        open_lib (argv[2]);
    else if ((fd = open (argv[2], O_WRONLY)) < 0)
        die (argv[2], errno);
    for (int pass = 0;; pass++) {
        struct pieces p;
        int count = 0;
        pieces_begin (&p, atoll (argv[6]) << 20, writers);
        while (pieces_next (&p)) {
            if (p.owner != writer)
                continue;
            clock_gettime (CLOCK_MONOTONIC, &now);
            if (pass > 0 && now.tv_sec - start.tv_sec >= atol (argv[5])) {
                if (posix && close (fd) < 0)
                    die ("close", errno);
                printf ("done %d %d %d\n", writer, pass, count);
                return 0;
            }
            fill (buf, p.off, p.size, (uint64_t) pass);
            (posix ? put_posix : put_lib) (buf, p.size, p.off);
            count++;
        }
    }
}

/* ---- the judge ------------------------------------------------------------------------------------ */

static void
read_log (const char *name, int *pass, int *count, int writers)
{
    char line[128];
    int w, p, c, seen = 0;
    FILE *f = fopen (name, "r");
    if (!f)
        die (name, errno);
    while (fgets (line, sizeof line, f))
        if (sscanf (line, "done %d %d %d", &w, &p, &c) == 3 && w >= 0 && w < writers) {
            pass[w] = p, count[w] = c;
            seen++;
        }
    fclose (f);
    if (seen != writers) {
        fprintf (stderr, "pieces: %d of %d writers came to their end\n", seen, writers);
        exit (1);
    }
}

static int
check_pieces (char **argv)
{
    static uint8_t got[PIECE_MAX], want[PIECE_MAX];
    int pass[WRITERS_MAX], left[WRITERS_MAX], writers = atoi (argv[4]), n = 0, passes = 0;
    struct pieces p;
    struct stat st;
    read_log (argv[3], pass, left, writers);
    if ((fd = open (argv[2], O_RDONLY)) < 0 || fstat (fd, &st) < 0)
        die (argv[2], errno);
    pieces_begin (&p, atoll (argv[5]) << 20, writers);
    for (; pieces_next (&p); n++) {
        int64_t done = 0;
        for (ssize_t r; done < p.size; done += r)
            if ((r = pread (fd, got + done, (size_t) (p.size - done), p.off + done)) <= 0)
                die ("read", r < 0 ? errno : ENODATA);
        fill (want, p.off, p.size, (uint64_t) (left[p.owner]-- > 0 ? pass[p.owner] : pass[p.owner] - 1));
        for (int64_t i = 0; i < p.size; i++)
            if (got[i] != want[i]) {
                fprintf (stderr, "pieces: writer %d, piece %lld+%lld: byte %lld is %02x, not %02x (SEED=%llu)\n", p.owner,
                         (long long) p.off, (long long) p.size, (long long) (p.off + i), got[i], want[i],
                         (unsigned long long) seed);
                return 1;
            }
    }
    if (st.st_size != p.end) {
        fprintf (stderr, "pieces: %lld bytes instead of %lld\n", (long long) st.st_size, (long long) p.end);
        return 1;
    }
    for (int w = 0; w < writers; w++)
        passes += pass[w];
    printf ("# %d pieces of %d writers, %d passes each on average\n", n, writers, passes / writers);
    return 0;
}

int
main (int argc, char **argv)
{
    if (getenv ("SEED"))
        seed = strtoull (getenv ("SEED"), NULL, 0);
    if (argc == 6 && strcmp (argv[1], "check") == 0 && atoi (argv[4]) <= WRITERS_MAX)
        return check_pieces (argv);
    if (argc == 7 && (strcmp (argv[1], "posix") == 0 || strcmp (argv[1], "lib") == 0))
        return write_pieces (argv);
    fprintf (stderr, "usage: see the head of pieces.c\n");
    return 2;
}
