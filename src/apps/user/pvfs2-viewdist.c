/* pvfs2-viewdist: where a file's data lies. Single-threaded. */
#include <stdio.h>

#include "apps/common/format.h"
#include "apps/common/session.h"
#include "common/base/hash.h"

struct choices {
    const char *file;
    bool json;
};

static const struct tool_option options[] = {
    OPT_TEXT ('f', "file", "PATH", struct choices, file, "the file"),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of datafiles"),
};
static const char *const usage[] = { "[--json] -f PATH", NULL };
static const struct tool_example examples[] = {
    { "A file of four strips on four servers:",
      "head -c 256K /dev/zero > file\n"
      "pvfs2-cp file /mnt/pvfs2/\n"
      "pvfs2-viewdist -f /mnt/pvfs2/file",
      "dist_name = simple_stripe\n"
      "dist_params:\n"
      "strip_size:65536\n"
      "Metafile - tcp://127.0.0.1:..., handle: ...\n"
      "Number of datafiles/servers = 4\n"
      "Server 0 - tcp://127.0.0.1:..., handle: ... (...bstream), size: 65536\n"
      "Server 1 - tcp://127.0.0.1:..., handle: ... (...bstream), size: 65536\n"
      "Server 2 - tcp://127.0.0.1:..., handle: ... (...bstream), size: 65536\n"
      "Server 3 - tcp://127.0.0.1:..., handle: ... (...bstream), size: 65536" },
};
static const struct tool tool = {
    .name = "pvfs2-viewdist",
    .usage = usage,
    .purpose = "shows how a file of a PVFS2 file system is distributed",
    .description =
        "It prints the distribution with its parameters, the metafile and, for each datafile, the\n"
        "server, the handle, the size, and the bytestream's name below the server's "
        "DataStorageSpace.\n"
        "A file that has not outgrown its first strip has one datafile, beside the metafile.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
};

/* As doc/storage.md names it. */
static void
print_bstream (PVFS_object_ref d)
{
    uint64_t hash = hash_u64 (d.handle ^ (uint64_t)(uint32_t)d.fs_id << 32);
    printf ("%08x/bstreams/%02x/%016llx.bstream", (unsigned)d.fs_id, (unsigned)(hash >> 56),
            (unsigned long long)d.handle);
}

/* size < 0: nobody told it. */
static void
print_datafile (int i, PVFS_object_ref d, PVFS_size size)
{
    printf ("Server %d - %s, handle: %llu (", i, handle_server (d), (unsigned long long)d.handle);
    print_bstream (d);
    if (size < 0)
        printf ("), size: unknown\n");
    else
        printf ("), size: %lld\n", (long long)size);
}

static void
put_datafile (int i, PVFS_object_ref d, PVFS_size size)
{
    printf ("%s{\"server\": ", i > 0 ? ",\n" : "\n");
    print_json_text (handle_server (d));
    printf (", \"handle\": %llu, \"bstream\": \"", (unsigned long long)d.handle);
    print_bstream (d);
    if (size < 0)
        printf ("\"}");
    else
        printf ("\", \"size\": %lld}", (long long)size);
}

static bool
show_datafile (struct session *s, int i, PVFS_object_ref d, bool json)
{
    PVFS_sys_attr attr;
    int r = get_attr (s, d, PVFS_ATTR_SYS_SIZE, &attr);
    (json ? put_datafile : print_datafile) (i, d, r < 0 ? -1 : attr.size);
    if (r < 0) {
        char *what = tool_text ("size of datafile %d", i);
        tool_fail (what, r);
        free (what);
    }
    return r >= 0;
}

