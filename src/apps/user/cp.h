/* cp: the parts of pvfs2-cp and pvfs2-write – how they begin and end (cp-start.c), what is copied
 * (cp-item.c), one file (cp-file.c), trees (cp-tree.c), files with several names (cp-twins.c).
 *
 * The main thread walks and makes directories and links; worker threads copy files. struct cp is
 * set up before they start; `failed` and the counts are atomic.
 */
#ifndef APPS_USER_CP_H
#define APPS_USER_CP_H

#include "apps/common/progress.h"
#include "apps/common/session.h"
#include "apps/common/transfer.h"

struct cp {
    struct session session;
    PVFS_size buffer_size;
    PVFS_sys_dist *dist; /* NULL: the directory's */
    int32_t ndfiles;     /* 0: the directory's */
    bool recursive;
    bool preserve; /* owners, set-id bits, times */
    bool in_place; /* files are written under their own names */
    bool stop;     /* a signal came */
    bool failed;
    bool last; /* of the operands */
    struct progress_counts counts;
    unsigned temporaries; /* names so far */
    double began;         /* seconds of some clock */
};

/* The options of both. */
struct cp_choices {
    int64_t strip_size, ndfiles, buffer_size;
    bool timing, progress, no_progress;
};
#define CP_DEFAULTS { .buffer_size = 4 << 20 }
#define CP_OPTIONS(type, member)                                                                \
    OPT_SIZE ('s', "strip-size", "BYTES", type, member.strip_size,                              \
              "strip size of new files (default: the directory's)"),                            \
        OPT_COUNT ('n', "datafiles", "N", type, member.ndfiles,                                 \
                   "servers that new files are spread over (default: the directory's)"),        \
        OPT_SIZE ('b', "buffer-size", "BYTES", type, member.buffer_size,                        \
                  "size of each of four buffers (default 4M)"),                                 \
        OPT_SWITCH ('t', "timing", type, member.timing,                                         \
                    "print bytes, time and rate at the end"),                                   \
        OPT_PROGRESS (type, member.progress, member.no_progress)

/* Opens the session and looks after signals; ends the program with cause and remedy. */
void cp_begin (struct cp *cp, const struct cp_choices *c);
/* Frees, prints the timing; the exit status. */
int cp_end (struct cp *cp, const struct cp_choices *c);
/* The last name of a path, to be freed; NULL where that is no name: "/", "." and "..". */
char *cp_last_name (const char *path);

enum item_kind { ITEM_FILE, ITEM_DIRECTORY, ITEM_LINK, ITEM_OTHER };

/* Something that is there, local or in a volume. */
struct item {
    bool remote;
    char *path; /* to open it if local, else for reports */
    PVFS_object_ref ref;
    enum item_kind kind;
    uint32_t mode;
    uint32_t type; /* S_IFMT bits; with rdev what makes a special file */
    uint64_t rdev;
    uint32_t nlink, owner, group;
    PVFS_time_ns atime, mtime;
    PVFS_size size;
    char *target; /* of a link */
    dev_t dev;    /* local */
    ino_t ino;
};

/* The directory that a path's last name is in. Reports its failure: false. */
bool cp_find_parent (struct cp *cp, const char *path, struct item *ret);
/* Reports failures unless it is only that there is nothing (returns false). */
bool item_find (struct cp *cp, const char *given, bool follow, struct item *ret, int *ret_error);
struct item item_copy (const struct item *i);
void item_free (struct item *i);
bool item_same (const struct item *a, const struct item *b);
/* What a directory holds; to be freed with items and names. 0 or a negative code. */
struct item_list {
    struct item *items;
    char **names;
    size_t n;
};
int item_list (struct cp *cp, const struct item *directory, struct item_list *ret);
void item_list_free (struct item_list *l);

/* Where something goes: a directory and a name in it. */
char *path_in (const struct item *directory, const char *name);
/* A file will be copied. */
static inline void
expect_file (struct cp *cp, const struct item *from)
{
    progress_add (&cp->counts.bytes_expected, from->size);
    progress_add (&cp->counts.things_expected, 1);
}

/* All files of an operand are expected. */
static inline void
expect_no_more (struct cp *cp)
{
    __atomic_store_n (&cp->counts.complete, cp->last, __ATOMIC_RELAXED);
}

/* Each reports its failure: false. */
bool copy_file (struct cp *cp, const struct item *from, const struct item *directory,
                const char *name);
bool copy_link (struct cp *cp, const struct item *from, const struct item *directory,
                const char *name);
/* A fifo, socket or device itself, never what is in it. */
bool copy_special (struct cp *cp, const struct item *from, const struct item *directory,
                   const char *name);
/* One more name for a copy that was made. */
bool copy_name (struct cp *cp, const struct item *copy, const struct item *directory,
                const char *name);
/* Straight into a device or a pipe. */
bool copy_into (struct cp *cp, const struct item *from, const char *path);
/* The directory of that name, made if need be, where its owner can work in. */
bool make_directory (struct cp *cp, const struct item *directory, const char *name, uint32_t mode,
                     struct item *ret);
/* What was to wait until the directory is full: its mode, with cp->preserve all of it. */
bool finish_directory (struct cp *cp, const struct item *from, const struct item *to);

/* The names of a tree's files that have several. Main thread; zeroed memory is empty. */
enum { TWINS_BUCKETS = 4096 };
struct twins {
    struct first *firsts[TWINS_BUCKETS]; /* by object */
    struct twin *list;
    size_t n;
};
/* True: another name of that file was met before; this one waits for twins_link. */
bool twins_note (struct twins *t, const struct item *from, const struct item *directory,
                 const char *name);
/* When all copies are complete. Reports failures: false. */
bool twins_link (struct cp *cp, const struct twins *t);
void twins_free (struct twins *t);

/* name NULL: the content of `from` goes into `directory` itself. */
void copy_tree (struct cp *cp, const struct item *from, const struct item *directory,
                const char *name);

#endif
