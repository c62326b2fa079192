/* The tree of sections to a struct config: values, overlays, ranges, and everything that must hold
 * between them. Aliases and Defaults are read first wherever they stand, then the rest in order.
 */
#include "common/config/option-table.h"

#include <stdio.h>
#include <string.h>

struct builder {
    struct config *cfg;
    struct arena *arena;
    struct config_error *error;
    const struct config_section *tree;
};

static int
apply_presets (struct builder *b, void *base, bool fs)
{
    size_t n;
    const struct config_option *options = config_options (&n);
    char why[CONFIG_WHY];
    for (size_t i = 0; i < n; i++) {
        const struct config_option *o = &options[i];
        if (o->type == TYPE_SPECIAL || o->preset == NULL || config_option_is_fs (o) != fs)
            continue;
        int r = config_set_value (o, o->preset, base, b->arena, why);
        if (r != 0)
            return r;
    }
    return 0;
}

/* The settings of a section and of those inside it that have fields in *base. */
static int
apply_section (struct builder *b, const struct config_section *section, void *base)
{
    char why[CONFIG_WHY];
    for (const struct config_setting *s = section->settings; s != NULL; s = s->next) {
        int r = config_set_value (s->option, s->value, base, b->arena, why);
        if (r != 0)
            return r;
    }
    for (const struct config_section *c = section->children; c != NULL; c = c->next) {
        int r = apply_section (b, c, base);
        if (r != 0)
            return r;
    }
    return 0;
}

static int
count_sections (const struct config_section *parent, enum config_context context)
{
    int n = 0;
    for (const struct config_section *s = parent->children; s != NULL; s = s->next)
        n += s->context == context;
    return n;
}

static const struct config_setting *
last_setting (const struct config_section *section, const char *name)
{
    const struct config_setting *found = NULL;
    for (const struct config_setting *s = section->settings; s != NULL; s = s->next) {
        if (strcmp (s->option->name, name) == 0)
            found = s;
    }
    return found;
}

static void
storage_fallback (struct config_server_options *o)
{
    if (o->data_storage == NULL)
        o->data_storage = o->storage;
    if (o->meta_storage == NULL)
        o->meta_storage = o->storage;
}

static int
build_defaults (struct builder *b)
{
    int r = apply_presets (b, &b->cfg->defaults, false);
    for (const struct config_section *s = b->tree->children; r == 0 && s != NULL; s = s->next) {
        if (s->context == CTX_DEFAULTS)
            r = apply_section (b, s, &b->cfg->defaults);
    }
    return r;
}

/* -- aliases -- */

static bool
name_ok (const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char) name[i] <= 0x20 || strchr ("/,<>#\"", name[i]) != NULL)
            return false;
    }
    return len > 0 && len <= CONFIG_MAX_NAME;
}

/* One address: scheme://something, and a port from 1 to 65535 where the scheme is tcp. */
static bool
address_ok (const char *addr, size_t len)
{
    const char *sep = memmem (addr, len, "://", 3);
    if (sep == NULL || sep == addr)
        return false;
    const char *host = sep + 3, *end = addr + len;
    if (host == end || memchr (host, '/', (size_t) (end - host)) != NULL)
        return false;
    if (sep - addr != 3 || memcmp (addr, "tcp", 3) != 0)
        return true;
    const char *colon = memrchr (host, ':', (size_t) (end - host));
    uint64_t port;
    return colon != NULL && colon > host &&
           config_parse_u64 (colon + 1, (size_t) (end - colon - 1), &port) && port >= 1 &&
           port <= 65535;
}

/* "tcp://a:1, ib://b:2" to "tcp://a:1,ib://b:2", checked. */
static int
build_addresses (struct builder *b, const struct config_setting *s, const char *list, char **ret)
{
    char *out = arena_alloc (b->arena, strlen (list) + 1);
    if (out == NULL)
        return -ENOMEM;
    size_t len = 0;
    static const char separators[] = ", \t\r";
    for (const char *p = list; *(p += strspn (p, separators)) != '\0';) {
        size_t n = strcspn (p, separators);
        if (!address_ok (p, n))
            return config_fail (b->error, s->line,
                                "'%.*s' is not an address such as tcp://host:3334",
                                (int) MIN (n, (size_t) 100), p);
        if (len > 0)
            out[len++] = ',';
        memcpy (out + len, p, n);
        len += n;
        p += n;
    }
    out[len] = '\0';
    if (len == 0)
        return config_fail (b->error, s->line, "Alias needs a name and an address");
    *ret = out;
    return 0;
}

