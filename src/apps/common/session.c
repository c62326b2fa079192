/* See session.h. */
#include "apps/common/session.h"

#include <stdio.h>
#include <time.h>

/* -- volumes -- */

static void
no_volume (int err)
{
    const PVFS_util_tab *tab = PVFS_util_parse_pvfstab (NULL);
    if (tab == NULL || tab->mntent_count == 0)
        tool_die (
            "no file system is configured: set PVFS2TAB_FILE or PVFS2EP, or add a line such as "
            "'tcp://host:3334/pvfs2-fs /mnt/pvfs2 pvfs2 defaults 0 0' to /etc/pvfs2tab");
    char text[256] = "";
    if (err != -PVFS_ENODEV)
        PVFS_strerror_r (err, text, sizeof text);
    const struct PVFS_sys_mntent *m = &tab->mntent_array[0];
    tool_die ("%s (from %s): no server answers%s%s: is %s running?", m->pvfs_fs_name,
              tab->tabfile_name, text[0] != '\0' ? ", " : "", text,
              m->num_pvfs_config_servers > 0 ? m->pvfs_config_servers[0] : "pvfs2-server");
}

static struct PVFS_sys_mntent *
entry_of_spec (const char *spec)
{
    const char *slash = strrchr (spec, '/');
    if (slash[1] == '\0' || slash < spec + strlen ("tcp://x"))
        tool_usage ("%s: not of the form tcp://host:3334/pvfs2-fs", spec);
    char *server = tool_text ("%.*s", (int)(slash - spec), spec);
    struct PVFS_sys_mntent *m = PVFS_util_gen_mntent (server, (char *)slash + 1);
    free (server);
    if (m == NULL)
        tool_die ("out of memory");
    return m;
}

/* To be released by PVFS_util_gen_mntent_release. */
static struct PVFS_sys_mntent *
entry_copy (const struct PVFS_sys_mntent *m)
{
    struct PVFS_sys_mntent *copy = tool_alloc (sizeof *copy);
    int r = PVFS_util_copy_mntent (copy, (struct PVFS_sys_mntent *)m);
    if (r < 0) {
        tool_fail (m->mnt_dir, r);
        tool_exit_failed ();
    }
    return copy;
}

struct PVFS_sys_mntent *
entry_of (const char *mount, const char **ret_tab)
{
    *ret_tab = NULL;
    if (mount != NULL && strstr (mount, "://") != NULL)
        return entry_of_spec (mount);
    const PVFS_util_tab *tab = PVFS_util_parse_pvfstab (NULL);
    if (tab == NULL || tab->mntent_count == 0)
        tool_die ("there is no tab file: set PVFS2TAB_FILE or PVFS2EP, or write /etc/pvfs2tab");
    *ret_tab = tab->tabfile_name;
    if (mount == NULL)
        return entry_copy (&tab->mntent_array[0]);
    size_t len = strlen (mount);
    while (len > 1 && mount[len - 1] == '/')
        len--;
    for (int i = 0; i < tab->mntent_count; i++) {
        const struct PVFS_sys_mntent *m = &tab->mntent_array[i];
        if (strncmp (m->mnt_dir, mount, len) == 0 && m->mnt_dir[len] == '\0')
            return entry_copy (m);
    }
    char *real = realpath (mount, NULL);
    if (real != NULL && strcmp (real, mount) != 0) {
        struct PVFS_sys_mntent *m = entry_of (real, ret_tab);
        free (real);
        return m;
    }
    tool_die ("%s: %s has no entry for it", mount, tab->tabfile_name);
}

static void
identify (struct session *s)
{
    int r = PVFS_util_gen_credential_defaults (&s->cred);
    if (r < 0) {
        tool_fail ("credential", r);
        tool_exit_failed ();
    }
    s->umask = (mode_t)PVFS_util_get_umask ();
}

void
session_open (struct session *s)
{
    int r = PVFS_util_init_defaults ();
    if (r < 0)
        no_volume (r);
    identify (s);
}

