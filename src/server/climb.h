/*
 * climb: the walk from a directory up to the root. A directory that moves must not be met on the way from its new parent: it would come below itself.
 *
 * Two moves at once cannot make a cycle, whether or not the rename ticket keeps them apart. Either a move is one transaction of a server that has
 * all directories of the way (climb_here); or its directory is told of its new parent first, and is marked, and then the way is walked. Of two such moves
 * the one that was told later meets the other. A marked directory of another move counts as neither here nor there: its old parent may come again.
 */
#ifndef SERVER_CLIMB_H
#define SERVER_CLIMB_H

#include "server/server.h"

struct climb {
    obj_handle from;  /* the new parent */
    obj_handle meets; /* what moves there */
    obj_handle mine;  /* an exchange: moves as well, by the same hand; 0: none */
    bool forever;     /* an intent: servers that are away are waited for */
};

/* Called machine, argument struct climb *: the root was reached. -EINVAL: it was met. -EAGAIN: another move is under way. -ESTALE: no way leads to the root. */
extern const struct sm_machine climb_sm;
/* In a transaction. -EREMOTE: a part of the way is elsewhere, or in another move. */
int climb_here (struct trove_txn *t, struct server_op *op, const struct climb *c);

#endif