static int
build_alias (struct builder *b, const struct config_setting *s)
{
    struct config_alias *alias = &b->cfg->aliases[b->cfg->n_aliases];
    size_t len = strcspn (s->value, " \t");
    if (!name_ok (s->value, len))
        return config_fail (b->error, s->line, "'%.*s' is not a server name",
                            (int) MIN (len, (size_t) 64), s->value);
    char *addr = NULL;
    int r = build_addresses (b, s, s->value + len, &addr);
    if (r != 0)
        return r;
    char *name = arena_alloc (b->arena, len + 1);
    if (name == NULL)
        return -ENOMEM;
    memcpy (name, s->value, len);
    *alias = (struct config_alias) { name, addr, &b->cfg->defaults };
    b->cfg->n_aliases++;
    return 0;
}

static int
by_alias_name (const void *a, const void *b, void *cfg)
{
    const struct config_alias *aliases = ((struct config *) cfg)->aliases;
    return strcmp (aliases[*(const int *) a].name, aliases[*(const int *) b].name);
}

static int
by_alias_addr (const void *a, const void *b, void *cfg)
{
    const struct config_alias *aliases = ((struct config *) cfg)->aliases;
    return strcmp (aliases[*(const int *) a].addr, aliases[*(const int *) b].addr);
}

/* Leaves the order by name behind. */
static int
check_aliases (struct builder *b, int line)
{
    struct config *cfg = b->cfg;
    int *order = cfg->aliases_by_name;
    size_t n = (size_t) cfg->n_aliases;
    for (size_t i = 0; i < n; i++)
        order[i] = (int) i;
    qsort_r (order, n, sizeof *order, by_alias_addr, cfg);
    for (size_t i = 1; i < n; i++) {
        if (by_alias_addr (&order[i - 1], &order[i], cfg) == 0)
            return config_fail (b->error, line, "aliases '%s' and '%s' have the same address %s",
                                cfg->aliases[order[i - 1]].name, cfg->aliases[order[i]].name,
                                cfg->aliases[order[i]].addr);
    }
    qsort_r (order, n, sizeof *order, by_alias_name, cfg);
    for (size_t i = 1; i < n; i++) {
        if (by_alias_name (&order[i - 1], &order[i], cfg) == 0)
            return config_fail (b->error, line, "alias '%s' is there twice",
                                cfg->aliases[order[i]].name);
    }
    return 0;
}

static int
build_aliases (struct builder *b)
{
    size_t n = 0;
    int line = 0;
    const struct config_section *s;
    for (s = b->tree->children; s != NULL; s = s->next) {
        if (s->context != CTX_ALIASES)
            continue;
        line = s->line;
        for (const struct config_setting *a = s->settings; a != NULL; a = a->next)
            n++;
    }
    if (n == 0)
        return config_fail (b->error, line,
                            "no server: <Aliases> needs a line 'Alias NAME ADDRESS'");
    if (n > CONFIG_MAX_SERVERS)
        return config_fail (b->error, line, "more than %d aliases", CONFIG_MAX_SERVERS);
    b->cfg->aliases = arena_array (b->arena, n, sizeof *b->cfg->aliases);
    b->cfg->aliases_by_name = arena_array (b->arena, n, sizeof *b->cfg->aliases_by_name);
    if (b->cfg->aliases == NULL || b->cfg->aliases_by_name == NULL)
        return -ENOMEM;
    for (s = b->tree->children; s != NULL; s = s->next) {
        for (const struct config_setting *a = s->settings; s->context == CTX_ALIASES && a != NULL;
             a = a->next) {
            int r = build_alias (b, a);
            if (r != 0)
                return r;
        }
    }
    return check_aliases (b, line);
}

/* -- the options of one server -- */

static int
build_server (struct builder *b, const struct config_section *section)
{
    const struct config_setting *first = section->settings;
    if (first == NULL || strcmp (first->option->name, "Server") != 0)
        return config_fail (b->error, section->line,
                            "<ServerOptions> must begin with 'Server ALIAS'");
    int index = config_find_alias (b->cfg, first->value);
    if (index < 0)
        return config_fail (b->error, first->line, "alias '%.64s' is not in <Aliases>",
                            first->value);
    struct config_alias *alias = &b->cfg->aliases[index];
    if (alias->options != &b->cfg->defaults)
        return config_fail (b->error, section->line, "a second <ServerOptions> for '%s'",
                            alias->name);
    for (const struct config_setting *s = first->next; s != NULL; s = s->next) {
        if (s->option == first->option)
            return config_fail (b->error, s->line, "a second Server in one <ServerOptions>");
    }
    struct config_server_options *options =
        arena_memdup (b->arena, &b->cfg->defaults, sizeof *options);
    if (options == NULL)
        return -ENOMEM;
    int r = apply_section (b, section, options);
    if (r != 0)
        return r;
    /* A server's own StorageSpace goes before the spaces of Defaults. */
    if (last_setting (section, "StorageSpace") != NULL) {
        if (last_setting (section, "DataStorageSpace") == NULL)
            options->data_storage = options->storage;
        if (last_setting (section, "MetadataStorageSpace") == NULL)
            options->meta_storage = options->storage;
    }
    storage_fallback (options);
    alias->options = options;
    return 0;
}

