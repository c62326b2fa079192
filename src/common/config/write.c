/* The writer of fs.conf: the canonical layout, checked against the table of options. */
#include "common/config/option-table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
writer_fail (struct config_writer *w, int status, const char *what, const char *subject,
             const char *why)
{
    if (w->status != 0)
        return;
    w->status = status;
    snprintf (w->error, sizeof w->error, "%.60s '%.50s' %s", what, subject, why);
}

static void
indent (struct config_writer *w)
{
    fprintf (w->out, "%*s", w->depth * 4, "");
}

static enum config_context
current (const struct config_writer *w)
{
    return w->depth > 0 ? (enum config_context) w->stack[w->depth - 1] : CTX_GLOBAL;
}

void
config_writer_begin (struct config_writer *w, FILE *out)
{
    *w = (struct config_writer) { .out = out };
}

void
config_writer_open (struct config_writer *w, const char *section)
{
    enum config_context context = config_find_context (current (w), section, strlen (section));
    if (context == CTX_COUNT || (size_t) w->depth == ARRAY_SIZE (w->stack)) {
        writer_fail (w, -EINVAL, "section", section, "does not belong here");
        return;
    }
    if (w->depth == 0 && ftell (w->out) > 0)
        fputc ('\n', w->out);
    indent (w);
    fprintf (w->out, "<%s>\n", config_context_name (context));
    w->stack[w->depth++] = (int) context;
}

void
config_writer_close (struct config_writer *w)
{
    if (w->depth == 0) {
        writer_fail (w, -EINVAL, "section", "", "closed without being open");
        return;
    }
    enum config_context context = current (w);
    w->depth--;
    indent (w);
    fprintf (w->out, "</%s>\n", config_context_name (context));
}

static bool
needs_quotes (const char *value)
{
    size_t len = strlen (value);
    return len == 0 || strchr (value, '#') != NULL || value[len - 1] == '\\' ||
           strchr (value, '\t') != NULL;
}

static void
put_value (struct config_writer *w, const char *name, const char *value)
{
    char why[CONFIG_WHY];
    const struct config_option *option = config_find_option (name, current (w));
    if (option == NULL) {
        writer_fail (w, -EINVAL, "option", name, "does not belong here");
        return;
    }
    for (const char *p = value; *p != '\0'; p++) {
        if (((unsigned char) *p < 0x20 && *p != '\t') || *p == '"') {
            writer_fail (w, -EINVAL, "the value of", name, "holds a quote or a control character");
            return;
        }
    }
    if (config_set_value (option, value, NULL, NULL, why) != 0) {
        writer_fail (w, -EINVAL, name, value, why);
        return;
    }
    indent (w);
    fprintf (w->out, needs_quotes (value) ? "%s \"%s\"\n" : "%s %s\n", name, value);
}

void
config_writer_put (struct config_writer *w, const char *option, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *value = NULL;
    int n = vasprintf (&value, format, args);
    va_end (args);
    if (n < 0) {
        writer_fail (w, -ENOMEM, "option", option, "does not fit into memory");
        return;
    }
    put_value (w, option, value);
    free (value);
}

void
config_writer_comment (struct config_writer *w, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn (text, "\n");
        indent (w);
        fprintf (w->out, "# %.*s\n", (int) len, text);
        text += len + (text[len] == '\n');
    }
}

int
config_writer_end (struct config_writer *w)
{
    if (w->depth > 0)
        writer_fail (w, -EINVAL, "section", config_context_name (current (w)), "left open");
    if (fflush (w->out) != 0 || ferror (w->out))
        writer_fail (w, errno != 0 ? -errno : -EIO, "output", "", "cannot be written");
    return w->status;
}

static void
write_section (struct config_writer *w, const struct config_section *section)
{
    for (const struct config_setting *s = section->settings; s != NULL; s = s->next)
        put_value (w, s->option->name, s->value);
    for (const struct config_section *c = section->children; c != NULL; c = c->next) {
        config_writer_open (w, config_context_name (c->context));
        write_section (w, c);
        config_writer_close (w);
    }
}

int
config_write (const struct config *cfg, FILE *out)
{
    struct config_writer w;
    config_writer_begin (&w, out);
    write_section (&w, cfg->tree);
    return config_writer_end (&w);
}
