/*
 * For tests of libpvfs2's public API: a cluster, the default instance on its first file system, and
 * calls that must succeed.
 */
#ifndef TEST_LIB_H
#define TEST_LIB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pvfs2.h>

#include "../lib/cluster.h"

struct lib {
    struct cluster cluster;
    struct PVFS_sys_mntent *entry;
    PVFS_credential cred;
    PVFS_fs_id fs;
    PVFS_object_ref root;
};

static struct lib L;

static inline double
lib_now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* Stays silent when r is what was expected; says both in words when not. */
static inline void
lib_expect (int r, int want, const char *what, const char *file, int line)
{
    char got[128], wanted[128];
    if (r == want)
        return;
    PVFS_strerror_r (r, got, sizeof got);
    PVFS_strerror_r (want, wanted, sizeof wanted);
    print_error ("%s: %d (%s) instead of %d (%s)\n", what, r, got, want, wanted);
    cluster_show_logs (&L.cluster);
    _fail (file, line);
}
#define EXPECT(call, want) lib_expect ((call), (want), #call, __FILE__, __LINE__)
#define OK(call)           EXPECT (call, 0)

static inline uint64_t
lib_seed (void)
{
    const char *env = getenv ("SEED");
    uint64_t seed = env ? strtoull (env, NULL, 0) : 20061122;
    printf ("# SEED=%llu\n", (unsigned long long) seed);
    return seed;
}

static inline uint64_t
lib_random (uint64_t *state)
{
    uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The byte at a file offset in the world of a seed. */
static inline void
lib_fill (uint8_t *buf, int64_t off, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t x = ((uint64_t) off + i) ^ seed << 40;
        x = (x ^ (x >> 15)) * UINT64_C (0x2c1b3c6d);
        buf[i] = (uint8_t) (x >> 13 | 1); /* never 0: a hole is seen */
    }
}