/* -- handle ranges -- */

static int
by_first (const void *a, const void *b)
{
    const struct config_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int
parse_range (struct builder *b, const struct config_setting *s, const char *text, size_t len,
             struct config_range *range)
{
    const char *dash = memchr (text, '-', len);
    size_t first_len = dash != NULL ? (size_t) (dash - text) : len;
    bool ok = config_parse_u64 (text, first_len, &range->first);
    range->last = range->first;
    if (ok && dash != NULL)
        ok = config_parse_u64 (dash + 1, len - first_len - 1, &range->last);
    if (!ok)
        return config_fail (b->error, s->line, "'%.*s' is not a range such as 3-1000000",
                            (int) MIN (len, (size_t) 64), text);
    if (range->last < range->first)
        return config_fail (b->error, s->line, "range %.*s ends before it begins", (int) len, text);
    if (range->first < 2)
        return config_fail (b->error, s->line, "range %.*s: handles 0 and 1 are reserved",
                            (int) len, text);
    return 0;
}

/* "ALIAS a-b,c-d": appended to fs->ranges. */
static int
build_range (struct builder *b, struct config_fs *fs, const struct config_setting *s, bool is_meta)
{
    static const char separators[] = ", \t\r";
    size_t len = strcspn (s->value, " \t\r");
    char alias[CONFIG_MAX_NAME + 1];
    snprintf (alias, sizeof alias, "%.*s", (int) MIN (len, sizeof alias), s->value);
    int server = config_find_alias (b->cfg, alias);
    if (server < 0)
        return config_fail (b->error, s->line, "alias '%.64s' is not in <Aliases>", alias);
    int n = 0;
    for (const char *p = s->value + len; *(p += strspn (p, separators)) != '\0'; n++) {
        size_t range_len = strcspn (p, separators);
        if (fs->n_ranges == CONFIG_MAX_RANGES)
            return config_fail (b->error, s->line, "more than %d ranges in one file system",
                                CONFIG_MAX_RANGES);
        struct config_range range = { .server = server, .is_meta = is_meta };
        int r = parse_range (b, s, p, range_len, &range);
        if (r != 0)
            return r;
        fs->ranges[fs->n_ranges++] = range;
        p += range_len;
    }
    if (n == 0)
        return config_fail (b->error, s->line,
                            "Range needs a server and a range: Range %.64s 3-1000", alias);
    return 0;
}

static bool
is_ranges (const struct config_section *s)
{
    return s->context == CTX_META_RANGES || s->context == CTX_DATA_RANGES;
}

/* How many ranges there can be at most: one more than separators in each line. */
static size_t
count_ranges (const struct config_section *section)
{
    size_t n = 0;
    for (const struct config_section *c = section->children; c != NULL; c = c->next) {
        for (const struct config_setting *s = c->settings; is_ranges (c) && s != NULL;
             s = s->next) {
            n++;
            for (const char *p = s->value; *p != '\0'; p++)
                n += strchr (", \t", *p) != NULL;
        }
    }
    return MIN (n, (size_t) CONFIG_MAX_RANGES);
}

static int
check_overlaps (struct builder *b, const struct config_fs *fs, int line)
{
    for (int i = 1; i < fs->n_ranges; i++) {
        const struct config_range *x = &fs->ranges[i - 1], *y = &fs->ranges[i];
        if (y->first <= x->last)
            return config_fail (b->error, line,
                                "ranges of '%s' overlap: %llu-%llu of %s (%s) and "
                                "%llu-%llu of %s (%s)",
                                fs->name, (unsigned long long) x->first,
                                (unsigned long long) x->last, b->cfg->aliases[x->server].name,
                                x->is_meta ? "meta" : "data", (unsigned long long) y->first,
                                (unsigned long long) y->last, b->cfg->aliases[y->server].name,
                                y->is_meta ? "meta" : "data");
    }
    return 0;
}

static int
collect_servers (struct builder *b, const struct config_range *ranges, int n, int **ret, int *ret_n)
{
    int *servers = arena_array (b->arena, (size_t) n, sizeof *servers);
    CLEANUP_FREE bool *seen = calloc ((size_t) b->cfg->n_aliases, sizeof *seen);
    if (servers == NULL || seen == NULL)
        return -ENOMEM;
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (!seen[ranges[i].server])
            servers[count++] = ranges[i].server;
        seen[ranges[i].server] = true;
    }
    *ret = servers;
    *ret_n = count;
    return 0;
}

