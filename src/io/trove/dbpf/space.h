/*
 * What opening and removing a storage space share: the lock on its format file.
 */
#ifndef IO_TROVE_DBPF_SPACE_H
#define IO_TROVE_DBPF_SPACE_H

#include "io/trove/trove-impl.h"

struct space_lock {
    int fd; /* closing it unlocks */
};
/* Checks that there is a space that we understand, and takes it. Errors say why in cfg->why. */
int space_lock (const struct trove_config *cfg, struct space_lock *ret);
int dbpf_space (struct trove *t, uint64_t *ret_total, uint64_t *ret_available);

#endif
