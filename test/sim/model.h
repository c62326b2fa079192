/*
 * model: what the file system must look like, as far as it can be known.
 *
 * Names. A name is absent, stands for an object, or is uncertain – operations on it overlapped. It
 * is tainted when nobody can say whether an operation on it is over (timed out, cancelled, its client
 * died): then it stays uncertain until everything has come to rest.
 *
 * Bytes. A file is the list of its events (writes, truncates, its creation). A byte that is read
 * must have the value of an event that covers it, began before the read ended, and was not certainly
 * overwritten before the read began. An event that a power failure may have undone overwrites
 * nothing certainly.
 */
#ifndef TEST_SIM_MODEL_H
#define TEST_SIM_MODEL_H

#include "common/base/list.h"
#include "common/object/object.h"

#define NEVER UINT64_MAX

enum file_event_kind { EVENT_CREATE, EVENT_WRITE, EVENT_TRUNCATE };

struct file_event {
    struct list link;
    enum file_event_kind kind;
    uint64_t nr;            /* within the file: what the bytes look like */
    int64_t off, len;       /* truncate: off is the size */
    uint64_t start, end;    /* NEVER: not over, or nobody knows */
    bool synced;            /* durable when acknowledged */
    bool flushed, lost;     /* lost: perhaps, by a power failure */
};

struct mobj {
    struct list link;
    unsigned nr;
    obj_handle handle;
    uint8_t type;
    struct mobj *parent;    /* NULL: not known */
    struct list names;      /* of a directory: struct mname */
    bool gone;              /* certainly, since gone_at */
    uint64_t gone_at;
    bool maybe_gone;
    bool wild;              /* came from an operation that nobody saw the end of: no byte is known */
    struct list events;
    uint64_t next_event;
    uint32_t mode;
    bool mode_known, mode_tainted;
};

enum name_state { NAME_ABSENT, NAME_PRESENT, NAME_UNCERTAIN };

struct mname {
    struct list link;
    struct mobj *dir;
    char name[12];
    enum name_state state;
    struct mobj *obj;       /* PRESENT */
    bool tainted;
    unsigned busy;          /* operations that change it, now */
    uint64_t changed_at;    /* when the last one ended */
};

struct model {
    struct list objects;
    struct mobj *root;
    unsigned nobjects;
};

void model_init (struct model *m, obj_handle root);
void model_fini (struct model *m);

struct mobj *model_object_new (struct model *m, obj_handle h, uint8_t type, uint64_t now);
struct mobj *model_by_handle (struct model *m, obj_handle h);
/* Made absent when it is new. */
struct mname *model_name (struct mobj *dir, const char *name);
struct mname *model_find_name (struct mobj *dir, const char *name);
void model_gone (struct mobj *o, uint64_t now); /* with all that is in it */
bool model_is_below (const struct mobj *o, const struct mobj *top, bool *ret_known);

struct file_event *model_event (struct mobj *o, enum file_event_kind kind, int64_t off, int64_t len, uint64_t now);
uint8_t model_byte (const struct file_event *e, int64_t off);
void model_power_off (struct model *m);

/* Bounds of what may be told as the file's size by an operation from `start` to `end`. */
void model_size (const struct mobj *o, uint64_t start, uint64_t end, int64_t *ret_low, int64_t *ret_high);
/* NULL, or what is wrong with the n bytes that a read of `want` at `off` returned. */
const char *model_check_read (const struct mobj *o, uint64_t start, uint64_t end, int64_t off, const uint8_t *buf, int64_t n,
                              int64_t want);

#endif
