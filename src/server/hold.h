/*
 * hold: who has a file open, so that it outlives its last name – POSIX's access after unlink. A mount takes a hold with the getattr or create that its
 * open sends anyway and gives it back when the last descriptor is closed; no other state of open files exists here.
 *
 *   last name gone, held      the object stays with nlink 0, an orphan: record "orphan:" ‖ handle, in the removal's transaction
 *   last holder gone          the orphan is removed like any object
 *
 * A lease ends LEASE_SECONDS after its client's last connection. Holds are in memory only. After a restart, if there were any (record "leases"), their
 * holders have as long to take them again; until then every file that loses its last name is kept as if it were held.
 *
 * Threads: all of it belongs to the reactor but the functions that take a transaction.
 */
#ifndef SERVER_HOLD_H
#define SERVER_HOLD_H

#include "server/server.h"

enum { LEASE_SECONDS = 30, HOLDS_MAX = 1 << 20 };

int holds_new (struct server *s);
void holds_free (struct server *s);
int holds_load (struct server *s, struct trove_txn *t);
void holds_start (struct server *s);

/* A client's connection came or went. */
void lease_up (struct server *s, uint64_t client_id);
void lease_down (struct server *s, uint64_t client_id);

/* With the object's key held (shared will do). Over HOLDS_MAX nothing is taken. */
void hold_take (struct server_op *op, obj_handle h, uint64_t stamp);
void hold_drop (struct server_op *op, obj_handle h, uint64_t stamp);
/* Is it held by this client – or may it be, for all we know after a restart? Who does not cannot open a file without a name. */
bool hold_holds (struct server_op *op, obj_handle h);
/* For operations that answer with a hold: there are holders now, which must be durable before the first of them is told so. */
extern const struct sm_machine hold_mark_sm;

/* An action that is about to post the transaction in which `h` may lose its last name, its exclusive key held: shall it stay? Noted in op->keeps. */
void hold_look (struct server_op *op, obj_handle h);
/* In that transaction: it has lost it, and stays. */
int hold_keep (struct trove_txn *t, struct server_op *op, obj_handle h, struct object_attr *a);
/* After the commit (the bracket calls it). */
void hold_kept (struct server_op *op);

#endif
