/* What is legal in a config and probably not meant; see config_review.
 *
 * Each check is one function over the parsed config; the tree of sections tells the lines.
 */
#include "common/config/option-table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/gossip/gossip.h"

struct review {
    const struct config *cfg;
    config_review_fn fn;
    void *arg;
};

static void say (const struct review *r, int line, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

static void
say (const struct review *r, int line, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    r->fn (r->arg, line, text);
}

/* -- where things stand -- */

/* Of the alias' own line; 0: not found. */
static int
alias_line (const struct review *r, const char *alias)
{
    size_t n = strlen (alias);
    for (const struct config_section *c = r->cfg->tree->children; c != NULL; c = c->next)
        for (const struct config_setting *s = c->context == CTX_ALIASES ? c->settings : NULL; s != NULL; s = s->next)
            if (strncmp (s->value, alias, n) == 0 && strchr (" \t", s->value[n]) != NULL)
                return s->line;
    return 0;
}

/* Of the n-th <FileSystem>, or of an option in it. */
static int
fs_line (const struct review *r, int n, const char *option)
{
    for (const struct config_section *c = r->cfg->tree->children; c != NULL; c = c->next) {
        if (c->context != CTX_FILE_SYSTEM || n-- > 0)
            continue;
        for (const struct config_setting *s = c->settings; s != NULL; s = s->next)
            if (option != NULL && strcmp (s->option->name, option) == 0)
                return s->line;
        return c->line;
    }
    return 0;
}

/* -- servers -- */

static bool
has_role (const struct config *cfg, int server)
{
    for (int i = 0; i < cfg->n_fs; i++)
        for (int k = 0; k < cfg->fs[i].n_ranges; k++)
            if (cfg->fs[i].ranges[k].server == server)
                return true;
    return false;
}

/* "tcp://host:port" → host; a list's first. */
static void
host_of (const char *addr, char *buf, size_t size)
{
    const char *host = strstr (addr, "://");
    host = host != NULL ? host + 3 : addr;
    size_t n = *host == '[' ? strcspn (host, "]") + 1 : strcspn (host, ":,/");
    snprintf (buf, size, "%.*s", (int) n, host);
}

static bool
same_host (const struct config_alias *a, const struct config_alias *b)
{
    char x[256], y[256];
    host_of (a->addr, x, sizeof x);
    host_of (b->addr, y, sizeof y);
    return strcmp (x, y) == 0;
}

static bool
is_loopback (const struct config_alias *a)
{
    char host[256];
    host_of (a->addr, host, sizeof host);
    return strncmp (host, "127.", 4) == 0 || strcmp (host, "localhost") == 0 || strcmp (host, "[::1]") == 0;
}

static void
review_server (const struct review *r, int i)
{
    const struct config_alias *a = &r->cfg->aliases[i];
    const struct config_server_options *o = a->options;
    int line = alias_line (r, a->name);
    char bad[64];
    uint64_t mask;
    if (!has_role (r->cfg, i)) {
        say (r, line, "server '%s' has no range of handles in any <FileSystem>, so it is not used and would not start", a->name);
        return;
    }
    if (o->data_storage == NULL || o->meta_storage == NULL)
        say (r, line, "server '%s' has no DataStorageSpace or no MetadataStorageSpace: it would not start", a->name);
    else if (o->data_storage[0] != '/' || o->meta_storage[0] != '/')
        say (r, line, "the storage of server '%s' depends on where it is started: write the whole path", a->name);
    if (o->event_logging != NULL && gossip_parse_mask (o->event_logging, &mask, bad, sizeof bad) < 0)
        say (r, line, "server '%s': '%s' in EventLogging is no debug keyword", a->name, bad);
}

static bool
same_path (const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp (a, b) == 0;
}

static void
review_pair (const struct review *r, const struct config_alias *a, const struct config_alias *b)
{
    const struct config_server_options *x = a->options, *y = b->options;
    int line = alias_line (r, b->name);
    if (!same_host (a, b))
        return;
    if (same_path (x->data_storage, y->data_storage))
        say (r, line, "servers '%s' and '%s' of one host have the same DataStorageSpace, %s", a->name, b->name, x->data_storage);
    if (same_path (x->meta_storage, y->meta_storage))
        say (r, line, "servers '%s' and '%s' of one host have the same MetadataStorageSpace, %s", a->name, b->name, x->meta_storage);
}

static void
review_servers (const struct review *r)
{
    const struct config *cfg = r->cfg;
    int loopback = 0;
    for (int i = 0; i < cfg->n_aliases; i++) {
        review_server (r, i);
        loopback += is_loopback (&cfg->aliases[i]);
        for (int k = 0; k < i; k++)
            review_pair (r, &cfg->aliases[k], &cfg->aliases[i]);
    }
    if (loopback > 0 && loopback < cfg->n_aliases)
        say (r, 0, "some servers have loopback addresses and others have not: no machine can reach all of them");
}

/* -- file systems -- */

static void
review_fs (const struct review *r, int i)
{
    const struct config_fs *fs = &r->cfg->fs[i];
    int open = 0;
    for (int k = 0; k < r->cfg->n_aliases; k++)
        open += !is_loopback (&r->cfg->aliases[k]);
    if (open > 0 && fs->secret_key == NULL)
        say (r, fs_line (r, i, NULL), "file system '%s' has no SecretKey and is reachable from other machines: anybody there can claim any identity", fs->name);
    if (fs->distr_dir_servers_initial > fs->distr_dir_servers_max)
        say (r, fs_line (r, i, "DistrDirServersInitial"), "DistrDirServersInitial is more than DistrDirServersMax");
    if (fs->default_num_dfiles > (uint32_t) fs->n_data_servers)
        say (r, fs_line (r, i, "DefaultNumDFiles"), "DefaultNumDFiles is more than the %d servers with data ranges", fs->n_data_servers);
}

/* -- options -- */

static void
review_repeats (const struct review *r, const struct config_section *section)
{
    unsigned many = IN (CTX_ALIASES) | IN (CTX_META_RANGES) | IN (CTX_DATA_RANGES) | IN (CTX_DISTRIBUTION);
    for (const struct config_setting *s = section->settings; s != NULL && (many & IN (section->context)) == 0; s = s->next)
        for (const struct config_setting *other = s->next; other != NULL; other = other->next)
            if (other->option == s->option) {
                say (r, other->line, "%s is set before in this section, in line %d: this one counts", s->option->name, s->line);
                break;
            }
    for (const struct config_section *c = section->children; c != NULL; c = c->next)
        review_repeats (r, c);
}

static void
say_unhonoured (void *arg, const char *option, const char *section, int line)
{
    say (arg, line, "%s in <%s> has no effect here", option, section);
}

void
config_review (const struct config *cfg, config_review_fn fn, void *arg)
{
    struct review r = { cfg, fn, arg };
    review_servers (&r);
    for (int i = 0; i < cfg->n_fs; i++)
        review_fs (&r, i);
    review_repeats (&r, cfg->tree);
    config_each_unhonoured (cfg, say_unhonoured, &r);
}
