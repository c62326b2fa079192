/* What is said about findings, in words or as JSON; see fsck.h. */
#include "apps/admin/fsck.h"

#include <stdio.h>

#include "apps/common/format.h"

void
report_begin (const struct report *r)
{
    if (r->json)
        printf ("{\"findings\": [");
}

struct search {
    const struct finding *f;
    char *name;
};

static void
find_name (void *arg, const struct fsck_item *x)
{
    struct search *s = arg;
    if (s->name == NULL && x->handle == s->f->other && x->name_len > 8
        && wire_crc32c (0, x->name, x->name_len) == s->f->name_digest)
        s->name = tool_text ("%.*s", (int) x->name_len - 8, (const char *) x->name + 8);
}

/* The name that a finding is about, or NULL. The tables have only its digest. */
static char *
name_of (struct image *m, const struct finding *f)
{
    enum { PROBE = 64 };
    struct search s = { f, NULL };
    uint64_t hash = f->hash;
    uint8_t from[8];
    struct wire w;
    if (f->name_digest == 0)
        return NULL;
    wire_encoder (&w, from, sizeof from);
    wire_be64 (&w, &hash);
    image_scan (m, f->server,
                (struct fsck_scan_req){ .type = FSCK_DIRENT,
                                        .handle = f->other,
                                        .name = from,
                                        .name_len = sizeof from,
                                        .one = true,
                                        .max = PROBE },
                find_name, &s);
    return s.name;
}

static const char *
action_of (const struct report *r, const struct finding *f)
{
    const struct finding_info *i = &finding_infos[f->kind];
    if (f->state == REPAIRED)
        return i->did;
    if (f->state == LEFT || f->keep || i->would == NULL)
        return r->repair || f->keep || i->would == NULL ? "left as it is" : i->would;
    return i->would;
}

static const char *
state_of (const struct finding *f)
{
    return f->state == REPAIRED ? "repaired" : f->state == LEFT ? "left" : "found";
}

/* Control characters of names would spoil the line. */
static void
print_visible (const char *text)
{
    for (; *text != '\0'; text++)
        putchar ((unsigned char) *text < ' ' || *text == 127 ? '?' : *text);
}

void
report_finding (struct report *r, struct image *m, const struct finding *f)
{
    CLEANUP_FREE char *name = f->state == REPAIRED ? NULL : name_of (m, f);
    const char *kind = finding_infos[f->kind].name, *server = m->servers.list[f->server].name;
    if (!r->json) {
        printf ("%s: %s", kind, f->text);
        if (name != NULL) {
            printf (" (\"");
            print_visible (name);
            printf ("\")");
        }
        printf (" [%s]; %s\n", server, action_of (r, f));
        return;
    }
    printf ("%s\n{\"kind\": \"%s\", \"handle\": \"%llx\", \"server\": ", r->printed++ ? "," : "",
            kind, (unsigned long long) f->subject);
    print_json_text (server);
    printf (", \"what\": ");
    print_json_text (f->text);
    if (name != NULL) {
        printf (", \"name\": ");
        print_json_text (name);
    }
    printf (", \"state\": \"%s\", \"action\": \"%s\"}", state_of (f), action_of (r, f));
}

void
report_end (const struct report *r, const struct image *m, unsigned repaired, unsigned left)
{
    if (r->json)
        printf ("%s],\n\"objects\": %zu, \"names\": %zu, \"repaired\": %u, \"left\": %u}\n",
                r->printed ? "\n" : "", m->objects.n, m->names.n, repaired, left);
    else if (repaired + left == 0)
        printf ("clean: %zu objects, %zu names\n", m->objects.n, m->names.n);
    else
        printf ("%u repaired, %u left: %zu objects, %zu names\n", repaired, left, m->objects.n,
                m->names.n);
}
