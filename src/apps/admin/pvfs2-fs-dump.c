/* pvfs2-fs-dump: every object of a file system – those that names lead to, as a tree, and the
 * rest. Single-threaded. All handles that were seen are kept in memory.
 */
#include <stdio.h>
#include <unistd.h>

#include "apps/common/format.h"
#include "apps/common/parts.h"
#include "apps/common/servers.h"
#include "common/base/hash.h"

enum { HANDLES_AT_ONCE = 1024, PAUSE_SECS = 1 };

struct choices {
    const char *mount, *font;
    bool dot, key, json;
    int64_t timeout;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SWITCH ('d', "dot", struct choices, dot, "a graph for dot(1), of what names lead to"),
    OPT_SWITCH ('k', "key", struct choices, key, "with -d: what the colours mean, too"),
    OPT_TEXT ('f', "font", "NAME", struct choices, font, "with -d: the font of all texts"),
    OPT_SWITCH (0, "json", struct choices, json, "one object in a line for each"),
    OPT_TIMEOUT (0, struct choices, timeout),
};
static const char *const usage[] = { "[-m MNT] [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { "What names lead to:",
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-fs-dump -m /mnt/pvfs2 | grep -v 'without a name'",
      "1048576 directory tcp://127.0.0.1:3334 /\n"
      "... bucket tcp://127.0.0.1:3334 of 1048576\n"
      "... file tcp://127.0.0.1:... /file\n"
      "... datafile tcp://127.0.0.1:... of ..." },
    { "The same as a picture:",
      "pvfs2-fs-dump -m /mnt/pvfs2 -d -k > tree.dot && head -n 1 tree.dot", "digraph pvfs2 {" },
};
static const struct tool tool = {
    .name = "pvfs2-fs-dump",
    .usage = usage,
    .purpose = "lists every object of a PVFS2 file system",
    .description =
        "For each object that a name leads to it prints a line with its handle, its type, its\n"
        "server and its path, and one for each of its datafiles or buckets; then those of which\n"
        "nothing was seen that way, if they are still there a second later. While others work,\n"
        "those may have been made or renamed meanwhile; pvfs2-fsck(8) tells for sure what is\n"
        "lost. Files that a mount has open, or had a moment ago, may have no name any more.\n"
        "Objects that servers keep ready for new files are left out.\n"
        "\n"
        "Only root may ask for all handles.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

/* -- handles that were seen: open addressing -- */

struct handles {
    PVFS_handle *slots; /* 0: free */
    size_t size, n;
};

static bool handles_add (struct handles *h, PVFS_handle handle);

static void
handles_grow (struct handles *h)
{
    struct handles bigger = { .size = h->size > 0 ? 2 * h->size : 1024 };
    bigger.slots = tool_alloc (bigger.size * sizeof *bigger.slots);
    for (size_t i = 0; i < h->size; i++)
        if (h->slots[i] != 0)
            handles_add (&bigger, h->slots[i]);
    free (h->slots);
    *h = bigger;
}

/* Where it is, or would be. */
static PVFS_handle *
handles_slot (const struct handles *h, PVFS_handle handle)
{
    size_t i = hash_u64 (handle) & (h->size - 1);
    while (h->slots[i] != 0 && h->slots[i] != handle)
        i = (i + 1) & (h->size - 1);
    return &h->slots[i];
}

static bool
handles_has (const struct handles *h, PVFS_handle handle)
{
    return h->size > 0 && *handles_slot (h, handle) == handle;
}

/* False: it was there. */
static bool
handles_add (struct handles *h, PVFS_handle handle)
{
    if (2 * h->n >= h->size)
        handles_grow (h);
    PVFS_handle *slot = handles_slot (h, handle);
    if (*slot == handle)
        return false;
    *slot = handle;
    h->n++;
    return true;
}

/* -- printing -- */

struct dump {
    struct session session;
    PVFS_fs_id fs;
    struct servers servers;
    struct handles seen;
    PVFS_handle *rest; /* of the servers' handles what was not seen */
    size_t n_rest;
    struct choices choices;
    bool failed;
};

static const char *
colour_of (PVFS_ds_type type)
{
    switch (type) {
    case PVFS_TYPE_METAFILE:
        return "lightblue";
    case PVFS_TYPE_DATAFILE:
        return "lightgrey";
    case PVFS_TYPE_DIRECTORY:
        return "gold";
    case PVFS_TYPE_SYMLINK:
        return "palegreen";
    default:
        return "orange";
    }
}

static void
print_dot_text (const char *text)
{
    putchar ('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar ('\\');
        putchar (*text == '\n' ? ' ' : *text);
    }
    putchar ('"');
}

static void
print_key (void)
{
    static const PVFS_ds_type types[] = { PVFS_TYPE_DIRECTORY, PVFS_TYPE_DIRDATA,
                                          PVFS_TYPE_METAFILE, PVFS_TYPE_DATAFILE,
                                          PVFS_TYPE_SYMLINK };
    printf ("    subgraph cluster_key {\n        label=\"key\";\n");
    for (size_t i = 0; i < ARRAY_SIZE (types); i++)
        printf ("        key%zu [label=\"%s\", fillcolor=%s];\n", i, object_type_name (types[i]),
                colour_of (types[i]));
    printf ("    }\n");
}

static void
begin_dot (const struct choices *c)
{
    printf ("digraph pvfs2 {\n    rankdir=LR;\n");
    if (c->font != NULL) {
        printf ("    graph [fontname=");
        print_dot_text (c->font);
        printf ("];\n");
    }
    printf ("    node [shape=box, style=filled");
    if (c->font != NULL) {
        printf (", fontname=");
        print_dot_text (c->font);
    }
    printf ("];\n");
    if (c->key)
        print_key ();
}

static void
print_dot (PVFS_object_ref ref, PVFS_ds_type type, const char *name, PVFS_handle parent)
{
    char *label =
        tool_text ("%s%s%llu", name, name[0] != '\0' ? " " : "", (unsigned long long) ref.handle);
    printf ("    h%llu [fillcolor=%s, label=", (unsigned long long) ref.handle, colour_of (type));
    print_dot_text (label);
    printf ("];\n");
    if (parent != PVFS_HANDLE_NULL)
        printf ("    h%llu -> h%llu;\n", (unsigned long long) parent,
                (unsigned long long) ref.handle);
    free (label);
}

/* path NULL: a part of `parent`, or with that NULL, too, nothing led to it. */
static void
print_object (const struct dump *d, PVFS_object_ref ref, PVFS_ds_type type, const char *path,
              PVFS_handle parent)
{
    const char *server = handle_server (ref);
    unsigned long long handle = (unsigned long long) ref.handle;
    if (d->choices.dot) {
        const char *slash = path != NULL ? strrchr (path, '/') : NULL;
        print_dot (ref, type, slash == NULL ? "" : slash[1] != '\0' ? slash + 1 : "/", parent);
    } else if (d->choices.json) {
        printf ("{\"handle\": %llu, \"type\": \"%s\", \"server\": ", handle,
                object_type_name (type));
        print_json_text (server);
        if (path != NULL) {
            printf (", \"path\": ");
            print_json_text (path);
        } else if (parent != PVFS_HANDLE_NULL) {
            printf (", \"of\": %llu", (unsigned long long) parent);
        }
        printf ("}\n");
    } else if (path != NULL) {
        printf ("%llu %s %s %s\n", handle, object_type_name (type), server, path);
    } else if (parent != PVFS_HANDLE_NULL) {
        printf ("%llu %s %s of %llu\n", handle, object_type_name (type), server,
                (unsigned long long) parent);
    } else {
        printf ("%llu %s %s without a name\n", handle, object_type_name (type), server);
    }
}

/* -- the tree -- */

static void
fail (struct dump *d, const char *what, int error)
{
    tool_fail (what, error);
    d->failed = true;
}

static void
show_parts (struct dump *d, PVFS_object_ref ref, PVFS_ds_type type, const char *path)
{
    struct parts parts;
    PVFS_ds_type part = type == PVFS_TYPE_DIRECTORY ? PVFS_TYPE_DIRDATA : PVFS_TYPE_DATAFILE;
    int r = parts_read (&d->session, ref, type, &parts);
    if (r < 0)
        fail (d, path, r);
    for (int i = 0; i < parts.n; i++)
        if (handles_add (&d->seen, parts.handles[i]))
            print_object (d, (PVFS_object_ref){ .handle = parts.handles[i], .fs_id = d->fs }, part,
                          NULL, ref.handle);
    parts_free (&parts);
}

/* Another name of a file is a line more, and no more. */
static void
show (struct dump *d, PVFS_object_ref ref, PVFS_ds_type type, const char *path, PVFS_handle parent)
{
    bool is_new = handles_add (&d->seen, ref.handle);
    print_object (d, ref, type, path, parent);
    if (!is_new)
        return;
    show_parts (d, ref, type, path);
    if (type != PVFS_TYPE_DIRECTORY)
        return;
    struct listing l;
    int r = listing_read (&d->session, ref, PVFS_ATTR_SYS_TYPE, &l);
    if (r < 0) {
        fail (d, path, r);
        return;
    }
    for (size_t i = 0; i < l.n; i++) {
        const struct entry *e = &l.entries[i];
        char *below = tool_text ("%s/%s", path[1] != '\0' ? path : "", e->name);
        if (e->error == 0)
            show (d, e->ref, e->attr.objtype, below, ref.handle);
        else if (e->error != -PVFS_ENOENT && e->error != -PVFS_ESTALE)
            fail (d, below, e->error);
        free (below);
    }
    listing_free (&l);
}

/* -- the rest -- */

static void
note_seen (struct dump *d, const PVFS_handle *handles, int n)
{
    for (int i = 0; i < n; i++)
        handles_add (&d->seen, handles[i]);
}

static void
note_rest (struct dump *d, const PVFS_handle *handles, int n)
{
    for (int i = 0; i < n; i++) {
        if (handles_has (&d->seen, handles[i]))
            continue;
        d->rest = tool_grow (d->rest, d->n_rest + 1, sizeof *d->rest);
        d->rest[d->n_rest++] = handles[i];
    }
}

/* All handles of a server, or with PVFS_MGMT_RESERVED those that it keeps ready. */
static void
each_handle (struct dump *d, const struct server *server, int flags,
             void (*fn) (struct dump *d, const PVFS_handle *handles, int n))
{
    PVFS_handle handles[HANDLES_AT_ONCE], *matrix[1] = { handles };
    PVFS_ds_position position = PVFS_ITERATE_START;
    PVFS_BMI_addr_t addr = server->addr;
    while (position != PVFS_ITERATE_END) {
        int n = HANDLES_AT_ONCE;
        int r =
            PVFS_mgmt_iterate_handles_list (d->fs, &d->session.cred, matrix, &n, &position, &addr,
                                            1, flags, d->servers.details, PVFS_HINT_NULL);
        if (r == -PVFS_EDETAIL && d->servers.details->count_used > 0)
            r = d->servers.details->error[0].error;
        if (r < 0) {
            server_report (server, r);
            d->failed = true;
            return;
        }
        fn (d, handles, n);
    }
}

static void
note_reserved (struct dump *d)
{
    for (int i = 0; i < d->servers.n; i++)
        each_handle (d, &d->servers.list[i], PVFS_MGMT_RESERVED, note_seen);
}

/* What is just being made, reserved or removed is one or the other a moment later. */
static void
print_rest (struct dump *d)
{
    sleep (PAUSE_SECS);
    note_reserved (d);
    for (size_t i = 0; i < d->n_rest; i++) {
        PVFS_object_ref ref = { .handle = d->rest[i], .fs_id = d->fs };
        PVFS_sys_attr a = { .objtype = PVFS_TYPE_NONE };
        if (!handles_add (&d->seen, ref.handle))
            continue;
        int r = get_attr (&d->session, ref, PVFS_ATTR_SYS_TYPE, &a);
        if (r != -PVFS_ENOENT && r != -PVFS_ESTALE)
            print_object (d, ref, a.objtype, NULL, PVFS_HANDLE_NULL);
    }
}

static void
show_rest (struct dump *d)
{
    note_reserved (d);
    for (int i = 0; i < d->servers.n; i++)
        each_handle (d, &d->servers.list[i], 0, note_rest);
    if (d->n_rest > 0)
        print_rest (d);
}

static void
show_all (struct dump *d)
{
    struct place root = { .given = "/", .fs = d->fs, .path = "/" };
    PVFS_object_ref ref;
    int r = place_lookup (&d->session, &root, false, &ref);
    if (r < 0) {
        fail (d, "/", r);
        return;
    }
    if (d->choices.dot)
        begin_dot (&d->choices);
    show (d, ref, PVFS_TYPE_DIRECTORY, "/", PVFS_HANDLE_NULL);
    if (d->choices.dot)
        printf ("}\n");
    else
        show_rest (d);
}

int
main (int argc, char **argv)
{
    struct dump d = { .failed = false };
    tool_parse (&tool, argc, argv, &d.choices);
    if (d.choices.dot && d.choices.json)
        tool_usage ("-d and --json are two forms: one of them");
    if (!d.choices.dot && (d.choices.key || d.choices.font != NULL))
        tool_usage ("-k and -f are for a graph: with -d");
    d.fs = session_open_volume (&d.session, d.choices.mount);
    servers_set_timeout (d.choices.timeout);
    servers_of (d.fs, NULL, &d.servers);
    show_all (&d);
    free (d.seen.slots);
    free (d.rest);
    servers_free (&d.servers);
    session_close (&d.session);
    return tool_end (d.failed ? TOOL_FAILED : TOOL_OK);
}
