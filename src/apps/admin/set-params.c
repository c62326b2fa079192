/* See set-params.h. */
#include "apps/admin/set-params.h"

static int
make_change (struct session *s, PVFS_fs_id fs, struct servers *servers, const struct change *c)
{
    struct PVFS_mgmt_setparam_value value = { .type = PVFS_MGMT_PARAM_TYPE_UINT64 };
    value.u.value = c->value;
    if (c->text != NULL) {
        value.type = PVFS_MGMT_PARAM_TYPE_STRING;
        value.u.string_value = (char *) c->text;
    }
    return PVFS_mgmt_setparam_list (fs, &s->cred, c->param, &value, servers->addrs, servers->n,
                                    servers->details, PVFS_HINT_NULL);
}

int
set_params (const struct set_choices *where, const struct change *changes, int n)
{
    struct session s;
    struct servers servers;
    bool ok = true;
    PVFS_fs_id fs = session_open_volume (&s, where->mount);
    servers_set_timeout (where->timeout);
    servers_of (fs, where->server, &servers);
    for (int i = 0; i < n && ok; i++)
        ok = servers_settle (&servers, make_change (&s, fs, &servers, &changes[i]));
    servers_free (&servers);
    session_close (&s);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}

uint64_t
set_boolean (const char *option, const char *text)
{
    if (strcmp (text, "0") != 0 && strcmp (text, "1") != 0)
        tool_usage ("%s %s: not 0 or 1", option, text);
    return text[0] == '1';
}
