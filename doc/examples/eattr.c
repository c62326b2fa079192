/*
 * Extended attributes: sets some, reads and lists them, and counts with one that several clients share.
 *
 * Prints:
 *     Ada wrote it
 *     before the third addition it was 10
 *     user.author
 *     user.counter
 *     and now nobody did
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static PVFS_credential cred;

/* A new file "/file". */
static int
make_file (PVFS_object_ref *ret)
{
    PVFS_fs_id fs;
    PVFS_sysresp_lookup root = { .error_path = NULL };
    PVFS_sysresp_create made;
    PVFS_sys_attr attr;
    int r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_lookup (fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    memset (&attr, 0, sizeof attr);
    attr.owner = cred.userid;
    attr.group = cred.group_array[0];
    attr.perms = 0644;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    if (r == 0)
        r = PVFS_sys_create ("file", root.ref, attr, &cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        *ret = made.ref;
    return r;
}

/* A key, whose size counts its NUL. */
static PVFS_ds_keyval
key_of (char *name)
{
    PVFS_ds_keyval key = { .buffer = name, .buffer_sz = (int32_t) strlen (name) + 1, .read_sz = 0 };
    return key;
}

static int
list (PVFS_object_ref file)
{
    char names[8][PVFS_MAX_XATTR_NAMELEN];
    PVFS_ds_keyval keys[8];
    PVFS_sysresp_listeattr found = { .key_array = keys };
    for (int i = 0; i < 8; i++) {
        keys[i].buffer = names[i];
        keys[i].buffer_sz = sizeof names[i];
    }
    int r = PVFS_sys_listeattr (file, PVFS_ITERATE_START, 8, &cred, &found, PVFS_HINT_NULL);
    for (int i = 0; r == 0 && i < found.nkey; i++)
        printf ("%s\n", names[i]);
    return r;
}

static int
run (PVFS_object_ref file)
{
    char text[32];
    int32_t zero = 0, step = 5, before = -1;
    PVFS_ds_keyval author = key_of ("user.author"), counter = key_of ("user.counter");
    PVFS_ds_keyval name = { .buffer = "Ada", .buffer_sz = 3, .read_sz = 0 };
    PVFS_ds_keyval start = { .buffer = &zero, .buffer_sz = sizeof zero, .read_sz = 0 };
    PVFS_ds_keyval add = { .buffer = &step, .buffer_sz = sizeof step, .read_sz = 0 };
    PVFS_ds_keyval old = { .buffer = &before, .buffer_sz = sizeof before, .read_sz = 0 };
    PVFS_ds_keyval room = { .buffer = text, .buffer_sz = sizeof text, .read_sz = 0 };

    int r = PVFS_sys_seteattr (file, &cred, &author, &name, PVFS_XATTR_CREATE, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_seteattr (file, &cred, &counter, &start, 0, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_geteattr (file, &cred, &author, &room, PVFS_HINT_NULL);
    if (r == 0)
        printf ("%.*s wrote it\n", room.read_sz, text);
    for (int i = 0; i < 3 && r == 0; i++) /* nobody comes between reading and adding */
        r = PVFS_sys_atomiceattr (file, &cred, &counter, &add, &old, 0, PVFS_FETCH_AND_ADD, PVFS_HINT_NULL);
    if (r == 0)
        printf ("before the third addition it was %d\n", before);
    if (r == 0)
        r = list (file);
    if (r == 0)
        r = PVFS_sys_deleattr (file, &cred, &author, PVFS_HINT_NULL);
    if (r == 0 && PVFS_sys_geteattr (file, &cred, &author, &room, PVFS_HINT_NULL) == -PVFS_ENODATA)
        printf ("and now nobody did\n");
    return r;
}

int
main (void)
{
    PVFS_object_ref file;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = make_file (&file);
    if (r == 0)
        r = run (file);
    if (r < 0)
        PVFS_perror ("eattr", r);
    PVFS_sys_finalize ();
    return r < 0;
}
