/*
 * Intrusive doubly linked list. A node that is on no list points to itself; removing it again is harmless.
 */
#ifndef COMMON_LIST_H
#define COMMON_LIST_H

#include "common/base/base.h"

struct list {
    struct list *next, *prev;
};

static inline void
list_init (struct list *l)
{
    l->next = l->prev = l;
}

static inline bool
list_empty (const struct list *l)
{
    return l->next == l;
}

static inline void
list_insert_before (struct list *at, struct list *n)
{
    n->prev = at->prev;
    n->next = at;
    at->prev->next = n;
    at->prev = n;
}

static inline void
list_push_back (struct list *l, struct list *n)
{
    list_insert_before (l, n);
}

static inline void
list_push_front (struct list *l, struct list *n)
{
    list_insert_before (l->next, n);
}

/* Accepts a node on no list. A node must have been initialised (list_init) once. */
static inline void
list_remove (struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init (n);
}

static inline struct list *
list_pop_front (struct list *l)
{
    struct list *n = l->next;
    if (n == l)
        return NULL;
    list_remove (n);
    return n;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void
list_splice (struct list *to, struct list *from)
{
    if (list_empty (from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init (from);
}

static inline size_t
list_count (const struct list *l)
{
    size_t n = 0;
    for (const struct list *i = l->next; i != l; i = i->next)
        n++;
    return n;
}

#define list_entry(node, type, member) container_of (node, type, member)
#define list_first(l, type, member)                                                                \
    (list_empty (l) ? NULL : list_entry ((l)->next, type, member))
#define list_last(l, type, member) (list_empty (l) ? NULL : list_entry ((l)->prev, type, member))

/* The body may remove the current entry. */
#define list_for_each(var, l, member)                                                              \
    for (__typeof__ (var) var##_next_,                                                             \
         *var##_once_ = (var = list_entry ((l)->next, __typeof__ (*var), member), &var##_next_);   \
         &var->member != (l)                                                                       \
         && (*var##_once_ = list_entry (var->member.next, __typeof__ (*var), member), 1);          \
         var = var##_next_)

#endif
