/* See survey.h. */
#include "apps/admin/survey.h"

#include <time.h>

static int64_t
now_ns (void)
{
    struct timespec t;
    clock_gettime (CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * (int64_t)NSEC_PER_SEC + t.tv_nsec;
}

/* One question to all of them at once finds those that do not answer. */
static void
find_silent (PVFS_fs_id fs, const PVFS_credential *cred, struct survey *s)
{
    PVFS_BMI_addr_t *addrs = tool_alloc ((size_t)s->n * sizeof *addrs);
    struct PVFS_mgmt_server_stat *stats = tool_alloc ((size_t)s->n * sizeof *stats);
    PVFS_error_details *details = PVFS_error_details_new (s->n);
    if (details == NULL)
        tool_die ("out of memory");
    for (int i = 0; i < s->n; i++)
        addrs[i] = s->list[i].server.addr;
    int r = PVFS_mgmt_statfs_list (fs, cred, stats, addrs, s->n, details, PVFS_HINT_NULL);
    for (int i = 0; i < s->n; i++)
        s->list[i].error = r == -PVFS_EDETAIL ? 0 : r;
    for (int k = 0; r == -PVFS_EDETAIL && k < details->count_used; k++) {
        for (int i = 0; i < s->n; i++) {
            if (addrs[i] == details->error[k].addr)
                s->list[i].error = details->error[k].error;
        }
    }
    PVFS_error_details_free (details);
    free (stats);
    free (addrs);
}

/* Alone, so that its clock can be compared with ours. */
static void
ask (PVFS_fs_id fs, const PVFS_credential *cred, struct survey_server *s)
{
    PVFS_error_details *details = PVFS_error_details_new (1);
    if (details == NULL)
        tool_die ("out of memory");
    int64_t asked = now_ns ();
    int r = PVFS_mgmt_statfs_list (fs, cred, &s->st, &s->server.addr, 1, details, PVFS_HINT_NULL);
    int64_t answered = now_ns ();
    if (r == -PVFS_EDETAIL && details->count_used > 0)
        r = details->error[0].error;
    PVFS_error_details_free (details);
    s->error = r;
    s->ahead_error_ns = (answered - asked) / 2;
    s->ahead_ns = (int64_t)s->st.time_ns - asked - s->ahead_error_ns;
}

void
survey_take (PVFS_fs_id fs, const PVFS_credential *cred, struct survey *ret)
{
    struct servers servers;
    servers_of (fs, NULL, &servers);
    *ret = (struct survey){ .list = tool_alloc ((size_t)servers.n * sizeof *ret->list), .n = servers.n };
    for (int i = 0; i < servers.n; i++)
        ret->list[i].server = servers.list[i];
    servers_free (&servers);
    find_silent (fs, cred, ret);
    for (int i = 0; i < ret->n; i++) {
        if (ret->list[i].error == 0)
            ask (fs, cred, &ret->list[i]);
    }
}

void
survey_free (struct survey *s)
{
    free (s->list);
    *s = (struct survey){ 0 };
}
