/*
 * The skip list; see tree.h.
 */
#include "io/trove/mem/tree.h"

static int
compare (const struct tree_node *n, const void *key, size_t len)
{
    int c = memcmp (n->key, key, MIN (n->key_len, len));
    return c ? c : n->key_len < len ? -1 : n->key_len > len;
}

static struct tree_node **
next_at (struct tree *t, struct tree_node *n, int level)
{
    return n ? &n->next[level] : &t->head[level];
}

/* prev[l]: the last node < key on level l, NULL = the head. */
static struct tree_node *
search (const struct tree *tree, const void *key, size_t len, struct tree_node *prev[TREE_LEVELS])
{
    struct tree *t = (struct tree *)tree;
    struct tree_node *at = NULL;
    for (int l = TREE_LEVELS - 1; l >= 0; l--) {
        struct tree_node *n;
        while ((n = *next_at (t, at, l)) && compare (n, key, len) < 0)
            at = n;
        if (prev)
            prev[l] = at;
    }
    return *next_at (t, at, 0);
}

struct tree_node *
tree_seek (const struct tree *t, const void *key, size_t len)
{
    return search (t, key, len, NULL);
}

struct tree_node *
tree_find (const struct tree *t, const void *key, size_t len)
{
    struct tree_node *n = search (t, key, len, NULL);
    return n && compare (n, key, len) == 0 ? n : NULL;
}

static int
levels_of (const void *key, size_t len)
{
    uint64_t h = hash_bytes (key, len, 0);
    int n = 1;
    for (; n < TREE_LEVELS && (h & 3) == 0; h >>= 2)
        n++;
    return n;
}

static struct tree_node *
new_node (int levels, const void *key, size_t len, void *val, size_t val_len)
{
    size_t links = (size_t)levels * sizeof (struct tree_node *);
    struct tree_node *n = malloc (sizeof *n + links + len);
    if (!n)
        return NULL;
    n->key = (uint8_t *)n->next + links;
    n->key_len = len;
    memcpy (n->key, key, len);
    n->val = val;
    n->val_len = val_len;
    n->levels = levels;
    return n;
}

/* prev: the nodes before it, as of search. */
static void
link_node (struct tree *t, struct tree_node *n, struct tree_node *prev[TREE_LEVELS])
{
    for (int l = 0; l < n->levels; l++) {
        struct tree_node **at = next_at (t, prev[l], l);
        n->next[l] = *at;
        *at = n;
    }
    t->count++;
}

struct tree_node *
tree_insert (struct tree *t, const void *key, size_t len, void *val, size_t val_len)
{
    struct tree_node *prev[TREE_LEVELS], *n = new_node (levels_of (key, len), key, len, val, val_len);
    if (!n)
        return NULL;
    search (t, key, len, prev);
    link_node (t, n, prev);
    return n;
}

int
tree_clone (const struct tree *t, void *(*clone_val) (const struct tree_node *n),
            void (*free_val) (void *), struct tree *ret)
{
    struct tree_node *last[TREE_LEVELS] = { 0 };
    *ret = (struct tree){ 0 };
    for (const struct tree_node *from = tree_first (t); from; from = tree_next (from)) {
        void *val = clone_val (from);
        struct tree_node *n = val ? new_node (from->levels, from->key, from->key_len, val, from->val_len) : NULL;
        if (!n) {
            if (val)
                free_val (val);
            return -ENOMEM;
        }
        link_node (ret, n, last);
        for (int l = 0; l < n->levels; l++)
            last[l] = n;
    }
    return 0;
}

void
tree_remove (struct tree *t, struct tree_node *n)
{
    struct tree_node *prev[TREE_LEVELS];
    search (t, n->key, n->key_len, prev);
    for (int l = 0; l < n->levels; l++)
        *next_at (t, prev[l], l) = n->next[l];
    t->count--;
    free (n);
}

void
tree_fini (struct tree *t, void (*free_val) (void *))
{
    struct tree_node *next;
    for (struct tree_node *n = tree_first (t); n; n = next) {
        next = tree_next (n);
        free_val (n->val);
        free (n);
    }
    *t = (struct tree){ 0 };
}
