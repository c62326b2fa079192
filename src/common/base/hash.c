/*
 * Intrusive hash table; see hash.h. Grows by doubling when there are as many nodes as buckets.
 */
#include "common/base/hash.h"

enum { FIRST_SIZE = 64 };

void
hash_fini (struct hash_table *t)
{
    free (t->bucket);
    memset (t, 0, sizeof *t);
}

static int
grow (struct hash_table *t)
{
    size_t n = t->nbuckets ? t->nbuckets * 2 : FIRST_SIZE;
    struct hash_node **b = calloc (n, sizeof *b);
    if (!b)
        return t->nbuckets ? 0 : -ENOMEM; /* a full table is slow, not wrong */
    for (size_t i = 0; i < t->nbuckets; i++)
        for (struct hash_node *x = t->bucket[i], *next; x; x = next) {
            next = x->next;
            x->next = b[x->hash & (n - 1)];
            b[x->hash & (n - 1)] = x;
        }
    free (t->bucket);
    t->bucket = b;
    t->nbuckets = n;
    return 0;
}

int
hash_insert (struct hash_table *t, struct hash_node *n, uint64_t hash)
{
    if (t->count >= t->nbuckets) {
        int r = grow (t);
        if (r < 0)
            return r;
    }
    struct hash_node **b = &t->bucket[hash & (t->nbuckets - 1)];
    n->hash = hash;
    n->next = *b;
    *b = n;
    t->count++;
    return 0;
}

void
hash_remove (struct hash_table *t, struct hash_node *n)
{
    struct hash_node **p = &t->bucket[n->hash & (t->nbuckets - 1)];
    while (*p != n)
        p = &(*p)->next;
    *p = n->next;
    n->next = NULL;
    t->count--;
}