/* "tcp://host:port/name" */
static PVFS_fs_id
open_spec (struct session *s, const char *spec)
{
    struct PVFS_sys_mntent *m = entry_of_spec (spec);
    int r = PVFS_sys_initialize (0);
    if (r == 0)
        r = PVFS_sys_fs_add (m);
    if (r < 0) {
        tool_fail (spec, r);
        tool_exit_failed ();
    }
    PVFS_fs_id fs = m->fs_id;
    PVFS_util_gen_mntent_release (m);
    identify (s);
    return fs;
}

PVFS_fs_id
session_open_volume (struct session *s, const char *where)
{
    if (where != NULL && strstr (where, "://") != NULL)
        return open_spec (s, where);
    session_open (s);
    PVFS_fs_id fs;
    if (where != NULL) {
        struct place p;
        int r = place_of (where, &p);
        if (r < 0) {
            place_fail (where, r);
            tool_exit_failed ();
        }
        return p.fs;
    }
    int r = PVFS_util_get_default_fsid (&fs);
    if (r < 0) {
        tool_fail ("default file system", r);
        tool_exit_failed ();
    }
    return fs;
}

PVFS_fs_id
session_open_fs (struct session *s, const char *where, int64_t fs_id)
{
    struct PVFS_sys_mntent m;
    if (fs_id == 0)
        return session_open_volume (s, where);
    if (where != NULL)
        tool_usage ("-f and -m both name a file system");
    session_open (s);
    if (fs_id > INT32_MAX || PVFS_util_get_mntent_copy ((PVFS_fs_id)fs_id, &m) < 0)
        tool_die ("-f %lld: no configured file system has this number (pvfs2-statfs shows it)",
                  (long long)fs_id);
    PVFS_util_free_mntent (&m);
    return (PVFS_fs_id)fs_id;
}

void
session_close (struct session *s)
{
    PVFS_sys_finalize ();
}

/* -- paths -- */

int
place_of (const char *given, struct place *ret)
{
    struct place p = { .given = given };
    int r = PVFS_util_resolve (given, &p.fs, p.path, (int)sizeof p.path);
    if (r < 0)
        return r;
    size_t len = strlen (p.path);
    while (len > 1 && p.path[len - 1] == '/')
        p.path[--len] = '\0';
    *ret = p;
    return 0;
}

void
place_fail (const char *given, int err)
{
    const PVFS_util_tab *tab = PVFS_util_parse_pvfstab (NULL);
    if (err != -PVFS_ENOENT || tab == NULL || tab->mntent_count == 0) {
        tool_fail (given, err);
        return;
    }
    char known[1024] = "";
    size_t n = 0;
    for (int i = 0; i < tab->mntent_count && n < sizeof known; i++)
        n += (size_t)snprintf (known + n, sizeof known - n, "%s%s", i > 0 ? ", " : "",
                               tab->mntent_array[i].mnt_dir);
    tool_error ("%s: not in a PVFS2 file system (%s names %s)", given, tab->tabfile_name, known);
}

PVFS_handle
parse_handle (const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull (text, &end, 0);
    return errno == 0 && *end == '\0' && text[0] >= '0' && text[0] <= '9' ? value : 0;
}

const char *
handle_server (PVFS_object_ref ref)
{
    PVFS_BMI_addr_t addr;
    const char *name = NULL;
    if (PVFS_mgmt_map_handle (ref.fs_id, ref.handle, &addr) == 0)
        name = PVFS_mgmt_map_addr (ref.fs_id, addr, NULL);
    return name != NULL ? name : "unknown server";
}

int
place_lookup (struct session *s, const struct place *p, bool follow, PVFS_object_ref *ret)
{
    PVFS_sysresp_lookup resp = { 0 };
    int r = PVFS_sys_lookup (p->fs, (char *)p->path, &s->cred, &resp,
                             follow ? PVFS2_LOOKUP_LINK_FOLLOW : PVFS2_LOOKUP_LINK_NO_FOLLOW,
                             PVFS_HINT_NULL);
    if (r == 0)
        *ret = resp.ref;
    return r;
}

