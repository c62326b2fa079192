/*
 * A run's name: SERVERS:STATE:OPERATION.SLOT[.SLOT][(+|=)OPERATION…][:POINT.ANSWER[-POINT.ANSWER]…]
 *
 * "+": after the other's answer; "=": at the same time.
 */
#include "enum.h"

void
enum_print_id (const struct scenario *s, char *buf)
{
    FILE *f = fmemopen (buf, ENUM_ID, "w");
    fprintf (f, "%u:%s:", s->nservers, s->state);
    for (unsigned i = 0; i < s->nops; i++) {
        const struct names_op *o = &s->ops[i];
        fprintf (f, "%s%s.%s", i == 0 ? "" : s->together ? "=" : "+", names_kind_name (o->kind), names_slot_name (o->p));
        if (names_has_second (o->kind))
            fprintf (f, ".%s", names_slot_name (o->q));
    }
    for (unsigned i = 0; i < s->nchoices; i++)
        fprintf (f, "%c%u.%u", i ? '-' : ':', s->choices[i].at, s->choices[i].answer);
    fclose (f);
}

static int
find (const char *word, const char *(*name) (unsigned), unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!strcmp (word, name (i)))
            return (int) i;
    return -EINVAL;
}

static const char *
kind_name (unsigned i)
{
    return names_kind_name ((enum names_kind) i);
}

static const char *
slot_name (unsigned i)
{
    return names_slot_name ((enum names_slot) i);
}

static int
parse_op (char *word, struct names_op *ret)
{
    char *save, *kind = strtok_r (word, ".", &save), *p = strtok_r (NULL, ".", &save), *q = strtok_r (NULL, ".", &save);
    int k = kind ? find (kind, kind_name, NAMES_KINDS) : -EINVAL, a = p ? find (p, slot_name, NAMES_SLOTS) : -EINVAL;
    int b = q ? find (q, slot_name, NAMES_SLOTS) : 0;
    if (k < 0 || a < 0 || b < 0 || names_has_second ((enum names_kind) k) != !!q)
        return -EINVAL;
    *ret = (struct names_op){ (enum names_kind) k, (enum names_slot) a, (enum names_slot) b, 0 };
    return 0;
}

static int
parse_ops (char *text, struct scenario *s)
{
    char *save;
    s->together = strchr (text, '=');
    for (char *w = strtok_r (text, "+=", &save); w; w = strtok_r (NULL, "+=", &save))
        if (s->nops == ENUM_OPS || parse_op (w, &s->ops[s->nops++]) < 0)
            return -EINVAL;
    return s->nops ? 0 : -EINVAL;
}

static int
parse_choices (char *text, struct scenario *s)
{
    char *save;
    for (char *w = strtok_r (text, "-", &save); w; w = strtok_r (NULL, "-", &save)) {
        struct choice *c = &s->choices[s->nchoices];
        if (s->nchoices++ == ENUM_CHOICES || sscanf (w, "%u.%u", &c->at, &c->answer) != 2)
            return -EINVAL;
    }
    return 0;
}

int
enum_parse_id (const char *id, struct scenario *ret)
{
    char copy[ENUM_ID], *save;
    *ret = (struct scenario){ 0 };
    snprintf (copy, sizeof copy, "%s", id);
    char *servers = strtok_r (copy, ":", &save), *state = strtok_r (NULL, ":", &save), *ops = strtok_r (NULL, ":", &save),
         *choices = strtok_r (NULL, ":", &save);
    if (!ops || strlen (state) != ENUM_VALUES || strspn (state, enum_values) != ENUM_VALUES)
        return -EINVAL;
    ret->nservers = (unsigned) strtoul (servers, NULL, 10);
    memcpy (ret->state, state, ENUM_VALUES);
    if (ret->nservers < 2 || ret->nservers > 3 || parse_ops (ops, ret) < 0)
        return -EINVAL;
    return choices ? parse_choices (choices, ret) : 0;
}
