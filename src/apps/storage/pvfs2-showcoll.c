/* pvfs2-showcoll: the file systems ("collections") of a storage space, and the objects in one.
 * Single-threaded. */
#include <stdio.h>

#include "apps/storage/collection.h"
#include "apps/storage/offline.h"
#include "apps/storage/show.h"

struct choices {
    const char *data, *meta, *name, *handle;
    bool keys, json;
};

static const struct tool_option options[] = {
    OPT_TEXT ('s', "data-space", "DIR", struct choices, data, "the data folder"),
    OPT_TEXT ('m', "meta-space", "DIR", struct choices, meta,
              "the metadata folder; of the two, one may be left out if they are the same"),
    OPT_TEXT ('c', "collection", "NAME", struct choices, name,
              "the objects of this file system, by its name or ID"),
    OPT_TEXT ('d', "handle", "HANDLE", struct choices, handle, "only this object"),
    OPT_SWITCH ('k', "keys", struct choices, keys,
                "also the objects' keys: entries, layouts, extended attributes"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object per line"),
};
static const char *const usage[] = { "-m DIR [-s DIR]", "-m DIR [-s DIR] -c NAME [-d HANDLE] [-k]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-mkspace -c scratch -i 77 --data-space $PWD/d --meta-space $PWD/m\n"
      "pvfs2-showcoll -s d -m m\n",
      "collection=scratch id=77" },
    { "The root directory and its keys:", "pvfs2-showcoll -s d -m m -c scratch -d 1048576 -k",
      "fs=77 record=attributes handle=1048576 object=directory mode=0777 ...\n"
      "fs=77 record=keyval handle=1048576 key=\"bt\" buckets=4" },
};
static const struct tool tool = {
    .name = "pvfs2-showcoll",
    .usage = usage,
    .purpose = "shows what is in a storage space",
    .description =
        "Without -c the file systems are listed that the space holds a part of. No server may use the\n"
        "space; spaces of earlier formats are read as well (they know no names, only IDs).",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
    .environment = "",
};

static void
list_collections (struct show *s, struct trove_space *space)
{
    for (struct collection c = { .id = 1 }; collection_next (space, &c); c.id++) {
        show_begin (s);
        if (c.name[0] != '\0')
            show_word (s, "collection", c.name);
        show_number (s, "id", c.id);
        show_end (s);
    }
}

static obj_fsid
find_collection (struct trove_space *space, const char *name)
{
    obj_fsid id = collection_find (space, name);
    if (id == 0)
        tool_die ("no collection '%s' in this space: without -c those that there are are listed", name);
    return id;
}

/* -- objects -- */

struct objects {
    struct show show;
    obj_fsid fs;
    obj_handle handle; /* 0: all */
    bool keys;
};

static int
show_object (void *arg, const struct trove_record *r)
{
    struct objects *o = arg;
    if (r->fs != o->fs)
        return 1;
    bool wanted = r->type == TROVE_ATTR || (o->keys && r->item.handle != 0 && r->type != TROVE_POOL && r->type != TROVE_PRIVATE);
    if (wanted && (o->handle == 0 || r->item.handle == o->handle))
        show_record (&o->show, r);
    return 0;
}

static int
show_objects (struct objects *o, struct trove_space *space, const struct choices *c)
{
    int64_t handle = 0;
    if (c->handle != NULL && (!tool_number (c->handle, false, &handle) || handle <= 0))
        tool_usage ("-d %s: not a handle", c->handle);
    o->fs = find_collection (space, c->name);
    o->handle = (obj_handle)handle;
    o->keys = c->keys;
    show_open (&o->show);
    int r = trove_space_each (space, &(struct trove_key){ .fs = o->fs }, show_object, o);
    show_close (&o->show);
    if (r == 0 && handle != 0 && o->show.printed == 0) {
        tool_error ("no object %lld in this collection", (long long)handle);
        return -ENOENT;
    }
    return r;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct offline_records records;
    int r = 0;
    tool_parse (&tool, argc, argv, &c);
    if (c.data == NULL && c.meta == NULL)
        tool_usage ("no folder is named: say -m and -s");
    if (c.name == NULL && (c.handle != NULL || c.keys))
        tool_usage ("-d and -k need -c");
    struct objects o = { .show.json = c.json };
    offline_records_open (&records, c.data, c.meta);
    if (c.name != NULL) {
        r = show_objects (&o, records.space, &c);
    } else {
        show_open (&o.show);
        list_collections (&o.show, records.space);
        show_close (&o.show);
    }
    offline_records_close (&records);
    return tool_end (r < 0 || o.show.unreadable > 0 ? TOOL_FAILED : TOOL_OK);
}
