/*
 * The mount entries that PVFS_util_* knows: tables that were read, and entries that were added one by one. Guarded by the default
 * instance's lock; strings are heap memory of the entries.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <pvfs2.h>

enum { MOUNTS_MAX_TABS = 16, MOUNTS_MAX_DYNAMIC = 1024 };

struct mounts {
    PVFS_util_tab *tabs[MOUNTS_MAX_TABS];
    int ntabs;
    PVFS_util_tab *standard; /* the one of them that was asked for without a name, or NULL */
    struct PVFS_sys_mntent **dynamic;
    int ndynamic;
};

void mounts_forget_tabs (struct mounts *m);
void mounts_forget_dynamic (struct mounts *m);

#endif
