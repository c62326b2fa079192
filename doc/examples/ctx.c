/*
 * Two instances in one process, each with its own connections: a library that uses PVFS does not disturb a program that does.
 *
 * Prints:
 *     type 3 here, 3 there
 */
#include <pvfs2.h>

#include <stdio.h>

/* A new instance that knows the table's first volume. */
static int
start (const PVFS_util_tab *tab, PVFS_ctx *ret, PVFS_fs_id *fs)
{
    struct PVFS_sys_mntent entry;
    int r = PVFS_util_copy_mntent (&entry, &tab->mntent_array[0]);
    if (r < 0)
        return r;
    r = PVFS_ctx_new (ret);
    if (r == 0)
        r = PVFS_ctx_fs_add (*ret, &entry, NULL, NULL); /* without an id it waits */
    *fs = entry.fs_id;
    PVFS_util_free_mntent (&entry);
    return r;
}

static int
run (const PVFS_util_tab *tab, PVFS_ctx ctx[2])
{
    PVFS_fs_id fs;
    PVFS_credential cred;
    PVFS_sysresp_lookup root = { .error_path = NULL };
    PVFS_sysresp_getattr got[2];
    PVFS_sys_op_id op[2];
    int results[2] = { 0, 0 }, r = start (tab, &ctx[0], &fs);
    if (r == 0)
        r = start (tab, &ctx[1], &fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_ctx_lookup (ctx[0], fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    for (int i = 0; i < 2 && r >= 0; i++) { /* a reference of the one is good in the other */
        r = PVFS_ctx_getattr (ctx[i], root.ref, PVFS_ATTR_SYS_TYPE, &cred, &got[i], &op[i], PVFS_HINT_NULL, NULL);
        if (r == 0)
            r = PVFS_ctx_wait (ctx[i], op[i], "getattr", &results[i]);
    }
    if (r >= 0 && results[0] == 0 && results[1] == 0)
        printf ("type %d here, %d there\n", PVFS_ds_type_to_int (got[0].attr.objtype), PVFS_ds_type_to_int (got[1].attr.objtype));
    return r < 0 ? r : results[0] < 0 ? results[0] : results[1];
}

int
main (void)
{
    PVFS_ctx ctx[2] = { NULL, NULL };
    const PVFS_util_tab *tab = PVFS_util_parse_pvfstab (NULL);
    int r = tab ? run (tab, ctx) : -PVFS_ENOENT;
    if (r < 0)
        PVFS_perror ("ctx", r);
    PVFS_ctx_free (ctx[0]); /* NULL: nothing */
    PVFS_ctx_free (ctx[1]);
    PINT_release_pvfstab ();
    return r < 0;
}
