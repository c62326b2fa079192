/* Config: reading a file, the look-ups, and what a parsed config says about itself.
 *
 * Everything of a config lives in one arena; config_free releases that.
 */
#include "common/config/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/config/option-table.h"

/* -- the settings one by one, in the order of the file -- */

typedef int (*setting_fn) (void *arg, const struct config_section *section,
                           const struct config_setting *setting);

/* Depth-first; sections inside come after the settings of their parent. Stops at the first
 * non-zero. */
static int
each_setting (const struct config_section *section, setting_fn fn, void *arg)
{
    int r = 0;
    for (const struct config_setting *s = section->settings; r == 0 && s != NULL; s = s->next)
        r = fn (arg, section, s);
    for (const struct config_section *c = section->children; r == 0 && c != NULL; c = c->next)
        r = each_setting (c, fn, arg);
    return r;
}

/* -- the public text -- */

struct secrets {
    const struct config_setting **list; /* NULL while counting */
    size_t n;
};

static int
note_secret (void *arg, const struct config_section *section, const struct config_setting *s)
{
    struct secrets *secrets = arg;
    if ((s->option->flags & SECRET) != 0) {
        if (secrets->list != NULL)
            secrets->list[secrets->n] = s;
        secrets->n++;
    }
    return 0;
}

static int
by_start (const void *a, const void *b)
{
    const struct config_setting *x = *(const struct config_setting *const *) a;
    const struct config_setting *y = *(const struct config_setting *const *) b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* A secret's line becomes a comment. A public text's public text is itself. */
static int
make_public_text (struct config *cfg, struct arena *arena)
{
    static const char instead[] = "# a secret, kept by the servers";
    struct secrets secrets = { 0 };
    each_setting (cfg->tree, note_secret, &secrets);
    CLEANUP_FREE const struct config_setting **list = calloc (secrets.n + 1, sizeof *list);
    char *out = arena_alloc (arena, cfg->text_len + secrets.n * sizeof instead + 1);
    if (list == NULL || out == NULL)
        return -ENOMEM;
    size_t n = secrets.n;
    secrets = (struct secrets) { list, 0 };
    each_setting (cfg->tree, note_secret, &secrets);
    qsort (list, n, sizeof *list, by_start);

    size_t from = 0, len = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy (out + len, cfg->text + from, list[i]->start - from);
        len += list[i]->start - from;
        memcpy (out + len, instead, sizeof instead - 1);
        len += sizeof instead - 1;
        from = list[i]->end;
    }
    memcpy (out + len, cfg->text + from, cfg->text_len - from);
    len += cfg->text_len - from;
    out[len] = '\0';
    cfg->public_text = out;
    cfg->public_text_len = len;
    uint64_t epoch = hash_bytes (out, len, 0);
    cfg->epoch = epoch != 0 ? epoch : 1;
    return 0;
}

/* -- security options that nobody enforces -- */

struct phrase {
    char *text;
    size_t len;
};

static int
note_unenforced (void *arg, const struct config_section *section, const struct config_setting *s)
{
    if ((s->option->flags & SECURITY) == 0 || *s->value == '\0')
        return 0;
    struct phrase *phrase = arg;
    CLEANUP_FREE char *old = phrase->text;
    int n = asprintf (&phrase->text, "%s%s%s (line %d)", old != NULL ? old : "",
                      old != NULL ? ", " : "", s->option->name, s->line);
    if (n < 0) {
        phrase->text = NULL;
        return -ENOMEM;
    }
    phrase->len = (size_t) n;
    return phrase->len > 4000 ? 1 : 0; /* enough said */
}

static int
make_security_unenforced (struct config *cfg, struct arena *arena)
{
    struct phrase phrase = { 0 };
    int r = each_setting (cfg->tree, note_unenforced, &phrase);
    CLEANUP_FREE char *text = phrase.text;
    if (r < 0)
        return r;
    if (text != NULL && (cfg->security_unenforced = arena_strdup (arena, text)) == NULL)
        return -ENOMEM;
    return 0;
}

const char *
config_security_unenforced (const struct config *cfg)
{
    return cfg->security_unenforced;
}

/* -- options without effect -- */

struct unhonoured {
    config_unhonoured_fn fn;
    void *arg;
    const struct config_option *options;
    bool *said; /* by option */
};