/* The ranges of one kind, still in the order of the file. */
static int
split_ranges (struct builder *b, const struct config_fs *fs, bool is_meta,
              struct config_range **ret, int *ret_n)
{
    struct config_range *ranges = arena_array (b->arena, (size_t) fs->n_ranges, sizeof *ranges);
    if (ranges == NULL)
        return -ENOMEM;
    int n = 0;
    for (int i = 0; i < fs->n_ranges; i++) {
        if (fs->ranges[i].is_meta == is_meta)
            ranges[n++] = fs->ranges[i];
    }
    *ret = ranges;
    *ret_n = n;
    return 0;
}

static int
read_ranges (struct builder *b, const struct config_section *section, struct config_fs *fs)
{
    fs->ranges = arena_array (b->arena, count_ranges (section), sizeof *fs->ranges);
    if (fs->ranges == NULL)
        return -ENOMEM;
    for (const struct config_section *c = section->children; c != NULL; c = c->next) {
        for (const struct config_setting *s = c->settings; is_ranges (c) && s != NULL;
             s = s->next) {
            int r = build_range (b, fs, s, c->context == CTX_META_RANGES);
            if (r != 0)
                return r;
        }
    }
    return 0;
}

static int
build_ranges (struct builder *b, const struct config_section *section, struct config_fs *fs)
{
    int r = read_ranges (b, section, fs);
    if (r == 0)
        r = split_ranges (b, fs, true, &fs->meta_ranges, &fs->n_meta_ranges);
    if (r == 0)
        r = split_ranges (b, fs, false, &fs->data_ranges, &fs->n_data_ranges);
    if (r == 0)
        r = collect_servers (b, fs->meta_ranges, fs->n_meta_ranges, &fs->meta_servers,
                             &fs->n_meta_servers);
    if (r == 0)
        r = collect_servers (b, fs->data_ranges, fs->n_data_ranges, &fs->data_servers,
                             &fs->n_data_servers);
    if (r != 0)
        return r;
    if (fs->n_meta_ranges == 0 || fs->n_data_ranges == 0)
        return config_fail (b->error, section->line, "file system '%s' has no <%s>", fs->name,
                            fs->n_meta_ranges == 0 ? "MetaHandleRanges" : "DataHandleRanges");
    qsort (fs->ranges, (size_t) fs->n_ranges, sizeof *fs->ranges, by_first);
    qsort (fs->meta_ranges, (size_t) fs->n_meta_ranges, sizeof *fs->ranges, by_first);
    qsort (fs->data_ranges, (size_t) fs->n_data_ranges, sizeof *fs->ranges, by_first);
    return check_overlaps (b, fs, section->line);
}

/* -- the rest of a file system -- */

static size_t
params_room (const struct config_section *section)
{
    size_t room = 1;
    for (const struct config_setting *s = section->settings; s != NULL; s = s->next)
        room += strlen (s->value) + 2;
    return room;
}

/* Name, then pairs of Param and Value, to dist_name and "name:value+name:value". */
static int
build_distribution (struct builder *b, const struct config_section *section, struct config_fs *fs)
{
    size_t room = params_room (section), len = 0;
    char *params = arena_alloc (b->arena, room);
    if (params == NULL)
        return -ENOMEM;
    const struct config_setting *param = NULL;
    for (const struct config_setting *s = section->settings; s != NULL; s = s->next) {
        bool is_value = strcmp (s->option->name, "Value") == 0;
        if (is_value != (param != NULL))
            return config_fail (b->error, s->line,
                                is_value ? "Value without a Param before it"
                                         : "a Value must follow its Param");
        if (is_value) {
            len += (size_t) snprintf (params + len, room - len, "%s%s:%s", len > 0 ? "+" : "",
                                      param->value, s->value);
            param = NULL;
        } else if (strcmp (s->option->name, "Param") == 0) {
            param = s;
        } else if (!name_ok (s->value, strlen (s->value))) {
            return config_fail (b->error, s->line, "'%.64s' is not a distribution's name",
                                s->value);
        } else {
            fs->dist_name = s->value;
        }
    }
    if (param != NULL)
        return config_fail (b->error, param->line, "a Value must follow its Param");
    fs->dist_params = params;
    fs->dist_line = section->line;
    return 0;
}