/* What a distribution is made with where nothing else was asked for. */
static void
print_defaults (const PVFS_sys_dist *d)
{
    if (strcmp (d->name, PVFS_DIST_SIMPLE_STRIPE_NAME) == 0) {
        printf ("strip_size:%lld\n", (long long)((PVFS_simple_stripe_params *)d->params)->strip_size);
    } else if (strcmp (d->name, PVFS_DIST_VARSTRIP_NAME) == 0) {
        printf ("strips:%s\n", ((PVFS_varstrip_params *)d->params)->strips);
    } else if (strcmp (d->name, PVFS_DIST_TWOD_STRIPE_NAME) == 0) {
        const PVFS_twod_stripe_params *p = d->params;
        printf ("num_groups:%u\nstrip_size:%lld\ngroup_strip_factor:%u\n", p->num_groups,
                (long long)p->strip_size, p->group_strip_factor);
    }
}

/* Parameters are stored only if they are not the distribution's own. */
static void
print_params (const char *name, const char *params)
{
    printf ("dist_params:\n");
    if (params == NULL || *params == '\0') {
        PVFS_sys_dist *d = name != NULL ? PVFS_sys_dist_lookup (name) : NULL;
        if (d != NULL) {
            print_defaults (d);
            PVFS_sys_dist_free (d);
        }
        return;
    }
    while (*params != '\0') {
        size_t len = strcspn (params, "+");
        printf ("%.*s\n", (int)len, params);
        params += len + (params[len] != '\0');
    }
}

static void
print_file (PVFS_object_ref ref, const PVFS_sys_attr *a, int n)
{
    printf ("dist_name = %s\n", a->dist_name != NULL ? a->dist_name : "unknown");
    print_params (a->dist_name, a->dist_params);
    printf ("Metafile - %s, handle: %llu\n", handle_server (ref), (unsigned long long)ref.handle);
    printf ("Number of datafiles/servers = %d\n", n);
}

static void
put_file (const char *given, PVFS_object_ref ref, const PVFS_sys_attr *a)
{
    printf ("{\"name\": ");
    print_json_text (given);
    printf (", \"handle\": %llu, \"server\": ", (unsigned long long)ref.handle);
    print_json_text (handle_server (ref));
    printf (", \"dist_name\": ");
    print_json_text (a->dist_name != NULL ? a->dist_name : "");
    printf (", \"dist_params\": ");
    print_json_text (a->dist_params != NULL ? a->dist_params : "");
    printf (", \"datafiles\": [");
}

static bool
show (struct session *s, const char *given, bool json)
{
    struct place p;
    PVFS_object_ref ref;
    PVFS_sys_attr a;
    if (!find (s, given, true, &p, &ref))
        return false;
    int r = get_attr (s, ref, PVFS_ATTR_SYS_ALL, &a);
    if (r == 0 && a.objtype != PVFS_TYPE_METAFILE) {
        PVFS_util_release_sys_attr (&a);
        tool_error ("%s: not a regular file, so it has no distribution", given);
        return false;
    }
    int n = r == 0 ? MAX (a.dfile_count, 0) : 0;
    PVFS_handle *handles = tool_alloc ((size_t)(n + 1) * sizeof *handles);
    if (r == 0)
        r = PVFS_mgmt_get_dfile_array (ref, &s->cred, handles, n, PVFS_HINT_NULL);
    if (r < 0) {
        tool_fail (given, r);
        free (handles);
        return false;
    }
    if (json)
        put_file (given, ref, &a);
    else
        print_file (ref, &a, n);
    bool ok = true;
    for (int i = 0; i < n; i++)
        ok &= show_datafile (s, i, (PVFS_object_ref){ .handle = handles[i], .fs_id = ref.fs_id }, json);
    if (json)
        printf ("\n]}\n");
    PVFS_util_release_sys_attr (&a);
    free (handles);
    return ok;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    char **operands = tool_parse (&tool, argc, argv, &choices);
    if ((choices.file == NULL) == (operands[0] == NULL))
        tool_usage ("needs one file: -f PATH");
    session_open (&s);
    bool ok = show (&s, choices.file != NULL ? choices.file : operands[0], choices.json);
    session_close (&s);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}
