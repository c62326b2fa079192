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
    enum kind kind;
    size_t offset;
    uint64_t max;
    const char *help;
};

/* clang-format off */
#define AT(field) offsetof (struct mount_options, field)
static const struct option table[] = {
    { "op-timeout",     SECONDS,      AT (op_timeout),     86400,   "SECS  give up on a silent server after this (60)" },
    { "mount-timeout",  SECONDS,      AT (mount_timeout),  86400,   "SECS  give up mounting after this (30)" },
    { "attr-timeout",   SECONDS,      AT (attr_timeout),   86400,   "SECS  the kernel caches attributes so long (1)" },
    { "attr_timeout",   SECONDS,      AT (attr_timeout),   86400,   NULL },
    { "entry-timeout",  SECONDS,      AT (entry_timeout),  86400,   "SECS  the kernel caches names so long (1)" },
    { "entry_timeout",  SECONDS,      AT (entry_timeout),  86400,   NULL },
    { "acache-timeout", MILLISECONDS, AT (acache_timeout), 86400000, "MS  the client caches attributes so long (0)" },
    { "ncache-timeout", MILLISECONDS, AT (ncache_timeout), 86400000, "MS  the client caches names so long (1000)" },
    { "num_dfiles",     NUMBER,       AT (num_dfiles),     1024,    "N  datafiles of new files" },
    { "cache",          CACHE,        0,                   0,       "none  nothing is cached beyond an open file" },
    { "allow_other",    SWITCH,       AT (allow_other),    0,       "  other users may use the mount (default for root)" },
    { "allow_only_owner", SWITCH,     AT (allow_only_owner), 0,     "  only who mounts may use the mount" },
    { "acl",            UNSWITCH,     AT (no_acl),         0,       "  POSIX access lists (default)" },
    { "noacl",          SWITCH,       AT (no_acl),         0,       "  access lists can be neither seen nor set here" },
    { "relatime",       ATIME,        0,      ATIME_RELATIVE,       "  a read renews the access time once after a change, and once a day (default)" },
    { "strictatime",    ATIME,        0,      ATIME_STRICT,         "  every read renews the access time" },
    { "noatime",        ATIME,        0,      ATIME_NEVER,          "  no read renews an access time" },
    { "atime",          ATIME,        0,      ATIME_RELATIVE,       NULL },
    { "nostrictatime",  ATIME,        0,      ATIME_RELATIVE,       NULL },
    { "nodiratime",     SWITCH,       AT (no_diratime),    0,       "  nor does reading a directory, its own" },
    { "diratime",       UNSWITCH,     AT (no_diratime),    0,       NULL },
    { "remount",        REFUSED,      0,                   0,       NULL },
    { "sloppy",         SWITCH,       AT (sloppy),         0,       "  unknown options are ignored" },
    { "ro", TO_KERNEL, 0, 0, NULL },      { "rw", TO_KERNEL, 0, 0, NULL },
    { "suid", TO_KERNEL, 0, 0, NULL },    { "nosuid", TO_KERNEL, 0, 0, NULL },
    { "dev", TO_KERNEL, 0, 0, NULL },     { "nodev", TO_KERNEL, 0, 0, NULL },
    { "exec", TO_KERNEL, 0, 0, NULL },    { "noexec", TO_KERNEL, 0, 0, NULL },
    { "sync", TO_KERNEL, 0, 0, NULL },    { "async", TO_KERNEL, 0, 0, NULL },
    { "dirsync", TO_KERNEL, 0, 0, NULL },
    { "defaults", IGNORED, 0, 0, NULL },  { "auto", IGNORED, 0, 0, NULL },      { "noauto", IGNORED, 0, 0, NULL },
    { "user", IGNORED, 0, 0, NULL },      { "user=*", IGNORED, 0, 0, NULL },    { "nouser", IGNORED, 0, 0, NULL },
    { "users", IGNORED, 0, 0, NULL },     { "owner", IGNORED, 0, 0, NULL },     { "group", IGNORED, 0, 0, NULL },
    { "_netdev", IGNORED, 0, 0, NULL },   { "nofail", IGNORED, 0, 0, NULL },    { "fail", IGNORED, 0, 0, NULL },
    { "x-*", IGNORED, 0, 0, NULL },       { "X-*", IGNORED, 0, 0, NULL },       { "comment=*", IGNORED, 0, 0, NULL },
    { "uhelper=*", IGNORED, 0, 0, NULL }, { "helper=*", IGNORED, 0, 0, NULL },
    { "norelatime", IGNORED, 0, 0, NULL },
    { "lazytime", IGNORED, 0, 0, NULL },  { "nolazytime", IGNORED, 0, 0, NULL },
    { "silent", IGNORED, 0, 0, NULL },    { "loud", IGNORED, 0, 0, NULL },
    { "iversion", IGNORED, 0, 0, NULL },  { "noiversion", IGNORED, 0, 0, NULL },
    { "mand", IGNORED, 0, 0, NULL },      { "nomand", IGNORED, 0, 0, NULL },
    { "default_permissions", IGNORED, 0, 0, NULL }, /* always on */
    { "flowproto=*", IGNORED, 0, 0, NULL }, { "encoding=*", IGNORED, 0, 0, NULL }, { "bmi_opts=*", IGNORED, 0, 0, NULL },
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

void
mount_options_help (FILE *out)
{
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        const struct option *o = &table[i];
        if (!o->help)
            continue;
        const char *text = strstr (o->help, "  ");
        fprintf (out, "    %s%s%.*s\n        %s\n", o->name, o->kind == SWITCH || o->kind == UNSWITCH || o->kind == ATIME ? "" : "=",
                 (int)(text - o->help), o->help, text + 2);
    }
    fprintf (out,
             "    ro rw suid nosuid dev nodev exec noexec sync async dirsync\n"
             "        as for any mount; other generic options are accepted and have no effect\n");
}
