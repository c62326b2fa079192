/* pvfs2-hint.h - hints: named values that may accompany any operation.
 *
 * A PVFS_hint is a list owned by its holder; NULL is the empty list.  Operations copy what they
 * need, so a list may be freed as soon as a call or a post returns.  A list is not to be changed
 * by two threads at once.  At most 24 hints per list, 512 bytes per name, 1024 per value.
 */
#ifndef PVFS2_HINT_H
#define PVFS2_HINT_H

#include "pvfs2-types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PVFS_hint_s *PVFS_hint;

#define PVFS_HINT_NULL NULL

#define PVFS_HINT_MAX        24
#define PVFS_HINT_MAX_LENGTH 1024
#define PVFS_HINT_MAX_NAME   512

#define PVFS_HINT_REQUEST_ID_NAME      "pvfs.hint.request_id"       /* uint32_t */
#define PVFS_HINT_CLIENT_ID_NAME       "pvfs.hint.client_id"        /* uint32_t */
#define PVFS_HINT_HANDLE_NAME          "pvfs.hint.handle"           /* PVFS_handle */
#define PVFS_HINT_OP_ID_NAME           "pvfs.hint.op_id"            /* uint32_t */
#define PVFS_HINT_RANK_NAME            "pvfs.hint.rank"             /* uint32_t */
#define PVFS_HINT_SERVER_ID_NAME       "pvfs.hint.server_id"        /* uint32_t */
#define PVFS_HINT_DISTRIBUTION_NAME    "pvfs.hint.distribution"     /* string */
#define PVFS_HINT_DFILE_COUNT_NAME     "pvfs.hint.dfile_count"      /* uint32_t */
#define PVFS_HINT_LAYOUT_NAME          "pvfs.hint.layout"           /* uint32_t */
#define PVFS_HINT_SERVERLIST_NAME      "pvfs.hint.serverlist"       /* string */
#define PVFS_HINT_CACHE_NAME           "pvfs.hint.cache"            /* uint32_t */
#define PVFS_HINT_DISTRIBUTION_PV_NAME "pvfs.hint.distribution.pv"  /* string */
#define PVFS_HINT_LOCAL_UID_NAME       "pvfs.hint.local_uid"        /* uint32_t */
#define PVFS_HINT_OWNER_GID_NAME       "pvfs.hint.owner_gid"        /* uint32_t */

/* Adds a copy of `length` bytes at value.  -PVFS_EEXIST if the name is there already,
 * -PVFS_ENOSPC for a full list, -PVFS_EINVAL for bad arguments or a number of the wrong size,
 * -PVFS_ENAMETOOLONG / -PVFS_EMSGSIZE beyond the limits. */
int PVFS_hint_add (PVFS_hint *hint, const char *name, int length, void *value);

/* As add, but replaces the value of a name that is there. */
int PVFS_hint_replace (PVFS_hint *hint, const char *name, int length, void *value);

/* A deep copy; an empty list gives NULL. */
int PVFS_hint_copy (PVFS_hint old_hint, PVFS_hint *new_hint);

/* Frees the list and sets it to NULL. */
void PVFS_hint_free (PVFS_hint *hint);

/* 1 if the list has that name (check), or any hint that servers are told about
 * (check_transfer); else 0. */
int PVFS_hint_check (PVFS_hint *hints, const char *name);
int PVFS_hint_check_transfer (PVFS_hint *hints);

/* Adds the hints of the environment variable PVFS2_HINTS, "name:value+name:value"; names already
 * in the list keep their value.  Names may leave out "pvfs.hint.".  Numbers are decimal or 0x.
 * -PVFS_EINVAL for a malformed variable, the list then being unchanged; 0 if it is not set. */
int PVFS_hint_import_env (PVFS_hint *out_hint);

#ifdef __cplusplus
}
#endif

#endif
