/* pvfs2-xattr: reads, sets, lists and removes extended attributes. Single-threaded. */
#include <ctype.h>
#include <stdio.h>

#include "apps/common/session.h"

enum { VALUE_ROOM = 65536, LIST_STEP = PVFS_MAX_XATTR_LISTLEN };

struct choices {
    bool set, remove, list, text;
    const char *key, *value;
};

static const struct tool_option options[] = {
    OPT_TEXT ('k', "key", "KEY", struct choices, key, "the attribute, such as user.comment"),
    OPT_TEXT ('v', "value", "VALUE", struct choices, value, "its value, with -s"),
    OPT_SWITCH ('s', "set", struct choices, set, "set it"),
    OPT_SWITCH ('t', "text", struct choices, text, "print the value as text, not as bytes"),
    OPT_SWITCH ('l', "list", struct choices, list, "the names of all attributes"),
    OPT_SWITCH ('r', "remove", struct choices, remove, "remove it"),
};
static const char *const usage[] = { "-k KEY [-t] PATH", "-s -k KEY -v VALUE PATH", "-l PATH",
                                     "-r -k KEY PATH", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-xattr -s -k user.comment -v 'first run' /mnt/pvfs2/file\n"
      "pvfs2-xattr -t -k user.comment /mnt/pvfs2/file",
      "first run" },
    { "New files of a directory are to be on two servers:",
      "pvfs2-mkdir /mnt/pvfs2/dir\n"
      "pvfs2-xattr -s -k user.pvfs2.num_dfiles -v 2 /mnt/pvfs2/dir\n"
      "pvfs2-xattr -l /mnt/pvfs2/dir",
      "user.pvfs2.num_dfiles" },
};
static const struct tool tool = {
    .name = "pvfs2-xattr",
    .usage = usage,
    .purpose = "reads and sets extended attributes in a PVFS2 file system",
    .description =
        "Names begin with user., trusted., security. or system. On a directory these decide about\n"
        "files that are created in it afterwards: user.pvfs2.num_dfiles, user.pvfs2.dist_name,\n"
        "user.pvfs2.dist_params, user.pvfs2.layout, user.pvfs2.server_list.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 1,
};

static PVFS_ds_keyval
key_of (const char *name)
{
    int32_t size = (int32_t)strlen (name) + 1;
    return (PVFS_ds_keyval){ .buffer = (void *)name, .buffer_sz = size, .read_sz = size };
}

static void
print_bytes (const unsigned char *value, int32_t n)
{
    for (int32_t at = 0; at < n; at += 16) {
        printf ("%04x ", (unsigned)at);
        for (int32_t i = at; i < at + 16; i++)
            i < n ? printf (" %02x", value[i]) : printf ("   ");
        printf ("  ");
        for (int32_t i = at; i < n && i < at + 16; i++)
            putchar (isprint (value[i]) ? value[i] : '.');
        putchar ('\n');
    }
}

static int
get (struct session *s, PVFS_object_ref ref, const struct choices *c)
{
    PVFS_ds_keyval key = key_of (c->key);
    PVFS_ds_keyval value = { .buffer = tool_alloc (VALUE_ROOM), .buffer_sz = VALUE_ROOM };
    int r = PVFS_sys_geteattr (ref, &s->cred, &key, &value, PVFS_HINT_NULL);
    if (r == 0 && c->text)
        printf ("%.*s\n", (int)value.read_sz, (const char *)value.buffer);
    else if (r == 0)
        print_bytes (value.buffer, value.read_sz);
    free (value.buffer);
    return r;
}

static int
set (struct session *s, PVFS_object_ref ref, const struct choices *c)
{
    PVFS_ds_keyval key = key_of (c->key);
    int32_t size = (int32_t)strlen (c->value);
    PVFS_ds_keyval value = { .buffer = (void *)c->value, .buffer_sz = size, .read_sz = size };
    return PVFS_sys_seteattr (ref, &s->cred, &key, &value, 0, PVFS_HINT_NULL);
}

static int
list (struct session *s, PVFS_object_ref ref)
{
    char (*room)[PVFS_MAX_XATTR_NAMELEN + 1] = tool_alloc (LIST_STEP * sizeof *room);
    PVFS_ds_position token = PVFS_ITERATE_START;
    int r = 0;
    while (r == 0 && token != PVFS_ITERATE_END) {
        PVFS_ds_keyval keys[LIST_STEP];
        for (int i = 0; i < LIST_STEP; i++)
            keys[i] = (PVFS_ds_keyval){ .buffer = room[i], .buffer_sz = PVFS_MAX_XATTR_NAMELEN };
        PVFS_sysresp_listeattr resp = { .nkey = LIST_STEP, .key_array = keys };
        r = PVFS_sys_listeattr (ref, token, LIST_STEP, &s->cred, &resp, PVFS_HINT_NULL);
        for (int32_t i = 0; r == 0 && i < resp.nkey; i++)
            printf ("%.*s\n", (int)keys[i].read_sz, room[i]);
        token = resp.token;
    }
    free (room);
    return r;
}

static void
check (const struct choices *c)
{
    if (c->set + c->remove + c->list > 1)
        tool_usage ("-s, -r and -l exclude each other");
    if (!c->list && c->key == NULL)
        tool_usage ("needs -k KEY, or -l");
    if (c->set != (c->value != NULL))
        tool_usage ("-s and -v VALUE go together");
    if (c->key != NULL && strlen (c->key) >= PVFS_MAX_XATTR_NAMELEN)
        tool_usage ("-k: the name is longer than %d bytes", PVFS_MAX_XATTR_NAMELEN - 1);
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct place p;
    PVFS_object_ref ref;
    char **operands = tool_parse (&tool, argc, argv, &c);
    int r;
    check (&c);
    session_open (&s);
    if (!find (&s, operands[0], true, &p, &ref)) {
        session_close (&s);
        return TOOL_FAILED;
    }
    if (c.list) {
        r = list (&s, ref);
    } else if (c.remove) {
        PVFS_ds_keyval key = key_of (c.key);
        r = PVFS_sys_deleattr (ref, &s.cred, &key, PVFS_HINT_NULL);
    } else {
        r = c.set ? set (&s, ref, &c) : get (&s, ref, &c);
    }
    if (r < 0 && c.key != NULL) {
        char *what = tool_text ("%s: %s", operands[0], c.key);
        if (r == -PVFS_ENODATA)
            tool_error ("%s: there is no such attribute", what);
        else
            tool_fail (what, r);
        free (what);
    } else if (r < 0) {
        tool_fail (operands[0], r);
    }
    session_close (&s);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
