/* See collection.h. */
#include "apps/storage/collection.h"

#include <stdio.h>

#include "apps/common/tool.h"
#include "server/storage.h"

static int
note_fs (void *arg, const struct trove_record *r)
{
    *(obj_fsid *)arg = r->fs;
    return 1;
}

static int
note_name (void *arg, const struct trove_record *r)
{
    struct collection *c = arg;
    struct trove_key key = storage_name_key (c->id);
    if (r->fs == key.fs && r->type == key.type && r->item.handle == key.handle && r->item.name_len == key.name_len
        && memcmp (r->item.name, key.name, key.name_len) == 0)
        snprintf (c->name, sizeof c->name, "%.*s", (int)r->item.val_len, (const char *)r->item.val);
    return 1;
}

bool
collection_next (struct trove_space *space, struct collection *c)
{
    obj_fsid id = 0;
    int r = trove_space_each (space, &(struct trove_key){ .fs = c->id }, note_fs, &id);
    *c = (struct collection){ .id = id };
    struct trove_key key = storage_name_key (id);
    if (r == 0 && id != 0)
        r = trove_space_each (space, &key, note_name, c);
    if (r < 0)
        tool_die ("the database: %s", strerror (-r));
    return id != 0;
}

obj_fsid
collection_find (struct trove_space *space, const char *name)
{
    int64_t number;
    bool is_number = tool_number (name, false, &number);
    for (struct collection c = { .id = 1 }; collection_next (space, &c); c.id++)
        if (strcmp (c.name, name) == 0 || (is_number && number == (int64_t)c.id))
            return c.id;
    return 0;
}
