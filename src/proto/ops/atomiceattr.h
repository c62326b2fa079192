/* atomiceattr: reads extended attributes and sets them, in one step that nobody can come between. All are set, or none if any has an error. */
#ifndef PROTO_OP_ATOMICEATTR_H
#define PROTO_OP_ATOMICEATTR_H
#include "proto/ops/seteattr.h"

/* PVFS2's numbers. */
enum { EATTR_TEST_AND_SET = 1, EATTR_SWAP = 2, EATTR_FETCH_AND_ADD = 0xADD };

struct atomiceattr_req {
    obj_handle handle;
    uint32_t opcode;
    uint32_t flags;          /* EATTR_CREATE, EATTR_REPLACE: of swap */
    uint32_t nkeys;
    struct eattr_pair *keys; /* operands */
};

struct atomiceattr_resp {
    uint32_t nkeys;
    struct eattr_pair *keys; /* what was there before */
};

static inline void
atomiceattr_req_codec (struct wire *w, struct atomiceattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u32 (w, &b->opcode);
    wire_u32 (w, &b->flags);
    eattr_pairs_codec (w, &b->keys, &b->nkeys, true);
}

static inline void
atomiceattr_resp_codec (struct wire *w, struct atomiceattr_resp *b)
{
    eattr_pairs_codec (w, &b->keys, &b->nkeys, true);
}
#endif
