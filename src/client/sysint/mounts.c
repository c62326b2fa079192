/*
 * Mount entries: tables read and kept, entries added one by one, and which volume a local path lies in. All calls may come from any thread;
 * the tables are the default instance's (mounts.h). the_pvfs_config_server points at one of an entry's servers, as in PVFS2.
 */
#include "client/sysint/mounts.h"

#include <stdio.h>

#include "client/sysint/default-instance.h"
#include "common/error/error.h"
#include "common/gossip/gossip.h"
#include "common/tab/tab.h"

/* --- one entry --------------------------------------------------------------------------------------------------------------- */

void
PVFS_util_free_mntent (struct PVFS_sys_mntent *m)
{
    if (!m)
        return;
    for (int i = 0; m->pvfs_config_servers && i < m->num_pvfs_config_servers; i++)
        free (m->pvfs_config_servers[i]);
    free (m->pvfs_config_servers);
    free (m->pvfs_fs_name);
    free (m->bmi_opts);
    free (m->mnt_dir);
    free (m->mnt_opts);
    memset (m, 0, sizeof *m);
}

static bool
dup_string (char **to, const char *from)
{
    *to = from ? strdup (from) : NULL;
    return *to || !from;
}

static bool
dup_servers (struct PVFS_sys_mntent *m, const char *const *servers, int n)
{
    m->pvfs_config_servers = calloc ((size_t) MAX (n, 1), sizeof *m->pvfs_config_servers);
    for (int i = 0; m->pvfs_config_servers && i < n; i++) {
        if (!dup_string (&m->pvfs_config_servers[i], servers[i]))
            return false;
        m->num_pvfs_config_servers = i + 1;
    }
    return m->pvfs_config_servers != NULL;
}

int
PVFS_util_copy_mntent (struct PVFS_sys_mntent *dest, struct PVFS_sys_mntent *src)
{
    if (!dest || !src || src->num_pvfs_config_servers < 0)
        return -PVFS_EINVAL;
    struct PVFS_sys_mntent m = *src;
    m.pvfs_config_servers = NULL;
    m.num_pvfs_config_servers = 0;
    m.the_pvfs_config_server = NULL;
    m.pvfs_fs_name = m.bmi_opts = m.mnt_dir = m.mnt_opts = NULL;
    if (!dup_servers (&m, (const char *const *) src->pvfs_config_servers, src->num_pvfs_config_servers)
        || !dup_string (&m.pvfs_fs_name, src->pvfs_fs_name) || !dup_string (&m.bmi_opts, src->bmi_opts)
        || !dup_string (&m.mnt_dir, src->mnt_dir) || !dup_string (&m.mnt_opts, src->mnt_opts)) {
        PVFS_util_free_mntent (&m);
        return -PVFS_ENOMEM;
    }
    for (int i = 0; i < m.num_pvfs_config_servers; i++)
        if (src->the_pvfs_config_server && strcmp (src->the_pvfs_config_server, m.pvfs_config_servers[i]) == 0)
            m.the_pvfs_config_server = m.pvfs_config_servers[i];
    *dest = m;
    return 0;
}

static bool
from_tab_entry (struct PVFS_sys_mntent *m, const struct tab_entry *e)
{
    *m = (struct PVFS_sys_mntent){ .flowproto = FLOWPROTO_DEFAULT, .encoding = PVFS2_ENCODING_DEFAULT, .integrity_check = 1,
                                   .default_num_dfiles = (int32_t) MIN (e->num_dfiles, (uint32_t) INT32_MAX) };
    return dup_servers (m, e->servers, e->n_servers) && dup_string (&m->pvfs_fs_name, e->fs_name)
           && dup_string (&m->bmi_opts, e->bmi_opts) && dup_string (&m->mnt_dir, e->mnt_dir) && dup_string (&m->mnt_opts, e->mnt_opts);
}

struct PVFS_sys_mntent *
PVFS_util_gen_mntent (char *config_server, char *fs_name)
{
    const char *servers[] = { config_server };
    struct tab_entry e = { .servers = servers, .n_servers = 1, .fs_name = fs_name };
    if (!config_server || !fs_name)
        return NULL;
    struct PVFS_sys_mntent *m = calloc (1, sizeof *m);
    if (m && !from_tab_entry (m, &e)) {
        PVFS_util_gen_mntent_release (m);
        return NULL;
    }
    return m;
}

