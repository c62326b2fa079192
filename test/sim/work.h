/*
 * work: what the clients do – operations chosen by the seed – and what each result may be.
 *
 *   work.c    chooses and posts, and hears the end
 *   judge.c   compares results with the model and moves the model on
 *   finale.c  when all is over: everything is looked at once more, quietly
 *   back.c    … what must have been given back
 *   disks.c   … and what is left on the servers' disks
 *
 * Two operations that run at the same time and concern the same thing, one of them changing it, make
 * each other loose: either may win, so their results say little and the names become uncertain.
 */
#ifndef TEST_SIM_WORK_H
#define TEST_SIM_WORK_H

#include "cluster.h"
#include "model.h"

enum work_kind {
    WORK_CREATE, WORK_MKDIR, WORK_SYMLINK, WORK_REMOVE, WORK_RENAME, WORK_LOOKUP, WORK_STAT, WORK_LIST, WORK_WRITE, WORK_READ,
    WORK_TRUNCATE, WORK_FLUSH, WORK_SETATTR, WORK_KINDS
};

enum { WORK_MAX_THINGS = 6, WORK_MAX_LISTED = 64 };

struct work;

/* What an operation concerns. */
struct work_thing {
    const void *what;
    bool changes;
};

struct work_listed {
    char name[12];
    obj_handle handle;
};

struct work_op {
    struct list link;
    struct work *work;
    struct sim_client *client;
    enum work_kind kind;
    uint64_t nr, start, deadline;
    bool hurried;               /* its deadline is short */
    bool loose;
    struct work_thing things[WORK_MAX_THINGS];
    unsigned nthings;
    struct mname *name, *name2;
    struct mobj *dir, *dir2, *obj;
    int flags;
    uint32_t mode;
    int64_t off, len;
    uint8_t *buf;
    PVFS_Request req;
    struct file_event *event;
    struct work_listed *listed; /* LIST */
    unsigned nlisted;
    PVFS_ds_position token;
    struct sys_op *op;
};

struct work {
    struct sim *sim;
    struct model m;
    struct list ops;            /* running */
    unsigned left[SIM_MAX_CLIENTS];
    uint64_t next_nr;
    bool finale;
    uint64_t done;
    void (*on_idle) (struct work *); /* finale: the operation is over */
};

void work_init (struct work *k, struct sim *sim);
void work_fini (struct work *k);
bool work_is_over (const struct work *k);

/* A new operation, to be filled and posted. */
struct work_op *work_op_new (struct work *k, struct sim_client *c, enum work_kind kind);
void work_concerns (struct work_op *o, const void *what, bool changes);
void work_post (struct work_op *o);
void work_op_free (struct work_op *o);
const char *work_kind_name (enum work_kind kind);

/* The result of an ended operation; error may be made up: -ECANCELED for a client that died. */
void judge (struct work_op *o, int error);
/* One page of a listing has come; true: there are more. */
bool judge_listed (struct work_op *o);

/* Steps until `done` holds; a world in which nothing will happen any more is stuck. */
void work_drive (struct work *k, bool (*done) (const struct work *));

/* Everything has come to rest: names, files, listings through client 0, then slots, buffers, disks. */
void finale_run (struct work *k);
/* Slots, buffers, keys, intents and tickets in memory. */
void back_check (struct sim *s);
/* Every object has a name or lies in a pool, every name leads to an object, counts are right. */
void disks_check (struct sim *s);
/* All entries on the disks, with the directories that they are in. */
struct disks_name {
    obj_handle dir, handle;
    uint8_t type;
    const char *name;
};
void disks_each_name (struct sim *s, void (*fn) (void *arg, const struct disks_name *), void *arg);

#endif
