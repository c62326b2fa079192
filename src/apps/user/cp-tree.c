/* Copies trees. See cp.h.
 *
 * The main thread walks the tree and queues the files; workers copy them. Then files with several
 * names get the others (cp-twins.c). Directories get their modes (and times) at the very end, the deepest first, since a read-only
 * one could not be filled.
 */
#include <pthread.h>
#include <stdio.h>

#include "apps/user/cp.h"

enum { WORKERS = 8, QUEUE_ROOM = 256 };

struct task {
    struct item from, directory;
    char *name;
};

struct unfinished {
    struct item from, to;
};

struct tree {
    struct cp *cp;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct task queue[QUEUE_ROOM];
    size_t head, n;
    bool end;
    pthread_mutex_t large; /* held for a file of several buffers: one ring at a time */
    pthread_t workers[WORKERS];
    unsigned nworkers;
    struct unfinished *directories; /* main thread */
    size_t ndirectories;
    struct twins twins; /* main thread */
    struct item top;    /* what the tree is copied to */
};

static void
mark_failed (struct cp *cp)
{
    __atomic_store_n (&cp->failed, true, __ATOMIC_RELAXED);
}

static bool
stopped (const struct cp *cp)
{
    return __atomic_load_n (&cp->stop, __ATOMIC_RELAXED);
}

/* -- workers -- */

static void
do_task (struct tree *t, struct task *task)
{
    bool large = task->from.size > t->cp->buffer_size;
    if (large)
        pthread_mutex_lock (&t->large);
    if (!stopped (t->cp) && !copy_file (t->cp, &task->from, &task->directory, task->name))
        mark_failed (t->cp);
    if (large)
        pthread_mutex_unlock (&t->large);
    item_free (&task->from);
    item_free (&task->directory);
    free (task->name);
}

static void *
worker (void *arg)
{
    struct tree *t = arg;
    for (;;) {
        pthread_mutex_lock (&t->lock);
        while (t->n == 0 && !t->end)
            pthread_cond_wait (&t->changed, &t->lock);
        if (t->n == 0) {
            pthread_mutex_unlock (&t->lock);
            return NULL;
        }
        struct task task = t->queue[t->head];
        t->head = (t->head + 1) % QUEUE_ROOM;
        t->n--;
        pthread_cond_broadcast (&t->changed);
        pthread_mutex_unlock (&t->lock);
        do_task (t, &task);
    }
}

static void
queue_file (struct tree *t, const struct item *from, const struct item *directory, const char *name)
{
    struct task task = { item_copy (from), item_copy (directory), tool_text ("%s", name) };
    expect_file (t->cp, from);
    if (t->nworkers == 0) {
        do_task (t, &task);
        return;
    }
    pthread_mutex_lock (&t->lock);
    while (t->n == QUEUE_ROOM)
        pthread_cond_wait (&t->changed, &t->lock);
    t->queue[(t->head + t->n++) % QUEUE_ROOM] = task;
    pthread_cond_broadcast (&t->changed);
    pthread_mutex_unlock (&t->lock);
}

/* -- the walk -- */

static void walk (struct tree *t, const struct item *from, const struct item *to);

static void
finish_later (struct tree *t, const struct item *from, const struct item *to)
{
    t->directories = tool_grow (t->directories, t->ndirectories + 1, sizeof *t->directories);
    t->directories[t->ndirectories++] = (struct unfinished){ item_copy (from), item_copy (to) };
}

static void
walk_directory (struct tree *t, const struct item *from, const struct item *directory,
                const char *name)
{
    struct item to;
    if (item_same (from, &t->top)) {
        tool_error ("%s: a directory cannot be copied into itself", from->path);
        mark_failed (t->cp);
        return;
    }
    if (!make_directory (t->cp, directory, name, from->mode, &to)) {
        mark_failed (t->cp);
        return;
    }
    if (t->top.path == NULL)
        t->top = item_copy (&to);
    walk (t, from, &to);
    if (to.mode != from->mode || t->cp->preserve)
        finish_later (t, from, &to);
    item_free (&to);
}

static void
walk_one (struct tree *t, const struct item *from, const struct item *directory, const char *name)
{
    switch (from->kind) {
    case ITEM_FILE:
        if (!twins_note (&t->twins, from, directory, name))
            queue_file (t, from, directory, name);
        break;
    case ITEM_DIRECTORY:
        walk_directory (t, from, directory, name);
        break;
    case ITEM_LINK:
        if (!copy_link (t->cp, from, directory, name))
            mark_failed (t->cp);
        break;
    case ITEM_OTHER:
        if (!copy_special (t->cp, from, directory, name))
            mark_failed (t->cp);
        break;
    }
}

static void
walk (struct tree *t, const struct item *from, const struct item *to)
{
    struct item_list l;
    int r = item_list (t->cp, from, &l);
    if (r < 0) {
        tool_fail (from->path, r);
        mark_failed (t->cp);
        return;
    }
    for (size_t i = 0; i < l.n && !stopped (t->cp); i++)
        walk_one (t, &l.items[i], to, l.names[i]);
    item_list_free (&l);
}

static void
finish (struct tree *t)
{
    pthread_mutex_lock (&t->lock);
    t->end = true;
    pthread_cond_broadcast (&t->changed);
    pthread_mutex_unlock (&t->lock);
    for (unsigned i = 0; i < t->nworkers; i++)
        pthread_join (t->workers[i], NULL);
    if (!stopped (t->cp) && !twins_link (t->cp, &t->twins))
        mark_failed (t->cp);
    twins_free (&t->twins);
    for (size_t i = 0; i < t->ndirectories; i++) { /* one is noted after what is in it */
        struct unfinished *d = &t->directories[i];
        if (!finish_directory (t->cp, &d->from, &d->to))
            mark_failed (t->cp);
        item_free (&d->from);
        item_free (&d->to);
    }
    free (t->directories);
    item_free (&t->top);
    pthread_cond_destroy (&t->changed);
    pthread_mutex_destroy (&t->lock);
    pthread_mutex_destroy (&t->large);
}

void
copy_tree (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    struct tree t = { .cp = cp };
    pthread_mutex_init (&t.lock, NULL);
    pthread_mutex_init (&t.large, NULL);
    pthread_cond_init (&t.changed, NULL);
    while (t.nworkers < WORKERS && pthread_create (&t.workers[t.nworkers], NULL, worker, &t) == 0)
        t.nworkers++;
    if (name != NULL) {
        walk_directory (&t, from, directory, name);
    } else {
        t.top = item_copy (directory);
        walk (&t, from, directory);
    }
    expect_no_more (cp);
    finish (&t);
}