int
place_parent (struct session *s, const struct place *p, PVFS_object_ref *ret_dir,
              char ret_name[PVFS_NAME_MAX])
{
    struct place dir = *p;
    char *slash = strrchr (dir.path, '/');
    const char *name = slash != NULL ? slash + 1 : "";
    if (*name == '\0' || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        return -PVFS_EINVAL;
    if (strlen (name) >= PVFS_NAME_MAX)
        return -PVFS_ENAMETOOLONG;
    strcpy (ret_name, name);
    slash[slash == dir.path ? 1 : 0] = '\0';
    return place_lookup (s, &dir, true, ret_dir);
}

/* "/a/b/" has "b"; none: "/", "." and "..". */
static size_t
last_name (const char *path, const char **ret)
{
    size_t end = strlen (path), start;
    while (end > 0 && path[end - 1] == '/')
        end--;
    for (start = end; start > 0 && path[start - 1] != '/'; start--)
        ;
    size_t n = end - start;
    *ret = path + start;
    return n <= 2 && strncmp (*ret, "..", n) == 0 ? 0 : n;
}

int
place_enter (struct session *s, struct place *p, const char *path)
{
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    const char *name;
    if (place_lookup (s, p, true, &ref) < 0 || get_attr (s, ref, PVFS_ATTR_SYS_TYPE, &attr) < 0
        || attr.objtype != PVFS_TYPE_DIRECTORY)
        return 0;
    size_t n = last_name (path, &name), at = strlen (p->path);
    if (n == 0)
        return -PVFS_EINVAL;
    if (at + 1 + n >= sizeof p->path)
        return -PVFS_ENAMETOOLONG;
    snprintf (p->path + at, sizeof p->path - at, "%s%.*s", p->path[at - 1] == '/' ? "" : "/",
              (int)n, name);
    return 0;
}

bool
find (struct session *s, const char *given, bool follow, struct place *ret,
      PVFS_object_ref *ret_ref)
{
    int r = place_of (given, ret);
    if (r < 0) {
        place_fail (given, r);
        return false;
    }
    r = place_lookup (s, ret, follow, ret_ref);
    if (r < 0)
        tool_fail (given, r);
    return r == 0;
}

int
get_attr (struct session *s, PVFS_object_ref ref, uint32_t mask, PVFS_sys_attr *ret)
{
    PVFS_sysresp_getattr resp = { 0 };
    int r = PVFS_sys_getattr (ref, mask, &s->cred, &resp, PVFS_HINT_NULL);
    if (r == 0)
        *ret = resp.attr;
    return r;
}

int
get_stat (struct session *s, PVFS_object_ref ref, PVFS_stat *ret)
{
    PVFS_sysresp_stat resp;
    int r = PVFS_sys_stat (ref, &s->cred, &resp, PVFS_HINT_NULL);
    if (r == 0)
        *ret = resp.stat_buf;
    return r;
}

int
create_file (struct session *s, const struct place *p, PVFS_sys_layout *layout, PVFS_object_ref *ret)
{
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    PVFS_sysresp_create resp;
    int r = place_parent (s, p, &dir, name);
    if (r == 0)
        r = PVFS_sys_create (name, dir, new_attr (s, 0666 & ~(uint32_t)s->umask), &s->cred, NULL,
                             &resp, layout, PVFS_HINT_NULL);
    if (r == 0)
        *ret = resp.ref;
    return r;
}

PVFS_sys_attr
new_attr (struct session *s, uint32_t mode)
{
    PVFS_time now = (PVFS_time)time (NULL);
    return (PVFS_sys_attr){
        .owner = s->cred.userid,
        .group = s->cred.num_groups > 0 ? s->cred.group_array[0] : 0,
        .perms = mode,
        .atime = now,
        .mtime = now,
        .ctime = now,
        .mask = PVFS_ATTR_SYS_ALL_SETABLE,
    };
}

/* -- directories -- */

static struct entry *
append (struct listing *l, const PVFS_dirent *d, PVFS_object_ref dir)
{
    if ((l->n & (l->n - 1)) == 0)
        l->entries = tool_grow (l->entries, l->n > 0 ? 2 * l->n : 1, sizeof *l->entries);
    struct entry *e = &l->entries[l->n++];
    *e = (struct entry){ .ref = { .handle = d->handle, .fs_id = dir.fs_id } };
    memcpy (e->name, d->d_name, sizeof e->name);
    e->name[sizeof e->name - 1] = '\0';
    return e;
}

static int
read_names (struct session *s, PVFS_object_ref dir, PVFS_ds_position *token, struct listing *l)
{
    PVFS_sysresp_readdir resp = { 0 };
    int r = PVFS_sys_readdir (dir, *token, PVFS_REQ_LIMIT_DIRENT_COUNT, &s->cred, &resp,
                              PVFS_HINT_NULL);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < resp.pvfs_dirent_outcount; i++)
        append (l, &resp.dirent_array[i], dir);
    free (resp.dirent_array);
    *token = resp.token;
    return 0;
}

