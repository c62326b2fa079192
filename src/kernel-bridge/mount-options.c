/*
 * The table of mount options; see mount-options.h.
 */
#include "kernel-bridge/mount-options.h"

#include <fnmatch.h>
#include <math.h>

enum kind {
    SECONDS, /* decimal seconds into a uint64_t of ns */
    MILLISECONDS,
    NUMBER,
    SWITCH,
    UNSWITCH, /* the opposite word */
    CACHE,     /* none | default */
    ATIME,     /* max: an enum atime_rule */
    REFUSED,   /* known, and not to be had */
    TO_KERNEL, /* goes into the mount itself */
    IGNORED,   /* generic, or done by mount(8) */
};

struct option {
    const char *name; /* IGNORED: a pattern */
    const char *argument;
    enum kind kind;
    size_t offset;
    uint64_t max;
    const char *help; /* NULL: an alias, or one of a group */
};

/* clang-format off */
#define AT(field) offsetof (struct mount_options, field)
static const struct option table[] = {
    { "op-timeout", "SECS", SECONDS, AT (op_timeout), 86400,
      "an operation fails with ETIMEDOUT when a server has given no sign of life for so long (60);\n"
      "Ctrl-C ends a waiting program at once" },
    { "mount-timeout", "SECS", SECONDS, AT (mount_timeout), 86400, "how long to wait for a server when mounting (30)" },
    { "attr-timeout", "SECS", SECONDS, AT (attr_timeout), 86400, "how long the kernel caches attributes (1; decimals are allowed)" },
    { "attr_timeout", "SECS", SECONDS, AT (attr_timeout), 86400, NULL },
    { "entry-timeout", "SECS", SECONDS, AT (entry_timeout), 86400, "how long the kernel caches names (1; decimals are allowed)" },
    { "entry_timeout", "SECS", SECONDS, AT (entry_timeout), 86400, NULL },
    { "acache-timeout", "MS", MILLISECONDS, AT (acache_timeout), 86400000, "how long the client caches attributes (0 milliseconds)" },
    { "ncache-timeout", "MS", MILLISECONDS, AT (ncache_timeout), 86400000, "how long the client caches names (1000 milliseconds)" },
    { "cache", "none", CACHE, 0, 0,
      "the last four are 0, and file data is not kept: a write by any client is seen as soon as it\n"
      "has returned" },
    { "num_dfiles", "N", NUMBER, AT (num_dfiles), 1024, "datafiles of new files, where their directory says nothing" },
    { "relatime", NULL, ATIME, 0, ATIME_RELATIVE,
      "the first read after a change renews the access time, and the first in a day (the default).\n"
      "The servers hear of it up to half a second later, in one message for many files; this mount\n"
      "shows it at once" },
    { "strictatime", NULL, ATIME, 0, ATIME_STRICT,
      "every read renews the access time, also one that the kernel could answer from what it kept of\n"
      "an earlier open" },
    { "noatime", NULL, ATIME, 0, ATIME_NEVER, "no read renews an access time" },
    { "atime", NULL, ATIME, 0, ATIME_RELATIVE, NULL },
    { "nostrictatime", NULL, ATIME, 0, ATIME_RELATIVE, NULL },
    { "nodiratime", NULL, SWITCH, AT (no_diratime), 0, "nor does reading a directory, its own" },
    { "diratime", NULL, UNSWITCH, AT (no_diratime), 0, NULL },
    { "acl", NULL, UNSWITCH, AT (no_acl), 0, "POSIX access lists (the default)" },
    { "noacl", NULL, SWITCH, AT (no_acl), 0,
      "access lists can be neither seen nor set here; the servers heed those that there are" },
    { "allow_other", NULL, SWITCH, AT (allow_other), 0, "other users may use the mount (the default when root mounts)" },
    { "allow_only_owner", NULL, SWITCH, AT (allow_only_owner), 0, "only who mounts may use the mount" },
    { "sloppy", NULL, SWITCH, AT (sloppy), 0, "unknown options are ignored; otherwise they are refused by name" },
    { "remount", NULL, REFUSED, 0, 0, "is refused: unmount, and mount anew" },
#define KERNEL(name) { name, NULL, TO_KERNEL, 0, 0, NULL }
    KERNEL ("ro"), KERNEL ("rw"), KERNEL ("suid"), KERNEL ("nosuid"), KERNEL ("dev"), KERNEL ("nodev"), KERNEL ("exec"),
    KERNEL ("noexec"), KERNEL ("sync"), KERNEL ("async"), KERNEL ("dirsync"),
#define NOTHING(name) { name, NULL, IGNORED, 0, 0, NULL }
    NOTHING ("defaults"), NOTHING ("auto"), NOTHING ("noauto"), NOTHING ("user"), NOTHING ("user=*"), NOTHING ("nouser"),
    NOTHING ("users"), NOTHING ("owner"), NOTHING ("group"), NOTHING ("_netdev"), NOTHING ("nofail"), NOTHING ("fail"),
    NOTHING ("x-*"), NOTHING ("X-*"), NOTHING ("comment=*"), NOTHING ("uhelper=*"), NOTHING ("helper=*"), NOTHING ("norelatime"),
    NOTHING ("lazytime"), NOTHING ("nolazytime"), NOTHING ("silent"), NOTHING ("loud"), NOTHING ("iversion"),
    NOTHING ("noiversion"), NOTHING ("mand"), NOTHING ("nomand"),
    NOTHING ("default_permissions"), /* always on */
    NOTHING ("flowproto=*"), NOTHING ("encoding=*"), NOTHING ("bmi_opts=*"),
};
/* clang-format on */