void
PVFS_util_gen_mntent_release (struct PVFS_sys_mntent *m)
{
    PVFS_util_free_mntent (m);
    free (m);
}

/* --- tables ------------------------------------------------------------------------------------------------------------------- */

static void
free_tab (PVFS_util_tab *t)
{
    for (int i = 0; t && i < t->mntent_count; i++)
        PVFS_util_free_mntent (&t->mntent_array[i]);
    if (t)
        free (t->mntent_array);
    free (t);
}

void
mounts_forget_tabs (struct mounts *m)
{
    while (m->ntabs > 0)
        free_tab (m->tabs[--m->ntabs]);
    m->standard = NULL;
}

void
mounts_forget_dynamic (struct mounts *m)
{
    while (m->ndynamic > 0)
        PVFS_util_gen_mntent_release (m->dynamic[--m->ndynamic]);
    free (m->dynamic);
    m->dynamic = NULL;
}

void
PINT_release_pvfstab (void)
{
    mounts_forget_tabs (instance_mounts_lock ());
    instance_mounts_unlock ();
}

static PVFS_util_tab *
convert (const struct tab *tab, const char *name)
{
    PVFS_util_tab *t = calloc (1, sizeof *t);
    if (!t)
        return NULL;
    t->mntent_array = calloc ((size_t) MAX (tab->n_entries, 1), sizeof *t->mntent_array);
    snprintf (t->tabfile_name, sizeof t->tabfile_name, "%s", name);
    bool ok = t->mntent_array != NULL;
    for (int i = 0; ok && i < tab->n_entries; i++) {
        t->mntent_count = i + 1;
        ok = from_tab_entry (&t->mntent_array[i], &tab->entries[i]);
    }
    if (!ok) {
        free_tab (t);
        return NULL;
    }
    return t;
}

/* name NULL: the standard one. */
static PVFS_util_tab *
find_tab (struct mounts *m, const char *name)
{
    if (!name)
        return m->standard;
    for (int i = 0; i < m->ntabs; i++)
        if (strncmp (m->tabs[i]->tabfile_name, name, sizeof m->tabs[i]->tabfile_name - 1) == 0)
            return m->tabs[i];
    return NULL;
}

/* Keeps the table, or frees it if another thread was faster. */
static PVFS_util_tab *
keep_tab (PVFS_util_tab *t, const char *name)
{
    struct mounts *m = instance_mounts_lock ();
    PVFS_util_tab *old = find_tab (m, name);
    if (old || m->ntabs == MOUNTS_MAX_TABS) {
        free_tab (t);
        t = old;
    } else {
        m->tabs[m->ntabs++] = t;
        if (!name)
            m->standard = t;
    }
    instance_mounts_unlock ();
    return t;
}

static int
get_tab (const char *tabfile, PVFS_util_tab **ret)
{
    PVFS_util_tab *t = find_tab (instance_mounts_lock (), tabfile);
    instance_mounts_unlock ();
    if (t) {
        *ret = t;
        return 0;
    }
    struct tab *tab;
    CLEANUP_FREE char *why = NULL;
    int r = tabfile ? tab_parse_file (tabfile, &tab, &why) : tab_load (&tab, &why);
    if (r < 0) {
        gossip_debug (GOSSIP_CLIENT_DEBUG, "mount table: %s", why ? why : "out of memory");
        return r;
    }
    t = tab->n_entries ? convert (tab, tabfile ? tabfile : tab->source) : NULL;
    r = t ? 0 : tab->n_entries ? -ENOMEM : -ENOENT;
    tab_free (tab);
    if (r < 0)
        return r;
    *ret = keep_tab (t, tabfile);
    return *ret ? 0 : -EMFILE;
}

const PVFS_util_tab *
PVFS_util_parse_pvfstab (const char *tabfile)
{
    PVFS_util_tab *t;
    return get_tab (tabfile, &t) == 0 ? t : NULL;
}

/* An entry's volume is found; the entry itself may be gone by now. */
static void
note_volume (const struct PVFS_sys_mntent *added)
{
    struct mounts *m = instance_mounts_lock ();
    PVFS_util_tab *t = find_tab (m, NULL);
    for (int i = 0; t && i < t->mntent_count; i++) {
        struct PVFS_sys_mntent *e = &t->mntent_array[i];
        if (strcmp (e->pvfs_fs_name, added->pvfs_fs_name) || strcmp (e->mnt_dir, added->mnt_dir))
            continue;
        e->fs_id = added->fs_id;
        for (int k = 0; k < e->num_pvfs_config_servers; k++)
            if (strcmp (e->pvfs_config_servers[k], added->the_pvfs_config_server) == 0)
                e->the_pvfs_config_server = e->pvfs_config_servers[k];
    }
    instance_mounts_unlock ();
}

