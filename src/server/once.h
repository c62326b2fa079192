/*
 * once: orders between servers that must not be carried out twice – crdirent, link_count. The one who carries an order out keeps its answer in the
 * same transaction, until the coordinator says that it will not ask again.
 *
 *   TROVE_KEYVAL  handle 0, "done:" ‖ alias ‖ 0 ‖ intent be64  ->  a handle
 */
#ifndef SERVER_ONCE_H
#define SERVER_ONCE_H

#include "common/object/object.h"

struct trove_txn;

struct once {
    const char *coordinator; /* its alias */
    uint64_t intent, settled; /* of the coordinator: this one, and those that are over */
};

/* -ENOENT: not carried out yet. */
int once_get (struct trove_txn *t, obj_fsid fs, const struct once *o, obj_handle *ret_answer);
/* Drops the answers that are settled, too. */
int once_put (struct trove_txn *t, obj_fsid fs, const struct once *o, obj_handle answer);

#endif
