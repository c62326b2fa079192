/*
 * Entry operations: what create, mkdir, symlink, remove and rename share – find the bucket of each name, send the one request, and begin
 * anew once if what was cached of a directory is out of date. An operation supplies a const struct entry_op and CALLs entry_sm with it.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "client/sysint/client.h"

struct entry_places {
    struct proto_entry_at at, to;
    struct proto_create_attr create;
};

struct entry_op {
    unsigned proto_op;
    size_t body_size;
    bool makes;        /* a new object: -ENOENT can only mean the directory. Fills a proto_create_attr from the arguments */
    bool special;      /* S_IFMT bits are welcome */
    uint32_t mode;     /* where attr.mask has no PERM */
    bool two;          /* ref2 and name2 are a directory and a name as well */
    /* Checks its own arguments; may be NULL. */
    int (*check) (struct sys_op *op);
    /* Fills the zeroed body. Runs again in a second try. */
    void (*build) (struct sys_op *op, void *body, const struct entry_places *at);
    /* Looks at the response. < 0 fails the operation. */
    int (*take) (struct sys_op *op, const void *resp);
};

/* Argument: const struct entry_op *. */
extern const struct sm_machine entry_sm;

/* For take: a new object's info becomes the result and is cached with its name. */
int entry_take_new (struct sys_op *op, const struct proto_info *info);

#endif
