/* See parts.h. */
#include "apps/common/parts.h"

enum { BUCKETS_MAX = 4096 };

static int
read_datafiles (struct session *s, PVFS_object_ref ref, struct parts *ret)
{
    PVFS_sys_attr attr;
    int r = get_attr (s, ref, PVFS_ATTR_SYS_DFILE_COUNT, &attr);
    if (r < 0)
        return r;
    int n = MAX (attr.dfile_count, 0);
    PVFS_util_release_sys_attr (&attr);
    if (n == 0)
        return 0;
    ret->handles = tool_alloc ((size_t) n * sizeof *ret->handles);
    r = PVFS_mgmt_get_dfile_array (ref, &s->cred, ret->handles, n, PVFS_HINT_NULL);
    if (r == 0)
        ret->n = n;
    return r;
}

static int
read_buckets (struct session *s, PVFS_object_ref ref, struct parts *ret)
{
    ret->handles = tool_alloc (BUCKETS_MAX * sizeof *ret->handles);
    int r = PVFS_mgmt_get_dirdata_array (ref, &s->cred, ret->handles, BUCKETS_MAX, PVFS_HINT_NULL);
    while (r == 0 && ret->n < BUCKETS_MAX && ret->handles[ret->n] != PVFS_HANDLE_NULL)
        ret->n++;
    return r;
}

int
parts_read (struct session *s, PVFS_object_ref ref, PVFS_ds_type type, struct parts *ret)
{
    *ret = (struct parts){ 0 };
    int r = type == PVFS_TYPE_METAFILE    ? read_datafiles (s, ref, ret)
            : type == PVFS_TYPE_DIRECTORY ? read_buckets (s, ref, ret)
                                          : 0;
    if (r < 0)
        parts_free (ret);
    return r;
}

void
parts_free (struct parts *p)
{
    free (p->handles);
    *p = (struct parts){ 0 };
}

const char *
parts_name (PVFS_ds_type type)
{
    return type == PVFS_TYPE_DIRECTORY ? "bucket" : "datafile";
}

const char *
object_type_name (PVFS_ds_type type)
{
    switch (type) {
    case PVFS_TYPE_METAFILE:
        return "file";
    case PVFS_TYPE_DATAFILE:
        return "datafile";
    case PVFS_TYPE_DIRECTORY:
        return "directory";
    case PVFS_TYPE_SYMLINK:
        return "symlink";
    case PVFS_TYPE_DIRDATA:
        return "bucket";
    case PVFS_TYPE_INTERNAL:
        return "internal";
    default:
        return "unknown";
    }
}
