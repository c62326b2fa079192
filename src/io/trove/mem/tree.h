/*
 * An ordered table of byte strings in memory: a skip list whose levels follow from the keys, so
 * that the same history gives the same structure everywhere. Values belong to the table; nodes stay
 * put while they are in it.
 */
#ifndef IO_TROVE_MEM_TREE_H
#define IO_TROVE_MEM_TREE_H

#include "common/base/base.h"

enum { TREE_LEVELS = 16 };

struct tree_node {
    void *val;
    size_t val_len, key_len;
    uint8_t *key;
    int levels;
    struct tree_node *next[];
};

struct tree {
    struct tree_node *head[TREE_LEVELS];
    size_t count;
};

/* Zeroed memory is a valid empty tree. */
void tree_fini (struct tree *t, void (*free_val) (void *));
struct tree_node *tree_find (const struct tree *t, const void *key, size_t len);
struct tree_node *tree_seek (const struct tree *t, const void *key,
                             size_t len); /* first one >= key */
static inline struct tree_node *
tree_first (const struct tree *t)
{
    return t->head[0];
}
static inline struct tree_node *
tree_next (const struct tree_node *n)
{
    return n->next[0];
}
/* There must be none of that key. Takes over val, not the key. NULL: out of memory. */
struct tree_node *tree_insert (struct tree *t, const void *key, size_t len, void *val,
                               size_t val_len);
/* A copy whose values clone_val makes (NULL: out of memory). 0 or -ENOMEM; `ret` is to be ended then, too. */
int tree_clone (const struct tree *t, void *(*clone_val) (const struct tree_node *n),
                void (*free_val) (void *), struct tree *ret);
/* Takes it out; the caller owns node->val. */
void tree_remove (struct tree *t, struct tree_node *n);

#endif
