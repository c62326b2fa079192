/* The text of fs.conf to a tree of sections: lines, comments, quotes, nesting, and whether an
 * option exists where it stands. What the values mean is build.c's business.
 *
 *     line    = blank | '#' comment | '<' name '>' | '</' name '>' | option value
 *     value   = to the end of the line; in "..." a '#' is text; '\' at the end joins the next line
 */
#include "common/config/option-table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct reader {
    const char *text;
    size_t len, pos;
    int line; /* of the byte at pos */
    struct arena *arena;
    struct config_error *error;
    struct config_section *section;
    char *buffer; /* the logical line: as long as the text */
};

struct logical_line {
    char *text;
    size_t len;
    int line;
    size_t start, end;
    bool quoted; /* had quotes: an empty value is meant */
};

int
config_fail (struct config_error *error, int line, const char *format, ...)
{
    if (error->text != NULL)
        return -EINVAL;
    char what[1024];
    va_list args;
    va_start (args, format);
    vsnprintf (what, sizeof what, format, args);
    va_end (args);
    int n = line > 0 ? asprintf (&error->text, "%s:%d: %s", error->name, line, what)
                     : asprintf (&error->text, "%s: %s", error->name, what);
    if (n < 0)
        error->text = NULL;
    return -EINVAL;
}

/* -- lines -- */

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_comment (struct reader *r)
{
    while (r->pos < r->len && r->text[r->pos] != '\n')
        r->pos++;
}

static bool
at_continuation (const struct reader *r)
{
    size_t p = r->pos + 1;
    if (p < r->len && r->text[p] == '\r')
        p++;
    return r->text[r->pos] == '\\' && p < r->len && r->text[p] == '\n';
}

static void
append (struct logical_line *l, char c)
{
    l->text[l->len++] = c;
}

/* The bytes of one logical line, up to its newline. */
static int
collect (struct reader *r, struct logical_line *l)
{
    bool in_quotes = false;
    for (; r->pos < r->len && r->text[r->pos] != '\n'; r->pos++) {
        char c = r->text[r->pos];
        if (at_continuation (r)) {
            while (r->text[r->pos] != '\n')
                r->pos++;
            r->line++;
            append (l, ' ');
        } else if (c == '"') {
            in_quotes = !in_quotes;
            l->quoted = true;
        } else if ((unsigned char) c < 0x20 && !is_blank (c)) {
            return config_fail (r->error, r->line, "a control character (byte 0x%02x)",
                                (unsigned char) c);
        } else if (c == '#' && !in_quotes && (l->len == 0 || is_blank (l->text[l->len - 1]))) {
            skip_comment (r);
            break;
        } else {
            append (l, c == '\r' ? ' ' : c);
        }
    }
    if (in_quotes)
        return config_fail (r->error, r->line, "a quote is not closed on its line");
    return 0;
}

/* 1: a line, trimmed and terminated; 0: the end of the text. */
static int
next_line (struct reader *r, struct logical_line *l)
{
    while (r->pos < r->len) {
        *l = (struct logical_line) { .text = r->buffer, .line = r->line, .start = r->pos };
        int e = collect (r, l);
        if (e != 0)
            return e;
        l->end = r->pos;
        if (r->pos < r->len) {
            r->pos++;
            r->line++;
        }
        while (l->len > 0 && is_blank (l->text[l->len - 1]))
            l->len--;
        l->text[l->len] = '\0';
        size_t indent = strspn (l->text, " \t\r");
        l->text += indent;
        l->len -= indent;
        if (l->len > 0)
            return 1;
    }
    return 0;
}

/* -- options -- */

