/*
 * names: a name space so small that it can be enumerated, and what POSIX says of it.
 *
 *     /a  /b          two directories: objects A and B
 *     /a/x /a/y       two names in each
 *     /b/x /b/y
 *
 * A value is copied freely: the state of all names and of what they stand for.
 */
#ifndef TEST_SIM_NAMES_H
#define TEST_SIM_NAMES_H

#include "common/base/base.h"

enum names_slot { ROOT_A, ROOT_B, A_X, A_Y, B_X, B_Y, NAMES_SLOTS };
enum { NO_OBJECT, OBJ_A, OBJ_B, NAMES_FIRST, NAMES_OBJECTS = 48 };
enum names_type { TYPE_NONE, TYPE_FILE, TYPE_DIR, TYPE_SYMLINK };

enum names_kind {
    NAMES_CREATE, NAMES_STRIPED, NAMES_MKDIR, NAMES_SYMLINK, NAMES_UNLINK, NAMES_RMDIR, NAMES_CHMOD, NAMES_LOOKUP,
    NAMES_RENAME, NAMES_KEEP, NAMES_SWAP, NAMES_LINK, NAMES_KINDS
};

/* q: rename to there, link that name. `object`: what a link or chmod was told to take; a create makes it. */
struct names_op {
    enum names_kind kind;
    enum names_slot p, q;
    uint8_t object;
};

struct names {
    uint8_t slot[NAMES_SLOTS];      /* an object */
    uint8_t type[NAMES_OBJECTS];
};

void names_init (struct names *n);  /* A and B, empty */
/* 0, or a negative errno and nothing has changed. LOOKUP: ret_object is what was found. */
int names_apply (struct names *n, const struct names_op *op, uint8_t *ret_object);
bool names_same_error (enum names_kind kind, int a, int b); /* where POSIX leaves a choice, or an object was gone before its name was */
bool names_has_second (enum names_kind kind);
bool names_makes (enum names_kind kind); /* a new object */
const char *names_kind_name (enum names_kind kind);
const char *names_slot_name (enum names_slot slot); /* "Ax" */

#endif
