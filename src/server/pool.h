/*
 * pool: handles that other servers gave us in advance, so that one client request creates a striped file or a directory elsewhere.
 *
 * A pool per (file system, server, type): datafiles, which exist on their server from the start, and directory handles, which are only reserved there.
 * The handles are kept in Trove (TROVE_POOL) and taken inside the transaction that uses them. A batch is stored in one transaction with its id; the
 * other server gives the same batch again until we name it as stored, so no crash loses objects.
 */
#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include "server/server.h"

struct pools;

int pool_start (struct server *s);
void pool_stop (struct server *s);
/* Inside a transaction. -EAGAIN: empty – call pool_wait_sm and run the transaction again. */
int pool_take (struct trove_txn *t, struct server *s, struct server_fs *fs, int alias, uint8_t type, obj_handle *ret);
/* Called machine (frameless; works for any server_op): refills all pools that pool_take found empty. */
extern const struct sm_machine pool_wait_sm;
/* Starts refills in the background where a pool has run low. */
void pool_check (struct server *s);

#endif