static const struct mount_options defaults = {
    .op_timeout = 60 * NSEC_PER_SEC,
    .mount_timeout = 30 * NSEC_PER_SEC,
    .attr_timeout = NSEC_PER_SEC,
    .entry_timeout = NSEC_PER_SEC,
    .ncache_timeout = NSEC_PER_SEC,
};

static const struct option *
find (const char *word, size_t name_len)
{
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        const struct option *o = &table[i];
        if (o->kind == IGNORED
                ? fnmatch (o->name, word, 0) == 0
                : strlen (o->name) == name_len && strncmp (o->name, word, name_len) == 0)
            return o;
    }
    return NULL;
}

static int
set_number (const struct option *o, const char *value, struct mount_options *m)
{
    char *end;
    double scale = o->kind == SECONDS        ? (double)NSEC_PER_SEC
                   : o->kind == MILLISECONDS ? (double)NSEC_PER_MSEC
                                             : 1;
    if (!value || !*value)
        return -EINVAL;
    double d = strtod (value, &end);
    if (*end || !isfinite (d) || d < 0 || d > (double)o->max
        || (o->kind == NUMBER && d != floor (d)))
        return -EINVAL;
    *(uint64_t *)((char *)m + o->offset) = (uint64_t)(d * scale);
    return 0;
}

static int
set_kernel (const char *word, struct mount_options *m)
{
    size_t used = strlen (m->kernel);
    if (strcmp (word, "ro") == 0 || strcmp (word, "rw") == 0)
        m->read_only = word[1] == 'o';
    int n = snprintf (m->kernel + used, sizeof m->kernel - used, "%s%s", used ? "," : "", word);
    return n < 0 || (size_t)n >= sizeof m->kernel - used ? -EINVAL : 0;
}

static int
set_cache (const char *value, struct mount_options *m)
{
    if (!value || (strcmp (value, "none") != 0 && strcmp (value, "default") != 0))
        return -EINVAL;
    m->no_cache = strcmp (value, "none") == 0;
    if (m->no_cache)
        m->attr_timeout = m->entry_timeout = m->ncache_timeout = m->acache_timeout = 0;
    return 0;
}

static int
set (const struct option *o, const char *word, const char *value, struct mount_options *m)
{
    switch (o->kind) {
    case SECONDS:
    case MILLISECONDS:
    case NUMBER:
        return set_number (o, value, m);
    case SWITCH:
    case UNSWITCH:
        *(bool *)((char *)m + o->offset) = o->kind == SWITCH;
        return value ? -EINVAL : 0;
    case CACHE:
        return set_cache (value, m);
    case TO_KERNEL:
        return value ? -EINVAL : set_kernel (word, m);
    case ATIME:
        m->atime = (enum atime_rule)o->max;
        return value ? -EINVAL : m->atime == ATIME_NEVER ? set_kernel (word, m) : 0;
    case REFUSED:
        return -EOPNOTSUPP;
    case IGNORED:
        break;
    }
    return 0;
}

int
mount_options_parse (const char *list, struct mount_options *ret, char why[MOUNT_OPTIONS_WHY])
{
    struct mount_options m = defaults;
    CLEANUP_FREE char *copy = strdup (list ? list : "");
    if (!copy)
        return -ENOMEM;
    m.sloppy = strstr (copy, "sloppy") != NULL;
    char *rest = copy;
    for (char *word; (word = strsep (&rest, ","));) {
        if (!*word)
            continue;
        char *equals = strchr (word, '=');
        const struct option *o = find (word, equals ? (size_t)(equals - word) : strlen (word));
        if (!o && m.sloppy)
            continue;
        if (!o) {
            snprintf (why, MOUNT_OPTIONS_WHY, "unknown mount option \"%s\"", word);
            return -EINVAL;
        }
        int r = set (o, word, equals ? equals + 1 : NULL, &m);
        if (r < 0) {
            snprintf (why, MOUNT_OPTIONS_WHY, r == -EOPNOTSUPP ? "\"%s\" is not supported: unmount, and mount anew" : "bad value in mount option \"%s\"", word);
            return -EINVAL;
        }
    }
    *ret = m;
    return 0;
}

static void
show_group (enum kind kind, const char *help, void (*show) (const char *words, const char *help))
{
    char names[1024] = "";
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE (table) && n < sizeof names; i++)
        if (table[i].kind == kind)
            n += (size_t)snprintf (names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "", table[i].name);
    show (names, help);
}

static void
each (void (*show) (const char *words, const char *help))
{
    char words[64];
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        const struct option *o = &table[i];
        snprintf (words, sizeof words, "%s%s%s", o->name, o->argument ? "=" : "", o->argument ? o->argument : "");
        if (o->help)
            show (words, o->help);
    }
    show_group (TO_KERNEL, "as for any file system", show);
    show_group (IGNORED, "are accepted, and have no effect here", show);
}

const struct tool_words mount_option_words = { "Mount options", "OPTIONS", each };
