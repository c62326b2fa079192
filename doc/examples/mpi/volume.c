/* volume.c - see volume.h */
#include "volume.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { IN_FLIGHT = 4, PIECE = 4 << 20 };

int
everyone (int result)
{
    int worst;
    MPI_Allreduce (&result, &worst, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return worst;
}

int
report (const struct volume *v, const char *what, const char *path, int result)
{
    char why[256];
    if (v->rank == 0) {
        PVFS_strerror_r (result, why, sizeof why);
        fprintf (stderr, "%s %s: %s\n", what, path, why);
    }
    return 1;
}

int
volume_start (struct volume *v)
{
    MPI_Comm_rank (MPI_COMM_WORLD, &v->rank);
    MPI_Comm_size (MPI_COMM_WORLD, &v->ranks);
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&v->cred);
    return everyone (r);
}

void
volume_stop (void)
{
    PVFS_sys_finalize ();
}

/* ---- names: rank 0 acts, the others hear of it ----------------------------------------------- */

struct place {
    char path[PVFS_PATH_MAX]; /* inside the volume */
    PVFS_fs_id fs;
    PVFS_sysresp_getparent parent;
};

static int
find_place (const struct volume *v, const char *path, struct place *ret)
{
    int r = PVFS_util_resolve (path, &ret->fs, ret->path, sizeof ret->path);
    if (r == 0)
        r = PVFS_sys_getparent (ret->fs, ret->path, &v->cred, &ret->parent, PVFS_HINT_NULL);
    return r;
}

