/*
 * fsx: random writes, truncates, reads, private mappings, reopens and renames of one file, compared with a copy in memory.
 *
 *     fsx DIRECTORY [OPERATIONS [SEED]]      prints "ok …" or "not ok …" with the seed
 *
 * Offsets gather around strip (64 KiB) and page boundaries, where striped and stuffed files go wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 3 << 20, STRIP = 65536 };

static unsigned char model[MAX_SIZE], buf[MAX_SIZE];
static off_t size;
static uint64_t state;
static char path[4096], other[4096];
static int fd = -1;
static unsigned step;

static uint64_t
rnd (uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void
fail (const char *what, off_t off)
{
    printf ("not ok fsx - step %u: %s at %lld: %s\n", step, what, (long long) off, strerror (errno));
    exit (1);
}

static off_t
some_offset (void)
{
    off_t o = rnd (3) ? (off_t) (rnd (MAX_SIZE / STRIP) * STRIP) : (off_t) rnd (MAX_SIZE);
    o += (off_t) rnd (9) - 4;
    return o < 0 ? 0 : o >= MAX_SIZE ? MAX_SIZE - 1 : o;
}

static size_t
some_length (off_t off)
{
    size_t n = rnd (4) ? rnd (30000) + 1 : rnd (400000) + 1;
    return off + (off_t) n > MAX_SIZE ? (size_t) (MAX_SIZE - off) : n;
}

static void
do_write (void)
{
    off_t off = some_offset ();
    size_t n = some_length (off);
    for (size_t i = 0; i < n; i++)
        buf[i] = (unsigned char) rnd (256);
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite (fd, buf + done, n - done, off + (off_t) done);
        if (w <= 0)
            fail ("write", off);
        done += (size_t) w;
    }
    memcpy (model + off, buf, n);
    if (off + (off_t) n > size)
        size = off + (off_t) n;
}

static void
do_read (void)
{
    off_t off = some_offset ();
    size_t n = some_length (off), want = off >= size ? 0 : (size_t) (size - off) < n ? (size_t) (size - off) : n, got = 0;
    ssize_t r;
    while (got < n && (r = pread (fd, buf + got, n - got, off + (off_t) got)) > 0)
        got += (size_t) r;
    if (got != want)
        fail ("short or long read", off);
    for (size_t i = 0; i < got; i++)
        if (buf[i] != model[off + (off_t) i])
            fail ("wrong data", off + (off_t) i);
}

static void
do_truncate (void)
{
    off_t to = some_offset ();
    if (ftruncate (fd, to) < 0)
        fail ("truncate", to);
    if (to < size)
        memset (model + to, 0, (size_t) (size - to));
    size = to;
}

static void
do_map (void)
{
    if (!size)
        return;
    unsigned char *p = mmap (NULL, (size_t) size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        fail ("mmap", size);
    if (memcmp (p, model, (size_t) size) != 0)
        fail ("wrong data in a mapping", size);
    p[rnd ((uint64_t) size)] ^= 1; /* private: must not reach the file */
    munmap (p, (size_t) size);
}

static void
do_stat (void)
{
    struct stat st;
    if (fstat (fd, &st) < 0 || st.st_size != size)
        fail ("size by stat", st.st_size);
}

static void
do_reopen (void)
{
    close (fd);
    if (rnd (2)) {
        if (rename (path, other) < 0 || rename (other, path) < 0)
            fail ("rename", 0);
    }
    fd = open (path, O_RDWR);
    if (fd < 0)
        fail ("open", 0);
    do_stat ();
}

int
main (int argc, char **argv)
{
    static void (*const ops[]) (void) = { do_write, do_write, do_write, do_read, do_read, do_read, do_truncate, do_map, do_stat, do_reopen };
    unsigned n = argc > 2 ? (unsigned) atoi (argv[2]) : 1000;
    uint64_t seed = argc > 3 ? strtoull (argv[3], NULL, 10) : 20061115;
    if (argc < 2) {
        fprintf (stderr, "usage: fsx DIRECTORY [OPERATIONS [SEED]]\n");
        return 2;
    }
    state = seed * 2654435761u + 1;
    snprintf (path, sizeof path, "%s/fsx.%d", argv[1], (int) getpid ());
    snprintf (other, sizeof other, "%s/fsx.%d.moved", argv[1], (int) getpid ());
    fd = open (path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        fail ("create", 0);
    for (step = 0; step < n; step++)
        ops[rnd (sizeof ops / sizeof ops[0])]();
    close (fd);
    unlink (path);
    printf ("ok fsx: %u operations, seed %llu\n", n, (unsigned long long) seed);
    return 0;
}