static inline void
lib_mount (const char *name)
{
    OK (PVFS_sys_initialize (0));
    L.entry = PVFS_util_gen_mntent (L.cluster.server[0].addr, (char *) name);
    assert_non_null (L.entry);
    OK (PVFS_sys_fs_add (L.entry));
    L.fs = L.entry->fs_id;
    OK (PVFS_util_gen_credential_defaults (&L.cred));
    PVFS_sysresp_lookup resp = { 0 };
    OK (PVFS_sys_lookup (L.fs, "/", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
    L.root = resp.ref;
}

static inline void
lib_unmount (void)
{
    OK (PVFS_sys_finalize ());
    PVFS_util_gen_mntent_release (L.entry);
    L.entry = NULL;
}

static inline void
lib_up (const struct cluster_spec *spec)
{
    cluster_start (&L.cluster, spec);
    lib_mount ("pvfs2-fs");
}

static inline void
lib_down (void)
{
    lib_unmount ();
    int bad = cluster_stop (&L.cluster);
    assert_int_equal (bad, 0);
}

/* A group's last function. */
static inline int
lib_teardown (void **state)
{
    lib_down ();
    return 0;
}

static inline PVFS_sys_attr
lib_attr (uint32_t perms, int ndfiles)
{
    PVFS_sys_attr a = { .owner = L.cred.userid,
                        .group = L.cred.group_array[0],
                        .perms = perms,
                        .mask = PVFS_ATTR_SYS_ALL_SETABLE };
    a.atime = a.mtime = a.ctime = (PVFS_time) time (NULL);
    if (ndfiles) {
        a.dfile_count = ndfiles;
        a.mask |= PVFS_ATTR_SYS_DFILE_COUNT;
    }
    return a;
}

static inline int
lib_try_create (PVFS_object_ref dir, const char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_create resp = { 0 };
    int r =
        PVFS_sys_create ((char *) name, dir, lib_attr (0644, 0), &L.cred, NULL, &resp, NULL, NULL);
    if (ret)
        *ret = resp.ref;
    return r;
}

/* ndfiles 0: as the volume says (stuffed at first). */
static inline PVFS_object_ref
lib_create (PVFS_object_ref dir, const char *name, int ndfiles)
{
    PVFS_sysresp_create resp = { 0 };
    OK (PVFS_sys_create ((char *) name, dir, lib_attr (0644, ndfiles), &L.cred, NULL, &resp, NULL,
                         NULL));
    return resp.ref;
}

static inline int
lib_try_mkdir (PVFS_object_ref dir, const char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_mkdir resp = { 0 };
    int r = PVFS_sys_mkdir ((char *) name, dir, lib_attr (0755, 0), &L.cred, &resp, NULL);
    if (ret)
        *ret = resp.ref;
    return r;
}

static inline PVFS_object_ref
lib_mkdir (PVFS_object_ref dir, const char *name)
{
    PVFS_object_ref ref;
    OK (lib_try_mkdir (dir, name, &ref));
    return ref;
}

static inline int
lib_try_lookup (PVFS_object_ref dir, const char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_lookup resp = { 0 };
    int r = PVFS_sys_ref_lookup (L.fs, (char *) name, dir, &L.cred, &resp,
                                 PVFS2_LOOKUP_LINK_NO_FOLLOW, NULL);
    if (ret)
        *ret = resp.ref;
    return r;
}

static inline PVFS_sys_attr
lib_getattr (PVFS_object_ref ref, uint32_t mask)
{
    PVFS_sysresp_getattr resp = { .attr = { 0 } };
    OK (PVFS_sys_getattr (ref, mask, &L.cred, &resp, NULL));
    return resp.attr;
}

static inline int64_t
lib_size (PVFS_object_ref ref)
{
    return lib_getattr (ref, PVFS_ATTR_SYS_SIZE).size;
}

static inline int
lib_try_io (PVFS_object_ref ref, enum PVFS_io_type type, int64_t off, void *buf, size_t n,
            int64_t *ret)
{
    PVFS_Request mem;
    PVFS_sysresp_io resp = { 0 };
    OK (PVFS_Request_contiguous ((int32_t) n, PVFS_BYTE, &mem));
    int r = PVFS_sys_io (ref, PVFS_BYTE, off, buf, mem, &L.cred, &resp, type, NULL);
    PVFS_Request_free (&mem);
    *ret = resp.total_completed;
    return r;
}

static inline void
lib_write (PVFS_object_ref ref, int64_t off, const void *buf, size_t n)
{
    int64_t done;
    OK (lib_try_io (ref, PVFS_IO_WRITE, off, (void *) buf, n, &done));
    assert_int_equal (done, n);
}

static inline int64_t
lib_read (PVFS_object_ref ref, int64_t off, void *buf, size_t n)
{
    int64_t done;
    OK (lib_try_io (ref, PVFS_IO_READ, off, buf, n, &done));
    return done;
}

/* Reads [off, off + n) – past the end of a model of `size` bytes too – and compares. */
static inline void
lib_compare (PVFS_object_ref ref, const uint8_t *model, int64_t size, int64_t off, size_t n)
{
    int64_t there = off >= size ? 0 : off + (int64_t) n > size ? size - off : (int64_t) n;
    uint8_t *buf = malloc (n + 1);
    assert_non_null (buf);
    memset (buf, 0xee, n + 1);
    int64_t got = lib_read (ref, off, buf, n);
    if (got != there)
        print_error ("read of %zu bytes at %lld of a file of %lld: %lld bytes instead of %lld\n", n,
                     (long long) off, (long long) size, (long long) got, (long long) there);
    assert_int_equal (got, there);
    for (int64_t i = 0; i < there; i++)
        if (buf[i] != model[off + i]) {
            print_error (
                "read of %zu bytes at %lld of a file of %lld: byte %lld is %02x instead of %02x\n",
                n, (long long) off, (long long) size, (long long) (off + i), buf[i],
                model[off + i]);
            fail ();
        }
    assert_int_equal (buf[n], 0xee);
    free (buf);
}

#endif