static int
read_entries (struct session *s, PVFS_object_ref dir, uint32_t mask, PVFS_ds_position *token,
              struct listing *l)
{
    PVFS_sysresp_readdirstat resp = { 0 };
    const PVFS_sysresp_readdirplus *plus = &resp.plus;
    int r = PVFS_sys_readdirstat (dir, *token, PVFS_REQ_LIMIT_DIRENT_COUNT_READDIRPLUS, &s->cred,
                                  mask, &resp, PVFS_HINT_NULL);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < plus->pvfs_dirent_outcount; i++) {
        struct entry *e = append (l, &plus->dirent_array[i], dir);
        e->error = plus->stat_err_array[i];
        if (e->error == 0) {
            e->attr = plus->attr_array[i]; /* with its strings */
            e->stat = resp.stat_array[i];
        }
    }
    free (plus->dirent_array);
    free (plus->stat_err_array);
    free (plus->attr_array);
    free (resp.stat_array);
    *token = plus->token;
    return 0;
}

static int
by_name (const void *a, const void *b)
{
    return strcmp (((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

int
listing_read (struct session *s, PVFS_object_ref dir, uint32_t mask, struct listing *ret)
{
    struct listing l = { 0 };
    PVFS_ds_position token = PVFS_READDIR_START;
    while (token != PVFS_READDIR_END) {
        int r =
            mask == 0 ? read_names (s, dir, &token, &l) : read_entries (s, dir, mask, &token, &l);
        if (r < 0) {
            listing_free (&l);
            return r;
        }
    }
    if (l.n > 1)
        qsort (l.entries, l.n, sizeof *l.entries, by_name);
    *ret = l;
    return 0;
}

void
listing_free (struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        PVFS_util_release_sys_attr (&l->entries[i].attr);
    free (l->entries);
    *l = (struct listing){ 0 };
}

static unsigned visit_one (struct session *s, const struct visit *v, const char *path,
                           PVFS_object_ref ref, const PVFS_sys_attr *attr);

static unsigned
visit_entries (struct session *s, const struct visit *v, const char *path, PVFS_object_ref ref)
{
    struct listing l;
    int r = listing_read (s, ref, v->mask | PVFS_ATTR_SYS_TYPE, &l);
    if (r < 0) {
        tool_fail (path, r);
        return 1;
    }
    unsigned failures = 0;
    for (size_t i = 0; i < l.n; i++) {
        const struct entry *e = &l.entries[i];
        char *below =
            tool_text ("%s%s%s", path, path[strlen (path) - 1] == '/' ? "" : "/", e->name);
        if (e->error == 0) {
            failures += visit_one (s, v, below, e->ref, &e->attr);
        } else if (e->error != -PVFS_ENOENT) {
            tool_fail (below, e->error);
            failures++;
        }
        free (below);
    }
    listing_free (&l);
    return failures;
}

static unsigned
visit_one (struct session *s, const struct visit *v, const char *path, PVFS_object_ref ref,
           const PVFS_sys_attr *attr)
{
    bool descend = v->deep && attr->objtype == PVFS_TYPE_DIRECTORY;
    unsigned failures = descend && v->depth_first ? visit_entries (s, v, path, ref) : 0;
    int r = v->fn (s, path, ref, attr, v->arg);
    if (r < 0) {
        tool_fail (path, r);
        failures++;
    }
    return descend && !v->depth_first ? failures + visit_entries (s, v, path, ref) : failures;
}

unsigned
visit_tree (struct session *s, const struct visit *v, const char *path, PVFS_object_ref ref)
{
    PVFS_sys_attr attr;
    int r = get_attr (s, ref, v->mask | PVFS_ATTR_SYS_TYPE, &attr);
    if (r < 0) {
        tool_fail (path, r);
        return 1;
    }
    unsigned failures = visit_one (s, v, path, ref, &attr);
    PVFS_util_release_sys_attr (&attr);
    return failures;
}
