/* Tab: parsing of mount entries, and where they are looked for. A tab lives in one arena. */
#include "common/tab/tab.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/arena.h"
#include "common/base/file.h"

struct holder {
    struct tab tab;
    struct arena arena;
    struct tab_entry entries[TAB_MAX_ENTRIES];
};

struct place {
    const char *name;
    int line; /* 0: none */
    char *error;
};

static int __attribute__ ((format (printf, 2, 3)))
fail (struct place *place, const char *format, ...)
{
    char what[600];
    va_list args;
    va_start (args, format);
    vsnprintf (what, sizeof what, format, args);
    va_end (args);
    free (place->error);
    int n = place->line > 0 ? asprintf (&place->error, "%s:%d: %s", place->name, place->line, what)
                            : asprintf (&place->error, "%s: %s", place->name, what);
    if (n < 0)
        place->error = NULL;
    return -EINVAL;
}

static struct holder *
holder_new (const char *source)
{
    struct holder *h = calloc (1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->tab.entries = h->entries;
    h->tab.source = arena_strdup (&h->arena, source);
    if (h->tab.source == NULL) {
        free (h);
        return NULL;
    }
    return h;
}

void
tab_free (struct tab *tab)
{
    if (tab == NULL)
        return;
    struct holder *h = container_of (tab, struct holder, tab);
    arena_fini (&h->arena);
    free (h);
}

/* Hands out either the tab or the error. */
static int
deliver (struct holder *h, int r, struct place *place, struct tab **ret, char **ret_error)
{
    if (r == 0) {
        *ret = &h->tab;
        free (place->error);
        return 0;
    }
    if (h != NULL)
        tab_free (&h->tab);
    if (ret_error != NULL)
        *ret_error = place->error;
    else
        free (place->error);
    return r;
}

/* -- one entry -- */

/* "tcp://host:3334/fs": exactly three slashes. */
static int
split_spec (struct place *place, const char *spec, size_t len, size_t *ret_addr_len)
{
    const char *scheme_end = memmem (spec, len, "://", 3);
    int slashes = 0;
    for (size_t i = 0; i < len; i++)
        slashes += spec[i] == '/';
    const char *last = memrchr (spec, '/', len);
    if (scheme_end == NULL || scheme_end == spec || slashes != 3 || last == scheme_end + 3 ||
        last + 1 == spec + len)
        return fail (place, "'%.*s' is not of the form tcp://host:port/fsname",
                     (int) MIN (len, (size_t) 200), spec);
    *ret_addr_len = (size_t) (last - spec);
    return 0;
}

/* "tcp://a:3334/fs,tcp://b:3334/fs" */
static int
parse_specs (struct arena *arena, struct place *place, const char *specs, struct tab_entry *e)
{
    const char **servers = arena_array (arena, TAB_MAX_SERVERS, sizeof *servers);
    if (servers == NULL)
        return -ENOMEM;
    const char *p = specs;
    for (;;) {
        size_t len = strcspn (p, ","), addr_len;
        int r = split_spec (place, p, len, &addr_len);
        if (r != 0)
            return r;
        if (e->n_servers == TAB_MAX_SERVERS)
            return fail (place, "more than %d servers in one entry", TAB_MAX_SERVERS);
        char *copy = arena_memdup (arena, p, len + 1);
        if (copy == NULL)
            return -ENOMEM;
        copy[addr_len] = copy[len] = '\0';
        const char *fs_name = copy + addr_len + 1;
        if (e->fs_name != NULL && strcmp (e->fs_name, fs_name) != 0)
            return fail (place, "one entry names two file systems, '%.100s' and '%.100s'",
                         e->fs_name, fs_name);
        e->fs_name = fs_name;
        servers[e->n_servers++] = copy;
        if (p[len] == '\0')
            break;
        p += len + 1;
    }
    e->servers = servers;
    return 0;
}

static const char *
option_value (const char *option, const char *name)
{
    size_t len = strlen (name);
    return strncmp (option, name, len) == 0 && option[len] == '=' ? option + len + 1 : NULL;
}

static int
parse_option (struct place *place, const char *option, struct tab_entry *e, bool *ret_known)
{
    const char *value;
    *ret_known = true;
    if ((value = option_value (option, "flowproto")) != NULL) {
        e->flowproto = value;
    } else if ((value = option_value (option, "encoding")) != NULL) {
        e->encoding = value;
    } else if ((value = option_value (option, "bmi_opts")) != NULL) {
        e->bmi_opts = value;
    } else if ((value = option_value (option, "num_dfiles")) != NULL) {
        char *end;
        unsigned long n = strtoul (value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || n == 0 || n > 65536)
            return fail (place, "num_dfiles=%.40s is not a number from 1 to 65536", value);
        e->num_dfiles = (uint32_t) n;
    } else {
        *ret_known = false;
    }
    return 0;
}

static int
parse_options (struct arena *arena, struct place *place, const char *options, struct tab_entry *e)
{
    char *words = arena_strdup (arena, options);
    char *rest = arena_alloc (arena, strlen (options) + 4);
    if (words == NULL || rest == NULL)
        return -ENOMEM;
    size_t len = 0;
    char *save;
    for (char *w = strtok_r (words, ",", &save); w != NULL; w = strtok_r (NULL, ",", &save)) {
        bool known;
        int r = parse_option (place, w, e, &known);
        if (r != 0)
            return r;
        if (!known)
            len += (size_t) sprintf (rest + len, "%s%s", len > 0 ? "," : "", w);
    }
    e->mnt_opts = len > 0 ? rest : "rw";
    return 0;
}

/* "/mnt//a/./b/" to "/mnt/a/b"; in place. */
static void
clean_dir (char *dir)
{
    char *out = dir;
    for (char *p = dir; *p != '\0';) {
        size_t slashes = strspn (p, "/");
        p += slashes;
        size_t len = strcspn (p, "/");
        if (len == 0 || (len == 1 && *p == '.')) {
            p += len;
            continue;
        }
        *out++ = '/';
        memmove (out, p, len);
        out += len;
        p += len;
    }
    if (out == dir)
        *out++ = '/';
    *out = '\0';
}

static bool
has_dot_dot (const char *dir)
{
    for (const char *p = dir; (p = strstr (p, "/..")) != NULL; p += 3) {
        if (p[3] == '/' || p[3] == '\0')
            return true;
    }
    return false;
}

static int
add_entry (struct holder *h, struct place *place, const char *specs, const char *dir,
           const char *options)
{
    if (h->tab.n_entries == TAB_MAX_ENTRIES)
        return fail (place, "more than %d entries", TAB_MAX_ENTRIES);
    if (dir[0] != '/' || has_dot_dot (dir))
        return fail (place, "mount directory '%.200s' is not an absolute path", dir);
    struct tab_entry entry = { .mnt_opts = "rw" };
    char *mnt_dir = arena_strdup (&h->arena, dir);
    if (mnt_dir == NULL)
        return -ENOMEM;
    clean_dir (mnt_dir);
    entry.mnt_dir = mnt_dir;
    int r = parse_specs (&h->arena, place, specs, &entry);
    if (r == 0 && options != NULL)
        r = parse_options (&h->arena, place, options, &entry);
    if (r == 0)
        h->entries[h->tab.n_entries++] = entry;
    return r;
}

/* -- a file -- */

/* fstab writes blanks and such as \040; in place. */
static void
unescape (char *word)
{
    char *out = word;
    for (const char *p = word; *p != '\0';) {
        if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
            p[3] >= '0' && p[3] <= '7' && (p[1] | p[2] | p[3]) != '0') {
            *out++ = (char) ((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            p += 4;
        } else {
            *out++ = *p++;
        }
    }
    *out = '\0';
}

enum kind { NOT_OURS, OURS, PERHAPS_OURS };

/* "fuse" and "fuse.pvfs2" are ours if the spec looks so: a mount's source may be anything. */
static enum kind
kind_of (const char *type)
{
    if (strcmp (type, "pvfs2") == 0)
        return OURS;
    return strcmp (type, "fuse.pvfs2") == 0 || strcmp (type, "fuse") == 0 ? PERHAPS_OURS : NOT_OURS;
}

/* "prog#tcp://..." as some mtabs have it. */
static const char *
without_program (const char *spec)
{
    const char *hash = strchr (spec, '#');
    const char *scheme = strstr (spec, "://");
    return hash != NULL && (scheme == NULL || hash < scheme) ? hash + 1 : spec;
}

static int
parse_line (struct holder *h, struct place *place, char *line)
{
    static const char blanks[] = " \t\r";
    char *words[4] = { NULL }, *save;
    int n = 0;
    if (line[strspn (line, blanks)] == '#')
        return 0;
    for (char *w = strtok_r (line, blanks, &save); w != NULL && n < 4;
         w = strtok_r (NULL, blanks, &save))
        words[n++] = w;
    if (n < 3)
        return 0; /* mount(8) complains about such a line, not we */
    enum kind kind = kind_of (words[2]);
    if (kind == NOT_OURS)
        return 0;
    for (int i = 0; i < n; i++)
        unescape (words[i]);
    const char *spec = without_program (words[0]);
    size_t ignored;
    struct place silent = { .name = "" };
    if (kind == PERHAPS_OURS) {
        int r = split_spec (&silent, spec, strcspn (spec, ","), &ignored);
        free (silent.error);
        if (r != 0)
            return 0;
    }
    return add_entry (h, place, spec, words[1], words[3]);
}

int
tab_parse_text (const char *text, size_t len, const char *name, struct tab **ret, char **ret_error)
{
    struct place place = { .name = name };
    struct holder *h = holder_new (name);
    CLEANUP_FREE char *copy = malloc (MIN (len, (size_t) TAB_MAX_TEXT) + 1);
    int r = 0;
    if (h == NULL || copy == NULL)
        return deliver (h, -ENOMEM, &place, ret, ret_error);
    if (len > TAB_MAX_TEXT)
        return deliver (h, fail (&place, "larger than %d bytes", TAB_MAX_TEXT), &place, ret,
                        ret_error);
    if (len > 0)
        memcpy (copy, text, len);
    copy[len] = '\0';
    char *end = copy + len;
    for (char *line = copy; r == 0 && line < end;) {
        char *stop = memchr (line, '\n', (size_t) (end - line));
        stop = stop != NULL ? stop : end;
        *stop = '\0';
        place.line++;
        r = parse_line (h, &place, line);
        line = stop + 1;
    }
    return deliver (h, r, &place, ret, ret_error);
}

int
tab_parse_file (const char *path, struct tab **ret, char **ret_error)
{
    CLEANUP_FREE char *text = malloc (TAB_MAX_TEXT + 1);
    struct place place = { .name = path };
    if (text == NULL)
        return deliver (NULL, -ENOMEM, &place, ret, ret_error);
    size_t len = 0;
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : file_read_whole (fd, text, TAB_MAX_TEXT + 1, &len);
    if (fd >= 0)
        close (fd);
    if (r == 0)
        return tab_parse_text (text, len, path, ret, ret_error);
    fail (&place, "%s", strerror (-r));
    return deliver (NULL, r, &place, ret, ret_error);
}

/* -- one entry without a file -- */

int
tab_parse_spec (const char *spec, const char *mnt_dir, const char *opts, struct tab **ret,
                char **ret_error)
{
    struct place place = { .name = "mount" };
    struct holder *h = holder_new (place.name);
    int r = h == NULL ? -ENOMEM : add_entry (h, &place, spec, mnt_dir, opts);
    return deliver (h, r, &place, ret, ret_error);
}

int
tab_parse_ep (const char *text, struct tab **ret, char **ret_error)
{
    struct place place = { .name = "PVFS2EP" };
    struct holder *h = holder_new (place.name);
    const char *equals = strchr (text, '=');
    if (h == NULL)
        return deliver (h, -ENOMEM, &place, ret, ret_error);
    if (equals == NULL)
        return deliver (
            h, fail (&place, "'%.200s' is not of the form /mnt=tcp://host:port/fsname", text),
            &place, ret, ret_error);
    CLEANUP_FREE char *dir = strndup (text, (size_t) (equals - text));
    int r = dir == NULL ? -ENOMEM : add_entry (h, &place, equals + 1, dir, NULL);
    return deliver (h, r, &place, ret, ret_error);
}

/* -- where to look -- */

/* A tab without entries counts as none: -ENOENT. */
static int
try_file (const char *path, struct tab **ret, char **ret_error)
{
    struct tab *tab;
    int r = tab_parse_file (path, &tab, ret_error);
    if (r != 0)
        return r;
    if (tab->n_entries > 0) {
        *ret = tab;
        return 0;
    }
    tab_free (tab);
    return -ENOENT;
}

static int
nothing_found (const char *tab_file, char **ret_error)
{
    if (ret_error != NULL &&
        asprintf (ret_error,
                  "no pvfs2 entry in %s%s/etc/fstab, /etc/pvfs2tab, ./pvfs2tab, /etc/mtab; "
                  "set PVFS2TAB_FILE or PVFS2EP",
                  tab_file != NULL ? tab_file : "", tab_file != NULL ? ", " : "") < 0)
        *ret_error = NULL;
    return -ENOENT;
}

int
tab_load (struct tab **ret, char **ret_error)
{
    static const char *const files[] = { "/etc/fstab", "/etc/pvfs2tab", "pvfs2tab", "/etc/mtab" };
    const char *tab_file = getenv ("PVFS2TAB_FILE");
    const char *ep = getenv ("PVFS2EP");
    char *error = NULL;
    int r = -ENOENT;
    if (tab_file != NULL && *tab_file != '\0') {
        r = try_file (tab_file, ret, &error);
        if (r == 0)
            return 0;
        if (error != NULL || r != -ENOENT)
            goto failed;
    } else {
        tab_file = NULL;
    }
    if (ep != NULL && *ep != '\0')
        return tab_parse_ep (ep, ret, ret_error);
    for (size_t i = 0; i < ARRAY_SIZE (files); i++) {
        r = try_file (files[i], ret, &error);
        if (r == 0)
            return 0;
        if (r == -EINVAL || r == -ENOMEM)
            goto failed;
        free (error); /* not there, or not for us to read */
        error = NULL;
    }
    return nothing_found (tab_file, ret_error);

failed:
    if (ret_error != NULL)
        *ret_error = error;
    else
        free (error);
    return r;
}
