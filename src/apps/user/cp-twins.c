/* Files with several names in one copied tree. See cp.h.
 *
 * Copies are made by worker threads, in any order, so only the first name met is copied; the others
 * are kept until all copies are complete and then become names of that one.
 */
#include "apps/user/cp.h"

struct first {
    struct first *next;
    struct item from, directory;
    char *name;
};

struct twin {
    const struct first *first;
    struct item directory;
    char *name;
};

static struct first **
bucket_of (struct twins *t, const struct item *i)
{
    return &t->firsts[hash_u64 (i->remote ? i->ref.handle : i->ino) % TWINS_BUCKETS];
}

bool
twins_note (struct twins *t, const struct item *from, const struct item *directory,
            const char *name)
{
    if (from->nlink < 2)
        return false;
    struct first **bucket = bucket_of (t, from), *f = *bucket;
    while (f != NULL && !item_same (&f->from, from))
        f = f->next;
    if (f == NULL) {
        f = tool_alloc (sizeof *f);
        *f = (struct first){ *bucket, item_copy (from), item_copy (directory),
                             tool_text ("%s", name) };
        *bucket = f;
        return false;
    }
    if ((t->n & (t->n - 1)) == 0)
        t->list = tool_grow (t->list, t->n > 0 ? 2 * t->n : 1, sizeof *t->list);
    t->list[t->n++] = (struct twin){ f, item_copy (directory), tool_text ("%s", name) };
    return true;
}

/* The copy that was made of the first name. */
static int
find_copy (struct cp *cp, const struct first *f, struct item *ret)
{
    *ret = (struct item){ .remote = f->directory.remote, .path = path_in (&f->directory, f->name) };
    if (!ret->remote)
        return 0;
    PVFS_sysresp_lookup resp = { 0 };
    int r = PVFS_sys_ref_lookup (f->directory.ref.fs_id, f->name, f->directory.ref,
                                 &cp->session.cred, &resp, PVFS2_LOOKUP_LINK_NO_FOLLOW,
                                 PVFS_HINT_NULL);
    ret->ref = resp.ref;
    return r;
}

bool
twins_link (struct cp *cp, const struct twins *t)
{
    bool ok = true;
    for (size_t i = 0; i < t->n; i++) {
        const struct twin *w = &t->list[i];
        struct item copy;
        int r = find_copy (cp, w->first, &copy);
        if (r < 0)
            tool_fail (copy.path, r);
        ok &= r == 0 && copy_name (cp, &copy, &w->directory, w->name);
        item_free (&copy);
    }
    return ok;
}

static void
first_free (struct first *f)
{
    item_free (&f->from);
    item_free (&f->directory);
    free (f->name);
    free (f);
}

void
twins_free (struct twins *t)
{
    for (size_t i = 0; i < t->n; i++) {
        item_free (&t->list[i].directory);
        free (t->list[i].name);
    }
    free (t->list);
    for (size_t i = 0; i < TWINS_BUCKETS; i++) {
        for (struct first *f = t->firsts[i], *next; f != NULL; f = next) {
            next = f->next;
            first_free (f);
        }
    }
    *t = (struct twins){ 0 };
}
