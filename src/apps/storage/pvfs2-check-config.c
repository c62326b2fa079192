/* pvfs2-check-config: what is wrong in a configuration file, and what is legal but looks wrong.
 *
 * The parser stops at the first error. To find the others, the line that it named is taken out and
 * the rest is parsed again, until nothing is wrong or a line is that others depend on.
 * Single-threaded. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apps/common/format.h"
#include "apps/common/tool.h"
#include "common/base/file.h"
#include "common/config/config.h"
#include "io/description/dist.h"

enum { MAX_ERRORS = 100 };

struct choices {
    bool json, strict;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('W', "strict", struct choices, strict, "warnings make the exit status 1, too"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object per finding"),
};
static const char *const usage[] = { "[-W] [--json] FILE...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-check-config $cluster/fs.conf && echo good",
      "good" },
    { "Two mistakes:",
      "sed -e 's/LogStamp usec/LogStamp never/' -e 's/ClientRetryLimit.*/ClientRetryLimit few/' $cluster/fs.conf > new.conf\n"
      "pvfs2-check-config new.conf",
      "new.conf:...: error: LogStamp: 'never' is not one of none|usec|datetime|thread\n"
      "new.conf:...: error: ClientRetryLimit: 'few' is not a number" },
};
static const struct tool tool = {
    .name = "pvfs2-check-config",
    .usage = usage,
    .purpose = "finds mistakes in a configuration of PVFS2 servers",
    .description =
        "Errors are what the servers would refuse: each is named with its line. Warnings are what is\n"
        "legal and probably not meant: servers without a range of handles, without storage, or with the\n"
        "same storage as another one, relative paths, options that are set twice or have no\n"
        "effect, no SecretKey where others can reach the servers. Nothing but the file is looked at.\n"
        "\n"
        "After an error in a line that others depend on (an alias, a range, a section), what would\n"
        "only follow from it is not reported.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
    .exit_status = "0: no errors. 1: there are errors, or the file cannot be read. 2: wrong usage.",
    .environment = "",
};

/* -- findings -- */

struct check {
    const struct choices *choices;
    const char *path;
    unsigned errors, warnings;
};

static void
find (struct check *c, bool error, int line, const char *text)
{
    const char *severity = error ? "error" : "warning";
    if (c->choices->json) {
        printf ("%s\n{\"file\": ", c->errors + c->warnings > 0 ? "," : "");
        print_json_text (c->path);
        printf (", \"line\": %d, \"severity\": \"%s\", \"text\": ", line, severity);
        print_json_text (text);
        putchar ('}');
    } else if (line > 0) {
        printf ("%s:%d: %s: %s\n", c->path, line, severity, text);
    } else {
        printf ("%s: %s: %s\n", c->path, severity, text);
    }
    *(error ? &c->errors : &c->warnings) += 1;
}

static void
warn (void *arg, int line, const char *text)
{
    find (arg, false, line, text);
}

/* -- a text without the lines that are wrong -- */

struct text {
    char *bytes;
    size_t len;
};

static char *
line_start (struct text *t, int line)
{
    char *p = t->bytes;
    while (--line > 0 && (p = memchr (p, '\n', t->len - (size_t)(p - t->bytes))) != NULL)
        p++;
    return p;
}

/* Others may go wrong because this one is missing. */
static bool
others_depend_on (const char *line)
{
    static const char *const words[] = { "Alias", "Server", "Range", "Name", "ID", "RootHandle", "Param", "Value" };
    line += strspn (line, " \t");
    size_t n = strcspn (line, " \t\r\n");
    for (size_t i = 0; i < ARRAY_SIZE (words); i++)
        if (strlen (words[i]) == n && memcmp (words[i], line, n) == 0)
            return true;
    return *line == '<' || n == 0;
}

/* With its continuations. */
static void
take_out (char *line)
{
    for (bool go_on = true; go_on && *line != '\0';) {
        size_t n = strcspn (line, "\n");
        go_on = n > 0 && (line[n - 1] == '\\' || (n > 1 && line[n - 1] == '\r' && line[n - 2] == '\\'));
        memset (line, ' ', n);
        line += n + (line[n] == '\n');
    }
}

/* -- the check -- */

/* "name:12: text" → 12 and the text. */
static const char *
split (const char *error, int *ret_line)
{
    const char *p = strchr (error, ':');
    *ret_line = p != NULL && isdigit ((unsigned char)p[1]) ? atoi (p + 1) : 0;
    if (*ret_line > 0)
        p = strchr (p + 1, ':');
    return p != NULL ? p + 1 + strspn (p + 1, " ") : error;
}

/* False: no more can be found. */
static bool
report_error (struct check *c, struct text *t, const char *error)
{
    int line;
    const char *what = split (error, &line);
    find (c, true, line, what);
    char *start = line > 0 ? line_start (t, line) : NULL;
    if (start == NULL || others_depend_on (start) || c->errors >= MAX_ERRORS)
        return false;
    take_out (start);
    return true;
}

static void
review (struct check *c, const struct config *cfg)
{
    char why[DIST_WHY], text[1024];
    const char *unenforced = config_security_unenforced (cfg);
    if (unenforced != NULL) {
        snprintf (text, sizeof text, "set but not enforced, so that servers refuse to start: %s", unenforced);
        find (c, true, 0, text);
    }
    for (int i = 0; i < cfg->n_fs; i++)
        if (dist_check (cfg->fs[i].dist_name, cfg->fs[i].dist_params, why) < 0)
            find (c, true, cfg->fs[i].dist_line, why);
    config_review (cfg, warn, c);
}

static void
check_text (struct check *c, struct text *t)
{
    struct config *cfg;
    char *error;
    bool go_on = true;
    while (go_on) {
        error = NULL;
        if (config_parse_text (t->bytes, t->len, "config", &cfg, &error) == 0) {
            review (c, cfg);
            config_free (cfg);
            return;
        }
        if (error == NULL)
            tool_die ("out of memory");
        go_on = report_error (c, t, error);
        free (error);
    }
}

static bool
check_file (const struct choices *choices, const char *path, struct check *c)
{
    struct text t = { .bytes = tool_alloc (CONFIG_MAX_TEXT + 2) };
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : file_read_whole (fd, t.bytes, CONFIG_MAX_TEXT + 1, &t.len);
    if (fd >= 0)
        close (fd);
    c->path = path;
    unsigned errors = c->errors, warnings = c->warnings;
    if (r < 0)
        tool_error ("%s: %s", path, strerror (-r));
    else
        check_text (c, &t);
    free (t.bytes);
    return r == 0 && c->errors == errors && (!choices->strict || c->warnings == warnings);
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    bool good = true;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    struct check c = { .choices = &choices };
    if (choices.json)
        putchar ('[');
    for (; *paths != NULL; paths++)
        good &= check_file (&choices, *paths, &c);
    if (choices.json)
        puts (c.errors + c.warnings > 0 ? "\n]" : "]");
    return tool_end (good ? TOOL_OK : TOOL_FAILED);
}
