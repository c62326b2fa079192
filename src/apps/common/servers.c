/* See servers.h. */
#include "apps/common/servers.h"

#include <stdio.h>

const char *
server_role (int type)
{
    switch (type & (PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER)) {
    case PVFS_MGMT_IO_SERVER:
        return "data";
    case PVFS_MGMT_META_SERVER:
        return "metadata";
    default:
        return "metadata+data";
    }
}

static bool
is_named (const char *name, const char *wanted)
{
    const char *host = strstr (name, "://");
    return strcmp (name, wanted) == 0 || (host != NULL && strcmp (host + 3, wanted) == 0);
}

static int
read_addresses (PVFS_fs_id fs, PVFS_BMI_addr_t **ret, int *ret_n)
{
    int n = 0;
    int r = PVFS_mgmt_count_servers (fs, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, &n);
    if (r < 0)
        return r;
    PVFS_BMI_addr_t *addrs = tool_alloc ((size_t)(n + 1) * sizeof *addrs);
    r = PVFS_mgmt_get_server_array (fs, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, addrs, &n);
    if (r < 0) {
        free (addrs);
        return r;
    }
    *ret = addrs;
    *ret_n = n;
    return 0;
}

static void
all_servers (PVFS_fs_id fs, struct servers *ret)
{
    PVFS_BMI_addr_t *addrs;
    int n;
    int r = read_addresses (fs, &addrs, &n);
    if (r < 0) {
        tool_fail ("list of servers", r);
        tool_exit_failed ();
    }
    *ret = (struct servers){ .list = tool_alloc ((size_t)(n + 1) * sizeof *ret->list), .addrs = addrs };
    for (int i = 0; i < n; i++) {
        struct server s = { .addr = addrs[i] };
        s.name = PVFS_mgmt_map_addr (fs, s.addr, &s.type);
        if (s.name == NULL)
            continue;
        addrs[ret->n] = s.addr;
        ret->list[ret->n++] = s;
    }
}

static void
choose (struct servers *s, const char *list)
{
    CLEANUP_FREE char *copy = tool_text ("%s", list);
    char *rest = copy, *name;
    struct server *chosen = tool_alloc ((strlen (list) + 2) * sizeof *chosen);
    int n = 0;
    while ((name = strsep (&rest, ",")) != NULL) {
        int i = 0;
        while (i < s->n && !is_named (s->list[i].name, name))
            i++;
        if (i == s->n)
            tool_die ("%s: the file system has no such server (pvfs2-statfs lists them)", name);
        chosen[n++] = s->list[i];
    }
    free (s->list);
    s->list = chosen;
    s->n = n;
    s->addrs = tool_grow (s->addrs, (size_t)n, sizeof *s->addrs);
    for (int i = 0; i < n; i++)
        s->addrs[i] = chosen[i].addr;
}

void
servers_of (PVFS_fs_id fs, const char *list, struct servers *ret)
{
    all_servers (fs, ret);
    if (list != NULL)
        choose (ret, list);
    ret->details = PVFS_error_details_new (ret->n);
    if (ret->details == NULL)
        tool_die ("out of memory");
}

void
servers_free (struct servers *s)
{
    free (s->list);
    free (s->addrs);
    PVFS_error_details_free (s->details);
    *s = (struct servers){ 0 };
}

enum { TIMEOUT_SECS = 10, TIMEOUT_MAX = 100000 };

void
servers_set_timeout (int64_t secs)
{
    PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS,
                       (unsigned)MIN (secs > 0 ? secs : TIMEOUT_SECS, (int64_t)TIMEOUT_MAX));
}

void
server_report (const struct server *s, int error)
{
    if (error == -PVFS_EPERM)
        tool_error ("%s: Operation not permitted (only root may do this)", s->name);
    else
        tool_fail (s->name, error);
}

bool
servers_settle (struct servers *s, int r)
{
    const PVFS_error_details *d = s->details;
    for (int i = 0; i < s->n; i++)
        s->list[i].failed = r < 0 && r != -PVFS_EDETAIL;
    if (r != -PVFS_EDETAIL) {
        if (r < 0)
            tool_fail ("servers", r);
        return r >= 0;
    }
    for (int k = 0; k < d->count_used; k++) {
        for (int i = 0; i < s->n; i++) {
            if (s->list[i].addr != d->error[k].addr)
                continue;
            s->list[i].failed = true;
            server_report (&s->list[i], d->error[k].error);
        }
    }
    return false;
}
