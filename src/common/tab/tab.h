/* Tab: which volumes a client knows, from a pvfs2tab, an fstab or the environment, and which volume
 * a local path lies in. A line is
 *
 *     tcp://host:3334/pvfs2-fs  /mnt/pvfs2  pvfs2  num_dfiles=4,noauto  0 0
 *
 * with a comma list of specs where a volume has several servers. Nothing here talks to a server or
 * touches a mounted volume, so nothing here can hang on one. No global state; a struct tab is
 * immutable.
 */
#ifndef COMMON_TAB_TAB_H
#define COMMON_TAB_TAB_H

#include <stddef.h>
#include <stdint.h>

enum {
    TAB_MAX_TEXT = 1 << 20,
    TAB_MAX_ENTRIES = 256,
    TAB_MAX_SERVERS = 64, /* of one entry */
};

struct tab_entry {
    const char *const *servers; /* BMI addresses, "tcp://host:3334", in the order to try */
    int n_servers;
    const char *fs_name;
    const char *mnt_dir;   /* absolute, lexically clean, no slash at its end */
    const char *mnt_opts;  /* what was not parsed, comma list; "rw" if nothing is left */
    const char *bmi_opts;  /* NULL: not given */
    const char *flowproto; /* NULL: not given */
    const char *encoding;  /* NULL: not given */
    uint32_t num_dfiles;   /* 0: not given */
};

struct tab {
    const char *source; /* the file, or "PVFS2EP" */
    const struct tab_entry *entries;
    int n_entries;
};

/* All return 0, or a negative errno and a text in *ret_error (may be NULL) that the caller frees.
 * A text without any pvfs2 line is a tab without entries; a pvfs2 line that makes no sense is
 * -EINVAL. */
int tab_parse_text (const char *text, size_t len, const char *name, struct tab **ret,
                    char **ret_error);
int tab_parse_file (const char *path, struct tab **ret, char **ret_error);
/* "/mnt=tcp://host:3334/fs", as in the variable PVFS2EP. */
int tab_parse_ep (const char *text, struct tab **ret, char **ret_error);
/* One entry from a spec and a directory as words of a command line (mount, -o fs_spec). opts may be
 * NULL. */
int tab_parse_spec (const char *spec, const char *mnt_dir, const char *opts, struct tab **ret,
                    char **ret_error);

/* The tab of this process: $PVFS2TAB_FILE, $PVFS2EP, /etc/fstab, /etc/pvfs2tab, ./pvfs2tab,
 * /etc/mtab; the first with an entry. -ENOENT, with a text that says where it looked, if there is
 * none; a PVFS2TAB_FILE that cannot be read is an error. */
int tab_load (struct tab **ret, char **ret_error);
void tab_free (struct tab *tab);

/* The entry whose directory the path lies in, and the path inside the volume ("/" for the directory
 * itself) in ret_inside. Symbolic links outside the volume are followed, "." and ".." resolved;
 * from the mount directory on the path is only text. Paths that do not exist are fine. -ENOENT: in
 * no volume; -ENAMETOOLONG, -ELOOP, or what getcwd says. */
int tab_resolve (const struct tab *tab, const char *path, const struct tab_entry **ret_entry,
                 char *ret_inside, size_t inside_size);

#endif