/* Copies entry i of the default table; false: there is none. */
static bool
nth_entry (int i, struct PVFS_sys_mntent *ret)
{
    PVFS_util_tab *t = find_tab (instance_mounts_lock (), NULL);
    bool ok = t && i < t->mntent_count && PVFS_util_copy_mntent (ret, &t->mntent_array[i]) == 0;
    instance_mounts_unlock ();
    return ok;
}

int
PVFS_util_init_defaults (void)
{
    PVFS_util_tab *t;
    struct PVFS_sys_mntent e;
    int found = 0;
    int r = PVFS_sys_initialize (0);
    if (r < 0)
        return r;
    r = get_tab (NULL, &t);
    if (r < 0)
        return pvfs_error_from_errno (r);
    for (int i = 0; nth_entry (i, &e); i++) {
        if (PVFS_sys_fs_add (&e) == 0) {
            note_volume (&e);
            found++;
        }
        PVFS_util_free_mntent (&e);
    }
    if (found)
        return 0;
    PINT_release_pvfstab (); /* the next attempt reads it anew */
    return -PVFS_ENODEV;
}

/* --- entries one by one ---------------------------------------------------------------------------------------------------------- */

int
PVFS_util_add_dynamic_mntent (struct PVFS_sys_mntent *mntent)
{
    if (!mntent || !mntent->mnt_dir || !mntent->fs_id)
        return -PVFS_EINVAL;
    struct PVFS_sys_mntent *copy = calloc (1, sizeof *copy);
    int r = copy ? PVFS_util_copy_mntent (copy, mntent) : -PVFS_ENOMEM;
    struct mounts *m = instance_mounts_lock ();
    for (int i = 0; r == 0 && i < m->ndynamic; i++)
        if (m->dynamic[i]->fs_id == mntent->fs_id && strcmp (m->dynamic[i]->mnt_dir, mntent->mnt_dir) == 0)
            r = -PVFS_EEXIST;
    if (r == 0 && m->ndynamic == MOUNTS_MAX_DYNAMIC)
        r = -PVFS_ENOSPC;
    struct PVFS_sys_mntent **more = NULL;
    if (r == 0 && !(more = realloc (m->dynamic, ((size_t) m->ndynamic + 1) * sizeof *more)))
        r = -PVFS_ENOMEM;
    if (r == 0) {
        m->dynamic = more;
        m->dynamic[m->ndynamic++] = copy;
        copy = NULL;
    }
    instance_mounts_unlock ();
    PVFS_util_gen_mntent_release (copy);
    return r;
}

int
PVFS_util_remove_internal_mntent (struct PVFS_sys_mntent *mntent)
{
    struct PVFS_sys_mntent *found = NULL;
    if (!mntent)
        return -PVFS_EINVAL;
    struct mounts *m = instance_mounts_lock ();
    for (int i = 0; i < m->ndynamic && !found; i++)
        if (m->dynamic[i]->fs_id == mntent->fs_id
            && (!mntent->mnt_dir || strcmp (m->dynamic[i]->mnt_dir, mntent->mnt_dir) == 0)) {
            found = m->dynamic[i];
            m->dynamic[i] = m->dynamic[--m->ndynamic];
        }
    for (int t = 0; t < m->ntabs && !found; t++)
        for (int i = 0; i < m->tabs[t]->mntent_count; i++)
            if (m->tabs[t]->mntent_array[i].fs_id == mntent->fs_id) {
                m->tabs[t]->mntent_array[i].fs_id = 0; /* known, but not in use */
                instance_mounts_unlock ();
                return 0;
            }
    instance_mounts_unlock ();
    PVFS_util_gen_mntent_release (found);
    return found ? 0 : -PVFS_ENOENT;
}

/* --- asking ---------------------------------------------------------------------------------------------------------------------------- */

