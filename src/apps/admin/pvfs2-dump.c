/* pvfs2-dump: all that the servers say of an object, as it is. Single-threaded. */
#include <stdio.h>

#include "apps/common/fields.h"
#include "apps/common/format.h"
#include "apps/common/parts.h"

enum { XATTR_STEP = 16 };

struct choices {
    const char *mount, *object;
    int64_t fs_id;
    bool json;
};

static const struct tool_option options[] = {
    OPT_TEXT ('o', "object", "HANDLE", struct choices, object, "an object by its handle"),
    OPT_TEXT ('m', "mount", "MNT", struct choices, mount,
              "with -o: of the file system at MNT (default: the first one)"),
    OPT_COUNT ('f', "fs-id", "ID", struct choices, fs_id,
               "with -o: of the file system with this number"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each"),
};
static const char *const usage[] = { "[--json] PATH...", "[OPTION...] -o HANDLE", NULL };
static const struct tool_example examples[] = {
    { "A directory that has one bucket, and a file in it, by its handle:",
      "pvfs2-mkdir /mnt/pvfs2/d\n"
      "pvfs2-touch /mnt/pvfs2/d/f\n"
      "pvfs2-dump /mnt/pvfs2/d | grep bucket\n"
      "pvfs2-dump -m /mnt/pvfs2 -o $(pvfs2-ls -i /mnt/pvfs2/d | sed 's/ f$//') | grep type",
      "  bucket 0: ... tcp://127.0.0.1:...\n"
      "  type: file" },
};
static const struct tool tool = {
    .name = "pvfs2-dump",
    .usage = usage,
    .purpose = "shows what the servers of a PVFS2 file system store of an object",
    .description =
        "For each object it shows its handle and server, its attributes as numbers, its\n"
        "distribution and datafiles or its buckets with their servers, and the names and sizes\n"
        "of its extended attributes. A symbolic link is shown itself. Times are nanoseconds\n"
        "since 1970, the mode is octal. A datafile or bucket has no more than a handle, a\n"
        "server and a size or nothing.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = -1,
    .admin = true,
};

struct dump {
    struct session session;
    struct fields fields;
};

/* -- the parts of an object -- */

static void
put_parts (const struct dump *d, PVFS_object_ref ref, PVFS_ds_type type, const struct parts *p)
{
    if (d->fields.json)
        printf (", \"%ss\": [", parts_name (type));
    for (int i = 0; i < p->n; i++) {
        const char *server =
            handle_server ((PVFS_object_ref){ .handle = p->handles[i], .fs_id = ref.fs_id });
        unsigned long long handle = (unsigned long long) p->handles[i];
        if (!d->fields.json) {
            printf ("  %s %d: %llu on %s\n", parts_name (type), i, handle, server);
            continue;
        }
        printf ("%s{\"handle\": %llu, \"server\": ", i > 0 ? ", " : "", handle);
        print_json_text (server);
        printf ("}");
    }
    if (d->fields.json)
        printf ("]");
}

static void
put_xattr (const struct dump *d, PVFS_object_ref ref, const char *name, bool first)
{
    char value[PVFS_MAX_XATTR_VALUELEN];
    PVFS_ds_keyval key = { .buffer = (char *) name, .buffer_sz = (int32_t) strlen (name) + 1 };
    PVFS_ds_keyval room = { .buffer = value, .buffer_sz = sizeof value };
    int r = PVFS_sys_geteattr (ref, &d->session.cred, &key, &room, PVFS_HINT_NULL);
    long long bytes = r < 0 ? -1 : room.read_sz; /* gone meanwhile, or not for us */
    if (!d->fields.json) {
        printf ("  xattr %s: %lld bytes\n", name, bytes);
        return;
    }
    printf ("%s{\"name\": ", first ? "" : ", ");
    print_json_text (name);
    printf (", \"bytes\": %lld}", bytes);
}

static int
put_xattrs (struct dump *d, PVFS_object_ref ref)
{
    char names[XATTR_STEP][PVFS_MAX_XATTR_NAMELEN];
    PVFS_ds_position token = PVFS_ITERATE_START;
    bool first = true;
    int r = 0;
    if (d->fields.json)
        printf (", \"xattrs\": [");
    while (r == 0 && token != PVFS_ITERATE_END) {
        PVFS_ds_keyval keys[XATTR_STEP];
        for (int i = 0; i < XATTR_STEP; i++)
            keys[i] = (PVFS_ds_keyval){ .buffer = names[i], .buffer_sz = sizeof names[i] };
        PVFS_sysresp_listeattr resp = { .nkey = XATTR_STEP, .key_array = keys };
        r = PVFS_sys_listeattr (ref, token, XATTR_STEP, &d->session.cred, &resp, PVFS_HINT_NULL);
        for (int i = 0; r == 0 && i < resp.nkey; i++) {
            put_xattr (d, ref, names[i], first);
            first = false;
        }
        token = resp.token;
    }
    if (d->fields.json)
        printf ("]");
    return r;
}

/* -- an object -- */

/* Datafiles and buckets have no attributes of their own but what they are. */
static int
dump_part (struct dump *d, PVFS_object_ref ref)
{
    PVFS_sys_attr a;
    int r = get_attr (&d->session, ref, PVFS_ATTR_SYS_TYPE, &a);
    if (r < 0)
        return r;
    fields_text (&d->fields, "type", object_type_name (a.objtype));
    if (a.objtype == PVFS_TYPE_DATAFILE && get_attr (&d->session, ref, PVFS_ATTR_SYS_SIZE, &a) == 0)
        fields_number (&d->fields, "size", a.size);
    return 0;
}

static int
dump_object (struct dump *d, PVFS_object_ref ref)
{
    PVFS_stat st;
    PVFS_sys_attr a;
    struct parts parts;
    int r = get_stat (&d->session, ref, &st);
    if (r == -PVFS_EINVAL || r == -PVFS_ENOENT || r == -PVFS_ESTALE)
        return dump_part (d, ref);
    if (r == 0)
        r = get_attr (&d->session, ref, PVFS_ATTR_SYS_ALL, &a);
    if (r < 0)
        return r;
    fields_text (&d->fields, "type", object_type_name (a.objtype));
    fields_stat (&d->fields, &st);
    fields_attr (&d->fields, &a);
    r = parts_read (&d->session, ref, a.objtype, &parts);
    if (parts.n > 0)
        put_parts (d, ref, a.objtype, &parts);
    parts_free (&parts);
    PVFS_util_release_sys_attr (&a);
    return r < 0 ? r : put_xattrs (d, ref);
}

static bool
dump (struct dump *d, const char *title, PVFS_object_ref ref)
{
    fields_begin (&d->fields, title);
    fields_handle (&d->fields, "handle", ref.handle);
    fields_number (&d->fields, "fs_id", ref.fs_id);
    fields_text (&d->fields, "server", handle_server (ref));
    int r = dump_object (d, ref);
    fields_end (&d->fields);
    if (r < 0)
        tool_fail (title, r);
    return r >= 0;
}

static bool
dump_paths (struct dump *d, char **paths)
{
    bool ok = true;
    session_open (&d->session);
    for (; *paths != NULL; paths++) {
        struct place p;
        PVFS_object_ref ref;
        if (!find (&d->session, *paths, false, &p, &ref))
            ok = false;
        else
            ok &= dump (d, *paths, ref);
    }
    return ok;
}

static bool
dump_handle (struct dump *d, const struct choices *c)
{
    PVFS_object_ref ref = { .handle = parse_handle (c->object) };
    if (ref.handle == 0)
        tool_usage ("-o %s: not a handle", c->object);
    ref.fs_id = session_open_fs (&d->session, c->mount, c->fs_id);
    return dump (d, c->object, ref);
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    char **paths = tool_parse (&tool, argc, argv, &c);
    if ((c.object != NULL) == (paths[0] != NULL))
        tool_usage ("needs paths, or one handle: -o HANDLE");
    if (c.object == NULL && (c.mount != NULL || c.fs_id != 0))
        tool_usage ("-m and -f are for a handle; a path says itself where it is");
    struct dump d = { .fields.json = c.json };
    fields_open (&d.fields);
    bool ok = c.object != NULL ? dump_handle (&d, &c) : dump_paths (&d, paths);
    fields_close (&d.fields);
    session_close (&d.session);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}
