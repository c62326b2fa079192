/* session: a tool's use of the library – finding the volumes, and the objects that paths name.
 *
 * Results are 0 or a negative PVFS code. A session may be used by several threads once it is open.
 */
#ifndef APPS_COMMON_SESSION_H
#define APPS_COMMON_SESSION_H

#include "apps/common/tool.h"

struct session {
    PVFS_credential cred;
    mode_t umask;
};

/* A path of the command line that lies in a volume. */
struct place {
    const char *given;
    PVFS_fs_id fs;
    char path[PVFS_PATH_MAX]; /* inside the volume; no slash at its end but in "/" */
};

/* The tab's entry for a mount directory (NULL: the first one), with the tab's name, or one made of
 * "tcp://host:port/name", with NULL. For those that start the library themselves; ends the program if there is none. The caller's,
 * to be released by PVFS_util_gen_mntent_release. */
struct PVFS_sys_mntent *entry_of (const char *mount, const char **ret_tab);

/* All volumes of the tab; ends the program with cause and remedy if there is none. */
void session_open (struct session *s);
/* The same; with where = "tcp://host:port/name" just that volume, without a tab. */
PVFS_fs_id session_open_volume (struct session *s, const char *where);
/* The same, or with fs_id > 0 the one of the tab that has this number. */
PVFS_fs_id session_open_fs (struct session *s, const char *where, int64_t fs_id);
void session_close (struct session *s);

/* -PVFS_ENOENT: in no volume. */
int place_of (const char *given, struct place *ret);
/* Reports why there is no place. */
void place_fail (const char *given, int err);

/* Handles in words; 0: it is none. */
PVFS_handle parse_handle (const char *text);

/* "tcp://host:port", the library's, or "unknown server". */
const char *handle_server (PVFS_object_ref ref);

int place_lookup (struct session *s, const struct place *p, bool follow, PVFS_object_ref *ret);
/* The directory that holds it, and its name there. -PVFS_EINVAL: it is the root. */
int place_parent (struct session *s, const struct place *p, PVFS_object_ref *ret_dir,
                  char ret_name[PVFS_NAME_MAX]);
/* A place that is a directory becomes the place in it of the last name of `path`. -PVFS_EINVAL: it
 * has none. */
int place_enter (struct session *s, struct place *p, const char *path);
/* place_of and place_lookup together with a report on failure: false. */
bool find (struct session *s, const char *given, bool follow, struct place *ret,
           PVFS_object_ref *ret_ref);

int get_attr (struct session *s, PVFS_object_ref ref, uint32_t mask, PVFS_sys_attr *ret);

int get_stat (struct session *s, PVFS_object_ref ref, PVFS_stat *ret);

/* Makes an empty file; layout NULL: the file system's. */
int create_file (struct session *s, const struct place *p, PVFS_sys_layout *layout, PVFS_object_ref *ret);
/* Attributes for a new object, with all that a creation needs. */
PVFS_sys_attr new_attr (struct session *s, uint32_t mode);

/* -- directories -- */

struct entry {
    char name[PVFS_NAME_MAX + 1];
    PVFS_object_ref ref;
    int error; /* why there are no attributes */
    PVFS_sys_attr attr;
    PVFS_stat stat;
};

struct listing {
    struct entry *entries;
    size_t n;
};

/* All entries, sorted by name, with the attributes of mask; 0: names only. */
int listing_read (struct session *s, PVFS_object_ref dir, uint32_t mask, struct listing *ret);
void listing_free (struct listing *l);

/* Calls fn for the object and, with `deep`, for everything below it: a directory before its
 * entries, or after them with `depth_first`. Failures are reported; returns how many there were.
 * The path is only for reports. Symbolic links are not followed. */
struct visit {
    bool deep, depth_first;
    int (*fn) (struct session *s, const char *path, PVFS_object_ref ref, const PVFS_sys_attr *attr,
               void *arg); /* < 0: a failure to report */
    void *arg;
    uint32_t mask; /* of the attributes; the type is always there */
};
unsigned visit_tree (struct session *s, const struct visit *v, const char *path,
                     PVFS_object_ref ref);

#endif