/* Calls fn for every entry in use until it returns true. */
static bool
each_entry (struct mounts *m, bool (*fn) (void *arg, struct PVFS_sys_mntent *e), void *arg)
{
    for (int i = 0; i < m->ndynamic; i++)
        if (fn (arg, m->dynamic[i]))
            return true;
    for (int t = 0; t < m->ntabs; t++)
        for (int i = 0; i < m->tabs[t]->mntent_count; i++)
            if (m->tabs[t]->mntent_array[i].fs_id && fn (arg, &m->tabs[t]->mntent_array[i]))
                return true;
    return false;
}

struct wanted {
    PVFS_fs_id fs_id; /* 0: any */
    struct PVFS_sys_mntent *out;
    PVFS_error error;
};

static bool
copy_wanted (void *arg, struct PVFS_sys_mntent *e)
{
    struct wanted *w = arg;
    if (w->fs_id && e->fs_id != w->fs_id)
        return false;
    w->fs_id = e->fs_id;
    w->error = w->out ? PVFS_util_copy_mntent (w->out, e) : 0;
    return true;
}

int
PVFS_util_get_mntent_copy (PVFS_fs_id fs_id, struct PVFS_sys_mntent *out_mntent)
{
    struct wanted w = { fs_id, out_mntent, -PVFS_ENOENT };
    if (!fs_id || !out_mntent)
        return -PVFS_EINVAL;
    each_entry (instance_mounts_lock (), copy_wanted, &w);
    instance_mounts_unlock ();
    return w.error;
}

int
PVFS_util_get_default_fsid (PVFS_fs_id *out_fs_id)
{
    struct wanted w = { 0, NULL, -PVFS_ENOENT };
    if (!out_fs_id)
        return -PVFS_EINVAL;
    each_entry (instance_mounts_lock (), copy_wanted, &w);
    instance_mounts_unlock ();
    if (w.error == 0)
        *out_fs_id = w.fs_id;
    return w.error;
}

/* The entries in use as a tab, with directories of their own: resolving reads the file system and holds no lock. */
struct places {
    struct tab_entry *entries;
    PVFS_fs_id *ids;
    int n, room;
    bool failed;
};

/* Without slashes at its end. */
static char *
clean_dir (const char *dir)
{
    char *d = strdup (dir);
    size_t n = d ? strlen (d) : 0;
    while (n > 1 && d[n - 1] == '/')
        d[--n] = 0;
    return d;
}

static bool
add_place (void *arg, struct PVFS_sys_mntent *e)
{
    struct places *p = arg;
    if (!e->mnt_dir || e->mnt_dir[0] != '/')
        return false;
    if (p->n == p->room) {
        int room = p->room ? p->room * 2 : 8;
        struct tab_entry *entries = realloc (p->entries, (size_t) room * sizeof *entries);
        if (entries)
            p->entries = entries;
        PVFS_fs_id *ids = realloc (p->ids, (size_t) room * sizeof *ids);
        if (ids)
            p->ids = ids;
        if ((p->failed = !entries || !ids))
            return true;
        p->room = room;
    }
    p->entries[p->n] = (struct tab_entry){ .mnt_dir = clean_dir (e->mnt_dir) };
    p->ids[p->n] = e->fs_id;
    p->failed = !p->entries[p->n].mnt_dir;
    p->n += !p->failed;
    return p->failed;
}

int
PVFS_util_resolve (const char *local_path, PVFS_fs_id *out_fs_id, char *out_fs_path, int out_fs_path_max)
{
    struct places p = { 0 };
    const struct tab_entry *e = NULL;
    if (!local_path || !out_fs_id || !out_fs_path || out_fs_path_max < 2)
        return -PVFS_EINVAL;
    each_entry (instance_mounts_lock (), add_place, &p);
    instance_mounts_unlock ();
    struct tab tab = { "", p.entries, p.n };
    int r = p.failed ? -ENOMEM : tab_resolve (&tab, local_path, &e, out_fs_path, (size_t) out_fs_path_max);
    if (r == 0)
        *out_fs_id = p.ids[e - p.entries];
    for (int i = 0; i < p.n; i++)
        free ((char *) p.entries[i].mnt_dir);
    free (p.entries);
    free (p.ids);
    return pvfs_error_from_errno (r);
}

int
PVFS_util_resolve_absolute (const char *local_path)
{
    PVFS_fs_id fs_id;
    char inside[PVFS_PATH_MAX];
    if (!local_path || local_path[0] != '/')
        return -PVFS_EINVAL;
    return PVFS_util_resolve (local_path, &fs_id, inside, sizeof inside);
}
