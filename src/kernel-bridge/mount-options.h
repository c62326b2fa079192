/*
 * mount-options: what may stand in -o of a mount, written once as a table; used by the supervisor
 * (which mounts) and by the core (which serves). Pure functions.
 */
#ifndef KERNEL_BRIDGE_MOUNT_OPTIONS_H
#define KERNEL_BRIDGE_MOUNT_OPTIONS_H

#include "common/tool/tool.h"

enum { MOUNT_OPTIONS_KERNEL = 512, MOUNT_OPTIONS_WHY = 256 };

enum atime_rule { ATIME_RELATIVE, ATIME_STRICT, ATIME_NEVER };

struct mount_options {
    uint64_t op_timeout; /* ns from here on */
    uint64_t mount_timeout;
    uint64_t attr_timeout, entry_timeout;    /* of the kernel's caches */
    uint64_t acache_timeout, ncache_timeout; /* of the core's */
    uint64_t num_dfiles;                     /* 0: the file system's default */
    bool no_cache;                           /* pages do not outlive an open either */
    bool no_acl;                             /* access lists can be neither seen nor set; servers heed them all the same */
    enum atime_rule atime;
    bool no_diratime, read_only;
    bool allow_other, allow_only_owner, sloppy;
    char
        kernel[MOUNT_OPTIONS_KERNEL]; /* comma list of what the kernel is to be told: "ro,nosuid" */
};

/* The defaults, overlaid by a comma list (NULL: none). -EINVAL with one sentence in why. */
int mount_options_parse (const char *list, struct mount_options *ret, char why[MOUNT_OPTIONS_WHY]);
/* The table, for the help and the man pages of those who take mount options. */
extern const struct tool_words mount_option_words;

#endif
