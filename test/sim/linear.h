/*
 * linear: is there an order of the calls, one after the other, that explains every answer? (Wing and Gong's search, with Lowe's memory of
 * what was tried: which calls are done and what the names are then.)
 *
 * A call may take its place anywhere between its beginning and its end; one that nobody was answered may never have happened, or happen
 * at any time after its beginning.
 */
#ifndef TEST_SIM_LINEAR_H
#define TEST_SIM_LINEAR_H

#include "names.h"

enum { LINEAR_CALLS = 40 }; /* fewer than NAMES_OBJECTS - NAMES_FIRST, and than bits in a word */

struct linear_call {
    struct names_op op;     /* a create's object is its own */
    bool answered;
    int error;
    uint64_t handle;        /* LOOKUP: what was found */
    uint64_t begun, end;    /* of the same clock */
};

/* handles: of objects; 0 where nobody knows. */
bool linear_explains (const struct names *before, const struct linear_call *calls, unsigned n, const uint64_t *handles);

#endif
