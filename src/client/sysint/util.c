/*
 * PVFS_util_*: credentials, attributes and words. No state. (Mount tables and path names are in mounts.c.)
 */
#include <grp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/base/base.h"
#include "pvfs2.h"

/* --- credentials ------------------------------------------------------------------------------------------------------------- */

/* The primary group first, then up to 31 others. */
static void
fill_groups (PVFS_credential *cred, gid_t primary)
{
    gid_t groups[1024];
    int n = getgroups (ARRAY_SIZE (groups), groups);
    cred->group_array[0] = primary;
    cred->num_groups = 1;
    for (int i = 0; i < n && cred->num_groups < PVFS_REQ_LIMIT_GROUPS; i++)
        if (groups[i] != primary)
            cred->group_array[cred->num_groups++] = groups[i];
}

int
PVFS_util_gen_credential_defaults (PVFS_credential *cred)
{
    return PVFS_util_gen_credential (NULL, NULL, 0, NULL, NULL, cred);
}

static int
parse_id (const char *text, uint32_t *ret)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul (text, &end, 10);
    if (errno || *end || end == text || text[0] == '-' || v > UINT32_MAX)
        return -PVFS_EINVAL;
    *ret = (uint32_t) v;
    return 0;
}

static void
fill_issuer (PVFS_credential *cred)
{
    char host[PVFS_REQ_LIMIT_ISSUER - 4] = "";
    if (gethostname (host, sizeof host - 1) != 0)
        host[0] = 0;
    snprintf (cred->issuer, sizeof cred->issuer, "C:%s", host);
}

int
PVFS_util_gen_credential (const char *user, const char *group, unsigned int timeout, const char *keypath, const char *certpath,
                          PVFS_credential *cred)
{
    PVFS_credential c;
    uint32_t uid = geteuid (), gid = getegid ();
    if (!cred || (user && parse_id (user, &uid) < 0) || (group && parse_id (group, &gid) < 0))
        return -PVFS_EINVAL;
    memset (&c, 0, sizeof c);
    c.userid = uid;
    if (user || group) {
        c.group_array[0] = gid;
        c.num_groups = 1;
    } else {
        fill_groups (&c, gid);
    }
    fill_issuer (&c);
    c.timeout = timeout ? (PVFS_time) time (NULL) + timeout : 0;
    *cred = c;
    return 0;
}

int
PVFS_util_refresh_credential (PVFS_credential *cred)
{
    enum { LIFE = 3600 };
    if (!cred)
        return -PVFS_EINVAL;
    if (cred->timeout)
        cred->timeout = (PVFS_time) time (NULL) + LIFE;
    return 0;
}

/* umask(2) cannot be read without being set; the kernel tells it, too. */
int
PVFS_util_get_umask (void)
{
    char line[256];
    unsigned mask = 022;
    FILE *f = fopen ("/proc/self/status", "re");
    while (f && fgets (line, sizeof line, f))
        if (sscanf (line, "Umask: %o", &mask) == 1)
            break;
    if (f)
        fclose (f);
    return (int) mask;
}

/* --- attributes ---------------------------------------------------------------------------------------------------------------- */

void
PVFS_util_release_sys_attr (PVFS_sys_attr *attr)
{
    if (!attr)
        return;
    free (attr->link_target);
    free (attr->dist_name);
    free (attr->dist_params);
    attr->link_target = attr->dist_name = attr->dist_params = NULL;
}

int
PVFS_util_copy_sys_attr (PVFS_sys_attr *dest_attr, PVFS_sys_attr *src_attr)
{
    if (!dest_attr || !src_attr)
        return -PVFS_EINVAL;
    PVFS_sys_attr a = *src_attr;
    a.link_target = src_attr->link_target ? strdup (src_attr->link_target) : NULL;
    a.dist_name = src_attr->dist_name ? strdup (src_attr->dist_name) : NULL;
    a.dist_params = src_attr->dist_params ? strdup (src_attr->dist_params) : NULL;
    if ((src_attr->link_target && !a.link_target) || (src_attr->dist_name && !a.dist_name)
        || (src_attr->dist_params && !a.dist_params)) {
        PVFS_util_release_sys_attr (&a);
        return -PVFS_ENOMEM;
    }
    *dest_attr = a;
    return 0;
}

/* Servers' attributes have the same bits here. */
uint32_t
PVFS_util_sys_to_object_attr_mask (uint32_t sys_attrmask)
{
    return sys_attrmask;
}

uint32_t
PVFS_util_object_to_sys_attr_mask (uint32_t obj_mask)
{
    return obj_mask;
}

int32_t
PVFS_util_translate_mode (int mode, int suid)
{
    return mode & (suid ? 07777 : 01777);
}

/* --- words ------------------------------------------------------------------------------------------------------------------------ */

void
PVFS_util_make_size_human_readable (PVFS_size size, char *out_str, int max_out_len, int use_si_units)
{
    static const char units[] = "BKMGTPE";
    double unit = use_si_units ? 1000 : 1024, v = (double) size;
    unsigned i = 0;
    if (!out_str || max_out_len < 1)
        return;
    for (; (v >= unit || v <= -unit) && i < sizeof units - 2; i++)
        v /= unit;
    if (i == 0)
        snprintf (out_str, (size_t) max_out_len, "%lld", (long long) size);
    else
        snprintf (out_str, (size_t) max_out_len, "%.1f%c", v, units[i]);
}
