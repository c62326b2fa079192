/* sys-dist.c: distributions as the API shows them, PVFS_sys_dist.
 *
 * The caller owns the structure, its name and its parameters, which are the public structures.
 */
#include <stdlib.h>

#include "common/error/error.h"
#include "io/description/dist.h"
#include "pvfs2-sysint.h"

int
dist_from_sys (const PVFS_sys_dist *sys, struct dist *ret_dist)
{
    struct dist dist;
    if (!sys || !sys->name || dist_lookup (sys->name, &dist))
        return -EINVAL;
    if ((dist.ops->params_size && !sys->params) || dist.ops->from_public (&dist, sys->params))
        return -EINVAL;
    *ret_dist = dist;
    return 0;
}

PVFS_sys_dist *
PVFS_sys_dist_lookup (const char *dist_identifier)
{
    struct dist dist;
    if (dist_lookup (dist_identifier, &dist))
        return NULL;
    PVFS_sys_dist *sys = calloc (1, sizeof (*sys));
    if (!sys)
        return NULL;
    sys->name = strdup (dist.ops->name);
    sys->params = calloc (1, MAX (dist.ops->params_size, sizeof (PVFS_basic_params)));
    if (!sys->name || !sys->params) {
        PVFS_sys_dist_free (sys);
        return NULL;
    }
    dist.ops->to_public (&dist, sys->params);
    return sys;
}

PVFS_error
PVFS_sys_dist_free (PVFS_sys_dist *dist)
{
    if (!dist)
        return -PVFS_EINVAL;
    free (dist->name);
    free (dist->params);
    free (dist);
    return 0;
}

PVFS_error
PVFS_sys_dist_setparam (PVFS_sys_dist *dist, const char *param, void *value)
{
    struct dist changed;
    int err = param ? dist_from_sys (dist, &changed) : -EINVAL;
    if (!err)
        err = changed.ops->set_param (&changed, param, value);
    if (!err)
        changed.ops->to_public (&changed, dist->params);
    return pvfs_error_from_errno (err);
}

PVFS_error
PVFS_dist_pv_pairs_extract_and_add (const char *pv_pairs, void *dist)
{
    PVFS_sys_dist *sys = dist;
    struct dist changed;
    int err = dist_from_sys (sys, &changed);
    if (!err)
        err = dist_set_params (&changed, pv_pairs);
    if (!err)
        changed.ops->to_public (&changed, sys->params);
    return pvfs_error_from_errno (err);
}

PVFS_error
PVFS_dist_pv_pair_split (const char *pv_pair, void *dist)
{
    if (!pv_pair || strchr (pv_pair, '+'))
        return -PVFS_EINVAL;
    return PVFS_dist_pv_pairs_extract_and_add (pv_pair, dist);
}
