/*
 * Server calls: one request to each of several servers, in parallel. A machine to CALL; its argument is a struct server_calls in the
 * caller's frame or arena.
 *
 * A failed call fails the machine if it is `strict`; else its error stays in it and the machine goes on. A cancel always fails it.
 */
#ifndef SERVER_CALLS_H
#define SERVER_CALLS_H

#include "client/sysint/client.h"

struct server_call {
    /* in */
    unsigned alias;
    unsigned proto_op;
    void *body;                   /* struct NAME_req; valid to the end */
    size_t max_resp;
    const struct proto_cap *cap;  /* NULL: none */
    bool strict;
    /* Looks at the response, which is gone afterwards; < 0 is the call's error. May be NULL. */
    int (*take) (struct sys_op *op, struct server_call *call, const void *resp);
    void *user;
    /* out */
    int error;
};

struct server_calls {
    struct server_call *calls;
    unsigned n;                   /* 0 is fine */
};
extern const struct sm_machine server_calls_sm;

/* --- attributes of many objects --------------------------------------------------------------------------------------------- */

struct attr_item {
    /* in */
    obj_handle handle;
    /* out */
    int error;                    /* 0 or negative errno */
    struct object_attr attr;
    struct proto_info *info;      /* only if asked for */
};

/* Calls (in the arena) that fetch all items, grouped by server: getattr for a single one, listattr for more. want: GETATTR_…; items
 * whose handle no server has get -ESTALE. keep_info: whole infos, in the arena. -ENOMEM. */
struct attr_fetch {
    struct attr_item *items;
    uint32_t n;
    uint32_t want;
    uint64_t hold;                /* as getattr's */
    bool keep_info, strict;
};
int attr_fetch_calls (struct sys_op *op, const struct attr_fetch *fetch, struct server_calls *ret);

/* A deep copy in the operation's arena. NULL: out of memory. */
struct proto_info *info_copy (struct sys_op *op, const struct proto_info *info);
/* The same for any response body. */
void *resp_copy (struct sys_op *op, unsigned proto_op, const void *resp);

#endif
