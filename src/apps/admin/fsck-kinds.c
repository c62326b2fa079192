/* The kinds of findings, and lists of them; see fsck.h. */
#include "apps/admin/fsck.h"

const struct finding_info finding_infos[FINDING_KINDS] = {
#define KIND(symbol, stage, name, would, did) [FINDING_##symbol] = { name, would, did, stage },
#include "apps/admin/fsck-kinds.def"
#undef KIND
};

void
findings_free (struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        free (f->list[i].text);
    free (f->list);
    *f = (struct findings){ 0 };
}

static bool
is_same (const struct finding *a, const struct finding *b)
{
    return a->kind == b->kind && a->server == b->server && a->subject == b->subject
           && a->other == b->other && a->hash == b->hash && a->name_digest == b->name_digest
           && a->digest == b->digest;
}

static int
by_subject (const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->subject != y->subject)
        return x->subject < y->subject ? -1 : 1;
    if (x->other != y->other)
        return x->other < y->other ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Both sorted; equal ones lie together. */
static bool
was_there (const struct findings *before, const struct finding *f, size_t *from)
{
    while (*from < before->n && by_subject (&before->list[*from], f) < 0)
        (*from)++;
    for (size_t i = *from; i < before->n && by_subject (&before->list[i], f) == 0; i++)
        if (is_same (&before->list[i], f))
            return true;
    return false;
}

static void
sort (const struct findings *f)
{
    if (f->n > 1)
        qsort (f->list, f->n, sizeof *f->list, by_subject);
}

void
findings_agree (struct findings *f, const struct findings *before)
{
    size_t kept = 0, from = 0;
    sort (before);
    sort (f);
    for (size_t i = 0; i < f->n; i++)
        if (was_there (before, &f->list[i], &from))
            f->list[kept++] = f->list[i];
        else
            free (f->list[i].text);
    f->n = kept;
}
