/* See offline.h. */
#include "apps/storage/offline.h"

#include "apps/storage/collection.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { RANGES_MAX = 4096 };

const struct offline_space offline_defaults = {
    .name = "pvfs2-fs",
    .id = "9",
    .root = "1048576",
    .meta_ranges = "4-2147483650",
    .data_ranges = "2147483651-4294967297",
};

static void
start (struct offline *o)
{
    o->server.config = o->config;
    o->server.why = o->why;
    int r = reactor_new (&o->server.reactor);
    if (r < 0)
        tool_die ("cannot start: %s", strerror (-r));
}

void
offline_of_file (struct offline *o, const char *path)
{
    char *error = NULL;
    *o = (struct offline){ 0 };
    if (config_parse_file (path, &o->config, &error) < 0)
        tool_die ("%s", error != NULL ? error : "out of memory");
    start (o);
}

void
offline_of_config (struct offline *o, const char *path, const char *alias)
{
    static char host[HOST_NAME_MAX + 1];
    offline_of_file (o, path);
    if (alias == NULL && gethostname (host, sizeof host - 1) == 0)
        alias = host;
    if (alias == NULL || config_find_alias (o->config, alias) < 0)
        tool_die ("there is no server '%s' in <Aliases> of %s: name one that is", alias != NULL ? alias : "", path);
    o->server.alias = alias;
}

static char *
absolute (const char *path)
{
    if (path[0] == '/')
        return tool_text ("%s", path);
    char *here = getcwd (NULL, 0);
    if (here == NULL)
        tool_die ("the working directory: %s", strerror (errno));
    char *text = tool_text ("%s/%s", here, path);
    free (here);
    return text;
}

/* An option's value stands on a line of its own: nothing may end that. */
static const char *
word (const char *value, const char *preset, const char *option)
{
    if (value == NULL)
        return preset;
    if (value[0] == '\0' || strlen (value) > RANGES_MAX || strpbrk (value, "\"<>#\\\n") != NULL)
        tool_usage ("%s %.64s: not possible", option, value);
    return value;
}

void
offline_of_space (struct offline *o, const struct offline_space *s)
{
    const struct offline_space *d = &offline_defaults;
    *o = (struct offline){ .server.alias = "local" };
    if (s->data == NULL && s->meta == NULL)
        tool_usage ("no folder is named: say --data-space and --meta-space");
    char *data = absolute (word (s->data, s->meta, "--data-space"));
    char *meta = absolute (word (s->meta, s->data, "--meta-space"));
    char *error = NULL;
    char *text = tool_text ("<Defaults>\nDataStorageSpace \"%s\"\nMetadataStorageSpace \"%s\"\n"
                            "StorageReserve 0\n</Defaults>\n"
                            "<Aliases>\nAlias local tcp://127.0.0.1:3334\n</Aliases>\n"
                            "<FileSystem>\nName %s\nID %s\nRootHandle %s\n"
                            "<MetaHandleRanges>\nRange local %s\n</MetaHandleRanges>\n"
                            "<DataHandleRanges>\nRange local %s\n</DataHandleRanges>\n"
                            "</FileSystem>\n",
                            data, meta, word (s->name, d->name, "-c"), word (s->id, d->id, "-i"),
                            word (s->root, d->root, "-r"), word (s->meta_ranges, d->meta_ranges, "-M"),
                            word (s->data_ranges, d->data_ranges, "-N"));
    if (config_parse_text (text, strlen (text), "the options", &o->config, &error) < 0)
        tool_usage ("%s", error != NULL ? error : "out of memory");
    free (text);
    free (data);
    free (meta);
    start (o);
}

void
offline_report (struct offline *o, const char *what, int err)
{
    if (o->why[0] != '\0')
        tool_error ("%s", o->why);
    else
        tool_error ("%s: %s", what, strerror (-err));
    o->why[0] = '\0';
}

int
offline_drop (struct offline *o, const char *collection)
{
    struct trove_config t;
    struct trove_space *space;
    int r = storage_where (&o->server, &t);
    if (r == 0)
        r = trove_space_open (&t, false, &space);
    if (r < 0)
        return r;
    obj_fsid id = collection_find (space, collection);
    trove_space_close (space);
    if (id == 0)
        tool_die ("no collection '%s' in this space: pvfs2-showcoll lists those that there are", collection);
    return server_drop_fs (&o->server, id);
}

void
offline_close (struct offline *o)
{
    reactor_free (o->server.reactor);
    config_free (o->config);
}

void
offline_records_open (struct offline_records *r, const char *data, const char *meta)
{
    *r = (struct offline_records){ .config = { .data_path = data != NULL ? data : meta, .meta_path = meta != NULL ? meta : data } };
    r->config.why = r->why;
    int err = trove_space_open (&r->config, true, &r->space);
    if (err < 0)
        tool_die ("%s", r->why[0] != '\0' ? r->why : strerror (-err));
}

void
offline_records_close (struct offline_records *r)
{
    trove_space_close (r->space);
}