static int
require (struct builder *b, const struct config_section *section, const char *name,
         const struct config_setting **ret)
{
    *ret = last_setting (section, name);
    if (*ret == NULL)
        return config_fail (b->error, section->line, "<FileSystem> without %s", name);
    return 0;
}

static int
check_identity (struct builder *b, const struct config_section *section, const struct config_fs *fs)
{
    const struct config_setting *name, *id, *root;
    int r = require (b, section, "Name", &name);
    if (r == 0)
        r = require (b, section, "ID", &id);
    if (r == 0)
        r = require (b, section, "RootHandle", &root);
    if (r != 0)
        return r;
    if (!name_ok (fs->name, strlen (fs->name)))
        return config_fail (b->error, name->line, "'%.64s' is not a file system's name", fs->name);
    for (const struct config_fs *other = b->cfg->fs; other != fs; other++) {
        if (strcmp (other->name, fs->name) == 0)
            return config_fail (b->error, name->line, "a second file system of the name '%s'",
                                fs->name);
        if (other->id == fs->id)
            return config_fail (b->error, id->line, "'%s' has the same ID as '%s'", fs->name,
                                other->name);
    }
    const struct config_setting *key = last_setting (section, "SecretKey");
    if (key != NULL && *key->value == '\0')
        return config_fail (b->error, key->line, "SecretKey is empty");
    return 0;
}

static int
check_root (struct builder *b, const struct config_section *section, const struct config_fs *fs)
{
    const struct config_setting *root = last_setting (section, "RootHandle");
    for (int i = 0; i < fs->n_meta_ranges; i++) {
        if (fs->root_handle >= fs->meta_ranges[i].first &&
            fs->root_handle <= fs->meta_ranges[i].last)
            return 0;
    }
    return config_fail (b->error, root->line,
                        "RootHandle %llu is in no range of <MetaHandleRanges>",
                        (unsigned long long) fs->root_handle);
}

static int
build_fs (struct builder *b, const struct config_section *section, struct config_fs *fs)
{
    fs->dist_name = "simple_stripe";
    fs->dist_params = "";
    int r = apply_presets (b, fs, true);
    if (r == 0)
        r = apply_section (b, section, fs);
    if (r == 0)
        r = check_identity (b, section, fs);
    for (const struct config_section *c = section->children; r == 0 && c != NULL; c = c->next) {
        if (c->context == CTX_DISTRIBUTION)
            r = build_distribution (b, c, fs);
    }
    if (r == 0)
        r = build_ranges (b, section, fs);
    if (r == 0)
        r = check_root (b, section, fs);
    if (fs->trove_method == NULL)
        fs->trove_method = b->cfg->defaults.trove_method;
    return r;
}

static int
build_file_systems (struct builder *b)
{
    int n = count_sections (b->tree, CTX_FILE_SYSTEM);
    if (n == 0)
        return config_fail (b->error, 0, "no <FileSystem> section");
    if (n > CONFIG_MAX_FILE_SYSTEMS)
        return config_fail (b->error, 0, "more than %d file systems", CONFIG_MAX_FILE_SYSTEMS);
    b->cfg->fs = arena_array (b->arena, (size_t) n, sizeof *b->cfg->fs);
    if (b->cfg->fs == NULL)
        return -ENOMEM;
    for (const struct config_section *s = b->tree->children; s != NULL; s = s->next) {
        if (s->context != CTX_FILE_SYSTEM)
            continue;
        int r = build_fs (b, s, &b->cfg->fs[b->cfg->n_fs]);
        if (r != 0)
            return r;
        b->cfg->n_fs++;
    }
    return 0;
}

int
config_build (struct config_holder *holder, const struct config_section *tree,
              struct config_error *error)
{
    struct builder b = { &holder->config, &holder->arena, error, tree };
    int r = build_defaults (&b);
    if (r == 0)
        r = build_aliases (&b);
    for (const struct config_section *s = tree->children; r == 0 && s != NULL; s = s->next) {
        if (s->context == CTX_SERVER_OPTIONS)
            r = build_server (&b, s);
    }
    storage_fallback (&b.cfg->defaults);
    if (r == 0)
        r = build_file_systems (&b);
    return r;
}
