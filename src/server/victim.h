/*
 * victim: an object that is about to lose a name, or to be renamed. Removal comes behind the I/O that runs on it, so its keys are taken; and in a sticky
 * directory its owner matters, who is asked of its server if it lives elsewhere. Of a directory that moves that server is asked, too, whether the caller
 * may write it, since the access list is there.
 */
#ifndef SERVER_VICTIM_H
#define SERVER_VICTIM_H

#include "proto/ops/getattr.h"
#include "server/record.h"
#include "server/server.h"

struct victim {
    obj_handle object, datafile; /* to be waited for, here; 0 = none */
    obj_handle elsewhere;        /* to be asked for; 0 = none */
    bool known, writable;        /* known: attr, and whether the caller may write it */
    struct object_attr attr;
    struct getattr_req req;
};

/* In a transaction, with the entry's key held. `at`: where the name is, whose directory says whether the owner matters; NULL: it does not. */
int victim_look (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, const struct entry *e, struct victim *ret);
/* In a transaction, for an object that is only renamed: no keys. ask: whatever the directory says. */
int victim_look_only (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, const struct entry *e, bool ask, struct victim *ret);
/* Its attributes, or NULL if they were not asked for. */
const struct object_attr *victim_attr (const struct victim *v);
/* May the caller take away the name of this object in this directory? Looks at its record if it lives here. */
int victim_sticky (struct trove_txn *t, struct server_op *op, const struct object_attr *dir, obj_handle h, const struct object_attr *asked);
/* Asks for the owner if that is needed. Argument: struct victim *. */
extern const struct sm_machine victim_owner_sm;
/* A state's action: takes the keys, behind those that the operation holds. */
sm_event victim_wait (struct sm *sm, struct server_op *op, const struct victim *v);

#endif
