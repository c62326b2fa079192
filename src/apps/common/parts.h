/* parts: what an object is made of on the servers – datafiles of a file, buckets of a directory. */
#ifndef APPS_COMMON_PARTS_H
#define APPS_COMMON_PARTS_H

#include "apps/common/session.h"

struct parts {
    PVFS_handle *handles;
    int n;
};

/* Of an object of that type; other types have none. 0 or a negative PVFS code. */
int parts_read (struct session *s, PVFS_object_ref ref, PVFS_ds_type type, struct parts *ret);
void parts_free (struct parts *p);
/* "datafile" or "bucket" */
const char *parts_name (PVFS_ds_type type);
/* "file", "directory", "symlink", ... */
const char *object_type_name (PVFS_ds_type type);

#endif