static unsigned
edit_distance (const char *a, const char *b)
{
    size_t la = strlen (a), lb = strlen (b);
    unsigned row[48];
    if (la >= ARRAY_SIZE (row) || lb >= ARRAY_SIZE (row))
        return 99;
    for (size_t j = 0; j <= lb; j++)
        row[j] = (unsigned) j;
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned) i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned above = row[j];
            unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = MIN (replaced, MIN (above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[lb];
}

static void
append_word (char *text, size_t size, const char *before, const char *word)
{
    size_t len = strlen (text);
    snprintf (text + len, size - len, "%s%s", len > 0 ? ", " : before, word);
}

/* What the writer of the file probably meant. */
static void
hint_for (const char *name, enum config_context context, char *hint, size_t size)
{
    size_t n;
    const struct config_option *options = config_options (&n);
    hint[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *known = options[i].name;
        if ((options[i].contexts & IN (context)) != 0 &&
            (strcasecmp (name, known) == 0 || edit_distance (name, known) <= 2)) {
            snprintf (hint, size, "did you mean '%s'?", known);
            return;
        }
        for (int c = 0; strcmp (name, known) == 0 && c < CTX_COUNT; c++) {
            if ((options[i].contexts & IN (c)) != 0)
                append_word (hint, size, "it belongs in ",
                             config_context_name ((enum config_context) c));
        }
    }
    for (size_t i = 0; hint[0] == '\0' || i > 0; i++) {
        while (i < n && (options[i].contexts & IN (context)) == 0)
            i++;
        if (i >= n)
            break;
        append_word (hint, size, "known there: ", options[i].name);
    }
    if (hint[0] == '\0')
        snprintf (hint, size, "options stand inside sections such as <Defaults>");
}

static int
unknown_option (struct reader *r, const struct logical_line *l, const char *name)
{
    char hint[900];
    enum config_context context = r->section->context;
    hint_for (name, context, hint, sizeof hint);
    const char *place = config_context_name (context);
    if (context == CTX_GLOBAL)
        return config_fail (r->error, l->line, "unknown option '%.64s' outside any section; %s",
                            name, hint);
    return config_fail (r->error, l->line, "unknown option '%.64s' in <%s>; %s", name, place, hint);
}

static int
read_option (struct reader *r, struct logical_line *l)
{
    size_t name_len = strcspn (l->text, " \t\r");
    char *value = l->text + name_len;
    if (*value != '\0')
        *value++ = '\0';
    value += strspn (value, " \t\r");
    const struct config_option *option = config_find_option (l->text, r->section->context);
    if (option == NULL)
        return unknown_option (r, l, l->text);
    if (*value == '\0' && !l->quoted)
        return config_fail (r->error, l->line, "option '%s' has no value", option->name);
    char why[CONFIG_WHY];
    if (config_set_value (option, value, NULL, r->arena, why) != 0)
        return config_fail (r->error, l->line, "%s: '%.64s' %s", option->name, value, why);

    struct config_setting *setting = arena_alloc (r->arena, sizeof *setting);
    if (setting == NULL || (setting->value = arena_strdup (r->arena, value)) == NULL)
        return -ENOMEM;
    setting->option = option;
    setting->line = l->line;
    setting->start = l->start;
    setting->end = l->end;
    *r->section->settings_tail = setting;
    r->section->settings_tail = &setting->next;
    return 0;
}

/* -- sections -- */

static struct config_section *
new_section (struct reader *r, enum config_context context, int line)
{
    struct config_section *s = arena_alloc (r->arena, sizeof *s);
    if (s == NULL)
        return NULL;
    s->context = context;
    s->line = line;
    s->settings_tail = &s->settings;
    s->children_tail = &s->children;
    s->parent = r->section;
    if (r->section != NULL) {
        *r->section->children_tail = s;
        r->section->children_tail = &s->next;
    }
    return s;
}

static int
open_section (struct reader *r, const struct logical_line *l, const char *name, size_t len)
{
    enum config_context context = config_find_context (r->section->context, name, len);
    const char *place = config_context_name (r->section->context);
    int shown = (int) MIN (len, (size_t) 64);
    if (context == CTX_COUNT && r->section->context == CTX_GLOBAL)
        return config_fail (r->error, l->line, "unknown section <%.*s>", shown, name);
    if (context == CTX_COUNT)
        return config_fail (r->error, l->line,
                            "unknown section <%.*s> in <%s>, which line %d opened", shown, name,
                            place, r->section->line);
    struct config_section *section = new_section (r, context, l->line);
    if (section == NULL)
        return -ENOMEM;
    r->section = section;
    return 0;
}

static int
close_section (struct reader *r, const struct logical_line *l, const char *name, size_t len)
{
    int shown = (int) MIN (len, (size_t) 64);
    if (r->section->context == CTX_GLOBAL)
        return config_fail (r->error, l->line, "</%.*s> closes nothing", shown, name);
    const char *open = config_context_name (r->section->context);
    if (strlen (open) != len || strncasecmp (open, name, len) != 0)
        return config_fail (r->error, l->line, "</%.*s> where </%s> is due: line %d opened <%s>",
                            shown, name, open, r->section->line, open);
    r->section = r->section->parent;
    return 0;
}

static int
read_tag (struct reader *r, const struct logical_line *l)
{
    bool closing = l->text[1] == '/';
    const char *name = l->text + 1 + closing;
    name += strspn (name, " \t");
    size_t len = strcspn (name, ">");
    if (name[len] != '>')
        return config_fail (r->error, l->line, "a section's tag lacks its '>'");
    if (name[len + 1] != '\0')
        return config_fail (r->error, l->line, "text after a section's tag; it needs its own line");
    while (len > 0 && is_blank (name[len - 1]))
        len--;
    return closing ? close_section (r, l, name, len) : open_section (r, l, name, len);
}

int
config_read_tree (const char *text, size_t len, struct arena *arena, struct config_error *error,
                  struct config_section **ret)
{
    struct reader r = { .text = text, .len = len, .line = 1, .arena = arena, .error = error };
    struct config_section *root = new_section (&r, CTX_GLOBAL, 1);
    CLEANUP_FREE char *buffer = malloc (len + 1);
    if (root == NULL || buffer == NULL)
        return -ENOMEM;
    r.section = root;
    r.buffer = buffer;
    if (len >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
        r.pos = 3; /* an editor's byte order mark */

    struct logical_line line;
    int e;
    while ((e = next_line (&r, &line)) == 1) {
        e = line.text[0] == '<' ? read_tag (&r, &line) : read_option (&r, &line);
        if (e != 0)
            return e;
    }
    if (e != 0)
        return e;
    if (r.section != root)
        return config_fail (error, r.section->line, "<%s> is never closed",
                            config_context_name (r.section->context));
    *ret = root;
    return 0;
}
