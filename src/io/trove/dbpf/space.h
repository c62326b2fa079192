/*
 * What opening, migrating and removing a storage space share: the lock on its format file.
 */
#ifndef IO_TROVE_DBPF_SPACE_H
#define IO_TROVE_DBPF_SPACE_H

#include "io/trove/trove-impl.h"

struct space_lock {
    int fd; /* closing it unlocks */
    unsigned format;
    char id[33];
};
/* Checks that there is a space that we understand – with `older`, also one that first has to be
 * migrated –, and takes it. Errors say why in cfg->why. */
int space_lock (const struct trove_config *cfg, bool older, struct space_lock *ret);
/* Says in both folders that the space has our format now, the metadata's last: that one counts.
 * The lock no longer holds afterwards. */
int space_stamp (const struct trove_config *cfg, const struct space_lock *lock);
/* All bytestreams of a file system. */
int space_remove_bstreams (const struct trove_config *cfg, obj_fsid fs);
int dbpf_space (struct trove *t, uint64_t *ret_total, uint64_t *ret_available);

#endif
