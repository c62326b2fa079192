/*
 * Intrusive hash table: nodes live in their owners, the table owns only the bucket array. The caller supplies
 * a well-mixed 64-bit hash (hash_u64, hash_bytes) and compares keys itself while walking a chain.
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include "common/base/base.h"

struct hash_node {
    struct hash_node *next;
    uint64_t hash;
};

struct hash_table {
    struct hash_node **bucket;
    size_t nbuckets; /* power of two, 0 before the first insert */
    size_t count;
};

/* Zeroed memory is a valid empty table. */
void hash_fini (struct hash_table *t); /* frees the buckets, not the nodes */
int hash_insert (struct hash_table *t, struct hash_node *n, uint64_t hash); /* 0 or -ENOMEM */
void hash_remove (struct hash_table *t, struct hash_node *n);

static inline struct hash_node *
hash_first (const struct hash_table *t, uint64_t hash)
{
    struct hash_node *n = t->nbuckets ? t->bucket[hash & (t->nbuckets - 1)] : NULL;
    while (n && n->hash != hash)
        n = n->next;
    return n;
}

static inline struct hash_node *
hash_next (struct hash_node *n)
{
    uint64_t hash = n->hash;
    for (n = n->next; n && n->hash != hash; n = n->next)
        ;
    return n;
}

/* Walks all nodes; the body may remove the current one. `i` is a size_t of the caller. */
#define hash_for_each(t, i, n)                                                                     \
    for (i = 0; i < (t)->nbuckets; i++)                                                            \
        for (struct hash_node *n = (t)->bucket[i], *n##_next_ = n ? n->next : NULL; n;             \
             n = n##_next_, n##_next_ = n ? n->next : NULL)

#endif