static int
note_unhonoured (void *arg, const struct config_section *section, const struct config_setting *s)
{
    struct unhonoured *u = arg;
    const struct config_option *o = s->option;
    bool *said = &u->said[o - u->options];
    if (*said || (o->flags & (HONOURED | SECURITY)) != 0 ||
        (o->harmless != NULL && strcmp (o->harmless, s->value) == 0))
        return 0;
    *said = true;
    u->fn (u->arg, o->name, config_context_name (section->context), s->line);
    return 0;
}

void
config_each_unhonoured (const struct config *cfg, config_unhonoured_fn fn, void *arg)
{
    size_t n;
    const struct config_option *options = config_options (&n);
    bool said[n];
    memset (said, 0, sizeof said);
    struct unhonoured u = { fn, arg, options, said };
    each_setting (cfg->tree, note_unhonoured, &u);
}

/* -- reading -- */

static int
fill (struct config_holder *h, const char *text, size_t len, struct config_error *error)
{
    if (len > CONFIG_MAX_TEXT)
        return config_fail (error, 0, "larger than %d bytes", CONFIG_MAX_TEXT);
    char *copy = arena_alloc (&h->arena, len + 1);
    if (copy == NULL)
        return -ENOMEM;
    if (len > 0)
        memcpy (copy, text, len);
    h->config.text = copy;
    h->config.text_len = len;
    struct config_section *tree;
    int r = config_read_tree (copy, len, &h->arena, error, &tree);
    if (r != 0)
        return r;
    h->config.tree = tree;
    r = config_build (h, tree, error);
    if (r == 0)
        r = make_public_text (&h->config, &h->arena);
    if (r == 0)
        r = make_security_unenforced (&h->config, &h->arena);
    return r;
}

int
config_parse_text (const char *text, size_t len, const char *name, struct config **ret,
                   char **ret_error)
{
    struct config_error error = { name, NULL };
    struct config_holder *h = calloc (1, sizeof *h);
    if (h == NULL)
        return -ENOMEM;
    int r = fill (h, text, len, &error);
    if (r == 0) {
        *ret = &h->config;
        return 0;
    }
    config_free (&h->config);
    if (ret_error != NULL)
        *ret_error = error.text;
    else
        free (error.text);
    return r;
}

int
config_parse_file (const char *path, struct config **ret, char **ret_error)
{
    CLEANUP_FREE char *text = malloc (CONFIG_MAX_TEXT + 1);
    if (text == NULL)
        return -ENOMEM;
    size_t len = 0;
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : file_read_whole (fd, text, CONFIG_MAX_TEXT + 1, &len);
    if (fd >= 0)
        close (fd);
    if (r == 0)
        return config_parse_text (text, len, path, ret, ret_error);
    if (ret_error != NULL && asprintf (ret_error, "%s: %s", path, strerror (-r)) < 0)
        *ret_error = NULL;
    return r;
}

void
config_free (struct config *cfg)
{
    if (cfg == NULL)
        return;
    struct config_holder *h = container_of (cfg, struct config_holder, config);
    arena_fini (&h->arena);
    free (h);
}

/* -- look-ups -- */

int
config_find_alias (const struct config *cfg, const char *alias)
{
    int low = 0, high = cfg->n_aliases;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int index = cfg->aliases_by_name[middle];
        int c = strcmp (alias, cfg->aliases[index].name);
        if (c == 0)
            return index;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -ENOENT;
}

const struct config_server_options *
config_server_options (const struct config *cfg, const char *alias)
{
    int index = config_find_alias (cfg, alias);
    return index < 0 ? NULL : cfg->aliases[index].options;
}

const struct config_fs *
config_find_fs (const struct config *cfg, const char *name)
{
    for (int i = 0; i < cfg->n_fs; i++) {
        if (strcmp (cfg->fs[i].name, name) == 0)
            return &cfg->fs[i];
    }
    return NULL;
}

const struct config_fs *
config_find_fs_id (const struct config *cfg, uint32_t id)
{
    for (int i = 0; i < cfg->n_fs; i++) {
        if (cfg->fs[i].id == id)
            return &cfg->fs[i];
    }
    return NULL;
}

int
config_handle_server (const struct config_fs *fs, uint64_t handle)
{
    int low = 0, high = fs->n_ranges;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const struct config_range *range = &fs->ranges[middle];
        if (handle < range->first)
            high = middle;
        else if (handle > range->last)
            low = middle + 1;
        else
            return range->server;
    }
    return -ENOENT;
}