static int
tell_all (int result, PVFS_object_ref *ref)
{
    MPI_Bcast (&result, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (ref)
        MPI_Bcast (ref, sizeof *ref, MPI_BYTE, 0, MPI_COMM_WORLD);
    return result;
}

/* What a new object belongs to and may do. */
static PVFS_sys_attr
new_attr (const struct volume *v, PVFS_permissions perms)
{
    PVFS_sys_attr attr;
    memset (&attr, 0, sizeof attr);
    attr.owner = v->cred.userid;
    attr.group = v->cred.group_array[0];
    attr.perms = perms;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    return attr;
}

static int
create_here (const struct volume *v, const char *path, PVFS_size strip, PVFS_object_ref *ret)
{
    struct place place;
    PVFS_sysresp_create made;
    int r = find_place (v, path, &place);
    if (r < 0)
        return r;
    r = PVFS_sys_remove (place.parent.basename, place.parent.parent_ref, &v->cred, PVFS_HINT_NULL);
    if (r < 0 && r != -PVFS_ENOENT)
        return r;
    PVFS_sys_dist *dist = PVFS_sys_dist_lookup (PVFS_DIST_SIMPLE_STRIPE_NAME);
    if (!dist)
        return -PVFS_ENOMEM;
    r = PVFS_sys_dist_setparam (dist, "strip_size", &strip);
    if (r == 0)
        r = PVFS_sys_create (place.parent.basename, place.parent.parent_ref, new_attr (v, 0644), &v->cred, dist, &made,
                             PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    PVFS_sys_dist_free (dist); /* create has copied what it needs */
    if (r == 0)
        *ret = made.ref;
    return r;
}

int
file_create (const struct volume *v, const char *path, PVFS_size strip, PVFS_object_ref *ret)
{
    return tell_all (v->rank == 0 ? create_here (v, path, strip, ret) : 0, ret);
}

static int
open_here (const struct volume *v, const char *path, PVFS_object_ref *ret)
{
    struct place place;
    PVFS_sysresp_lookup found = { .error_path = NULL };
    int r = PVFS_util_resolve (path, &place.fs, place.path, sizeof place.path);
    if (r == 0)
        r = PVFS_sys_lookup (place.fs, place.path, &v->cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        *ret = found.ref;
    return r;
}

int
file_open (const struct volume *v, const char *path, PVFS_object_ref *ret)
{
    return tell_all (v->rank == 0 ? open_here (v, path, ret) : 0, ret);
}

static int
rename_here (const struct volume *v, const char *path, const char *new_path)
{
    struct place old, new;
    int r = find_place (v, path, &old);
    if (r == 0)
        r = find_place (v, new_path, &new);
    if (r == 0)
        r = PVFS_sys_rename (old.parent.basename, old.parent.parent_ref, new.parent.basename, new.parent.parent_ref,
                             &v->cred, PVFS_HINT_NULL);
    return r;
}

int
file_rename (const struct volume *v, const char *path, const char *new_path)
{
    return tell_all (v->rank == 0 ? rename_here (v, path, new_path) : 0, NULL);
}

static int
mkdir_here (const struct volume *v, const char *path)
{
    struct place place;
    PVFS_sysresp_mkdir made;
    int r = find_place (v, path, &place);
    if (r == 0)
        r = PVFS_sys_mkdir (place.parent.basename, place.parent.parent_ref, new_attr (v, 0755), &v->cred, &made,
                            PVFS_HINT_NULL);
    return r;
}

int
directory_create (const struct volume *v, const char *path)
{
    return tell_all (v->rank == 0 ? mkdir_here (v, path) : 0, NULL);
}

int
file_create_in (const struct volume *v, PVFS_object_ref dir, const char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_create made;
    int r = PVFS_sys_create ((char *) name, dir, new_attr (v, 0644), &v->cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT,
                             PVFS_HINT_NULL);
    if (r == 0)
        *ret = made.ref;
    return r;
}

int
file_find_in (const struct volume *v, PVFS_object_ref dir, const char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_lookup found = { .error_path = NULL };
    int r = PVFS_sys_ref_lookup (dir.fs_id, (char *) name, dir, &v->cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        *ret = found.ref;
    return r;
}

/* ---- data ------------------------------------------------------------------------------------ */

int
transfer (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, PVFS_Request file_req,
          PVFS_offset offset, void *buf, PVFS_Request mem_req)
{
    PVFS_sysresp_io done;
    PVFS_size want;
    int r = PVFS_Request_size (mem_req, &want);
    if (r == 0)
        r = PVFS_sys_io (ref, file_req, offset, buf, mem_req, &v->cred, &done, type, PVFS_HINT_NULL);
    if (r == 0 && done.total_completed != want)
        r = -PVFS_EIO;
    return r;
}

/* One piece that is under way. */
struct piece {
    PVFS_sys_op_id op;
    PVFS_Request mem;
    PVFS_sysresp_io done;
    PVFS_size want; /* 0: nothing is under way here */
};

/* Posts a piece.  A return of 1 says that it has been done at once: there is nothing to wait for. */
static int
begin (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, PVFS_offset offset, void *buf,
       PVFS_size length, struct piece *p)
{
    int r = PVFS_Request_contiguous ((int32_t) length, PVFS_BYTE, &p->mem);
    if (r < 0)
        return r;
    r = PVFS_isys_io (ref, PVFS_BYTE, offset, buf, p->mem, &v->cred, &p->done, type, &p->op, PVFS_HINT_NULL, NULL);
    if (r == 0)
        p->want = length;
    else
        PVFS_Request_free (&p->mem);
    if (r == 1)
        r = p->done.total_completed == length ? 0 : -PVFS_EIO;
    return r;
}

static int
end (struct piece *p)
{
    int result = 0;
    if (p->want == 0)
        return 0;
    int r = PVFS_sys_wait (p->op, "stretch", &result);
    PVFS_Request_free (&p->mem);
    if (r == 0)
        r = result;
    if (r == 0 && p->done.total_completed != p->want)
        r = -PVFS_EIO;
    p->want = 0;
    return r;
}

int
transfer_stretch (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, PVFS_offset offset, void *buf,
                  PVFS_size length)
{
    struct piece pieces[IN_FLIGHT];
    int result = 0, n = 0;
    memset (pieces, 0, sizeof pieces);
    for (PVFS_size at = 0; at < length && result == 0; at += PIECE, n++) {
        struct piece *p = &pieces[n % IN_FLIGHT];
        result = end (p);
        if (result == 0)
            result = begin (v, ref, type, offset + at, (char *) buf + at, length - at < PIECE ? length - at : PIECE, p);
    }
    for (int i = 0; i < IN_FLIGHT; i++) {
        int r = end (&pieces[i]); /* also after an error: the buffer belongs to them until then */
        if (result == 0)
            result = r;
    }
    return result;
}
