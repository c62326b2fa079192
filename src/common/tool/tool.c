/* See tool.h. The only state is which tool this is, its command line, and what gives way to its reports. */
#include "common/tool/tool.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#ifndef PACKAGE_VERSION
#    define PACKAGE_VERSION "unknown"
#endif

enum { MAX_OPTIONS = 64, LONG_BASE = 1000, HELP_WIDTH = 28, HELP_COLUMNS = 98 };
enum { ASK_HELP = LONG_BASE + MAX_OPTIONS, ASK_VERSION, ASK_MAN, ASK_EXAMPLES, ASK_COMPLETION, ASK_SUMMARY };

static const struct tool *this_tool;
static struct kept {
    struct kept *next;
    char text[];
} *kept; /* what OPTION_LISTs point to */
static void (*before_report) (void);

/* -- reports -- */

static void
report (const char *format, va_list args)
{
    char line[8192];
    vsnprintf (line, sizeof line, format, args);
    void (*before) (void) = __atomic_load_n (&before_report, __ATOMIC_ACQUIRE);
    if (before != NULL)
        before ();
    fprintf (stderr, "%s: %s\n", this_tool != NULL ? this_tool->name : "pvfs2", line);
}

void
tool_before_report (void (*fn) (void))
{
    __atomic_store_n (&before_report, fn, __ATOMIC_RELEASE);
}

void
tool_error (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    report (format, args);
    va_end (args);
}

void
tool_die (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    report (format, args);
    va_end (args);
    tool_exit_failed ();
}

static int
failure (void)
{
    return this_tool != NULL && this_tool->failure != 0 ? this_tool->failure : TOOL_FAILED;
}

void
tool_exit_failed (void)
{
    exit (failure ());
}

void
tool_usage (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    report (format, args);
    va_end (args);
    fprintf (stderr, "Try '%s --help'.\n", this_tool->name);
    exit (this_tool->wrong_usage != 0 ? this_tool->wrong_usage : TOOL_USAGE);
}

void
tool_fail (const char *what, int err)
{
    char text[256];
    PVFS_strerror_r (err, text, sizeof text);
    tool_error ("%s: %s", what, text);
}

int
tool_end (int status)
{
    if (fflush (stdout) != 0 || ferror (stdout)) {
        tool_error ("standard output: %s", strerror (errno));
        return failure ();
    }
    return status;
}

/* -- memory -- */

void *
tool_alloc (size_t size)
{
    void *p = calloc (1, size);
    if (p == NULL)
        tool_die ("out of memory");
    return p;
}

void *
tool_grow (void *old, size_t count, size_t size)
{
    void *p = reallocarray (old, count, size);
    if (p == NULL)
        tool_die ("out of memory");
    return p;
}

char *
tool_text (const char *format, ...)
{
    char *text;
    va_list args;
    va_start (args, format);
    if (vasprintf (&text, format, args) < 0)
        tool_die ("out of memory");
    va_end (args);
    return text;
}

/* -- the options of every tool -- */

static const struct tool_option *
find_letter (const struct tool *t, int letter)
{
    for (size_t i = 0; i < t->n_options; i++) {
        if (t->options[i].letter == letter)
            return &t->options[i];
    }
    return NULL;
}

static char
letter_if_free (const struct tool *t, char letter)
{
    return find_letter (t, letter) == NULL ? letter : 0;
}

enum { N_COMMON = 2 };

static void
common_options (const struct tool *t, struct tool_option ret[N_COMMON])
{
    ret[0] = (struct tool_option){ letter_if_free (t, 'h'), "help", NULL, OPTION_SWITCH, 0, "says how it is used" };
    ret[1] = (struct tool_option){ letter_if_free (t, 'V'), "version", NULL, OPTION_SWITCH, 0, "prints the version" };
}

/* Calls fn for each option, the common ones last. */
static void
each_option (const struct tool *t, void (*fn) (const struct tool_option *o))
{
    struct tool_option common[N_COMMON];
    common_options (t, common);
    for (size_t i = 0; i < t->n_options; i++)
        fn (&t->options[i]);
    for (int i = 0; i < N_COMMON; i++)
        fn (&common[i]);
}

/* -- help -- */

static void
option_words (const struct tool_option *o, char *buf, size_t size)
{
    const char *argument = o->argument != NULL ? o->argument : "";
    const char *blank = o->argument != NULL ? " " : "";
    if (o->letter != 0 && o->name != NULL)
        snprintf (buf, size, "-%c, --%s%s%s", o->letter, o->name, blank, argument);
    else if (o->letter != 0)
        snprintf (buf, size, "-%c%s%s", o->letter, blank, argument);
    else
        snprintf (buf, size, "    --%s%s%s", o->name, blank, argument);
}

static void
print_help_line (const struct tool_option *o)
{
    char words[80];
    option_words (o, words, sizeof words);
    if (strlen (words) > HELP_WIDTH)
        printf ("  %s\n  %-*s %s\n", words, HELP_WIDTH, "", o->help);
    else
        printf ("  %-*s %s\n", HELP_WIDTH, words, o->help);
}

static void
print_folded (const char *words)
{
    const char *first = words;
    int column = 0;
    while (*words != '\0') {
        int n = (int)strcspn (words, " ");
        if (column > 0 && column + n > HELP_COLUMNS)
            column = 0;
        column += printf ("%s%.*s", column > 0 ? " " : words == first ? "  " : "\n  ", n, words);
        words += n + strspn (words + n, " ");
    }
    putchar ('\n');
}

static void
print_help_words (const char *words, const char *help)
{
    CLEANUP_FREE char *copy = tool_text ("%s", help);
    char *rest = copy, *line;
    print_folded (words);
    while ((line = strsep (&rest, "\n")) != NULL)
        printf ("      %s\n", line);
}

static void
print_help (const struct tool *t)
{
    for (size_t i = 0; t->usage[i] != NULL; i++)
        printf ("%s %s %s\n", i == 0 ? "usage:" : "      ", t->name, t->usage[i]);
    printf ("%c%s.\n\n", toupper ((unsigned char)t->purpose[0]), t->purpose + 1);
    each_option (t, print_help_line);
    if (t->description[0] != '\0')
        printf ("\n%s\n", t->description);
    if (t->words != NULL) {
        printf ("\n%s:\n", t->words->title);
        t->words->each (print_help_words);
    }
}

/* "--force", "--size SIZE": what follows is the word for the argument. */
static void
print_completion_line (const struct tool_option *o)
{
    const char *blank = o->argument != NULL ? " " : "", *argument = o->argument != NULL ? o->argument : "";
    if (o->letter != 0)
        printf ("-%c%s%s\n", o->letter, blank, argument);
    if (o->name != NULL)
        printf ("--%s%s%s\n", o->name, blank, argument);
}

/* "OPTIONS ro", "OPTIONS num_dfiles=": what may begin the argument; not what stands for any number of words ("x-*"). */
static void
print_completion_words (const char *words, const char *help)
{
    CLEANUP_FREE char *copy = tool_text ("%s", words);
    char *rest = copy, *word;
    (void)help;
    while ((word = strsep (&rest, ", ")) != NULL) {
        word[strcspn (word, "=") + (strchr (word, '=') != NULL)] = '\0';
        if (*word != '\0' && strchr (word, '*') == NULL)
            printf ("%s %s\n", this_tool->words->argument, word);
    }
}

static void
print_completion (const struct tool *t)
{
    each_option (t, print_completion_line);
    if (t->words != NULL)
        t->words->each (print_completion_words);
}

/* -- the man page -- */

/* Text as troff wants it; an empty line begins a paragraph. */
static void
print_troff (const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        bool at_start = p == text || p[-1] == '\n';
        if (at_start && *p == '\n') {
            fputs (".PP\n", stdout);
            continue;
        }
        if (at_start && (*p == '.' || *p == '\''))
            fputs ("\\&", stdout);
        if (*p == '-')
            fputs ("\\-", stdout);
        else if (*p == '\\')
            fputs ("\\e", stdout);
        else
            putchar (*p);
    }
}

static void
print_man_words (const char *words, const char *help)
{
    fputs (".TP\n.B ", stdout);
    print_troff (words);
    putchar ('\n');
    print_troff (help);
    putchar ('\n');
}

static void
print_man_option (const struct tool_option *o)
{
    char words[80];
    option_words (o, words, sizeof words);
    print_man_words (words + strspn (words, " "), o->help);
}

static const char man_exit_status[] =
    "0: all was done. 1: something failed; standard error says what. 2: wrong usage.";
static const char man_environment[] =
    ".SH ENVIRONMENT\n"
    "Nothing needs to be mounted. The volumes are those of the first of these that names one:\n"
    ".TP\n.B PVFS2TAB_FILE\na file in the format of fstab(5), with lines such as\n"
    ".br\ntcp://host:3334/pvfs2\\-fs /mnt/pvfs2 pvfs2 defaults 0 0\n"
    ".TP\n.B PVFS2EP\n/mnt/pvfs2=tcp://host:3334/pvfs2\\-fs\n"
    ".TP\n.I /etc/fstab, /etc/pvfs2tab, ./pvfs2tab, /etc/mtab\nin the same format\n"
    ".PP\nPaths below the mount directory of such a line lie in its volume.\n"
    ".TP\n.B PVFS2_DEBUGMASK\nkeywords of what to log, such as verbose\n";

/* Each line with a "$ " before it, as one types it. */
static void
print_commands (const char *commands, void (*print) (const char *))
{
    char *copy = tool_text ("%s", commands), *rest = copy, *line;
    while ((line = strsep (&rest, "\n")) != NULL) {
        char *typed = tool_text ("$ %s\n", line);
        print (typed);
        free (typed);
    }
    free (copy);
}

static void
print_plain (const char *text)
{
    fputs (text, stdout);
}

/* For the suite that runs them: the same text as in the man page. */
static void
print_examples (const struct tool *t)
{
    for (size_t i = 0; i < t->n_examples; i++) {
        print_commands (t->examples[i].commands, print_plain);
        printf ("%s%s", t->examples[i].output, t->examples[i].output[0] != '\0' ? "\n" : "");
    }
}

static void
print_man_examples (const struct tool *t)
{
    fputs (".SH EXAMPLES\n", stdout);
    for (size_t i = 0; i < t->n_examples; i++) {
        const struct tool_example *e = &t->examples[i];
        if (i > 0)
            fputs (".PP\n", stdout);
        if (e->what != NULL) {
            print_troff (e->what);
            putchar ('\n');
        }
        fputs (".PP\n.nf\n.RS 4\n", stdout);
        print_commands (e->commands, print_troff);
        if (e->output[0] != '\0') {
            print_troff (e->output);
            putchar ('\n');
        }
        fputs (".RE\n.fi\n", stdout);
    }
}

/* Lines that begin with a blank stay as they are. */
static void
print_section (const char *title, const char *text)
{
    CLEANUP_FREE char *copy = tool_text ("%s", text);
    char *rest = copy, *line;
    printf (".SH %s\n", title);
    while ((line = strsep (&rest, "\n")) != NULL) {
        bool as_is = *line == ' ';
        fputs (as_is ? ".nf\n" : *line == '\0' ? ".PP" : "", stdout);
        print_troff (line);
        fputs (as_is ? "\n.fi\n" : "\n", stdout);
    }
}

static void
print_upper (const char *text)
{
    for (; *text != '\0'; text++)
        putchar (toupper ((unsigned char)*text));
}

static void
print_man (const struct tool *t)
{
    printf (".\\\" Made by %s --help-man.\n.TH ", t->name);
    print_upper (t->name);
    printf (" %d \"\" pvfs2 pvfs2\n.SH NAME\n", t->admin ? 8 : 1);
    print_troff (t->name);
    fputs (" \\- ", stdout);
    print_troff (t->purpose);
    fputs ("\n.SH SYNOPSIS\n", stdout);
    for (size_t i = 0; t->usage[i] != NULL; i++) {
        fputs (i > 0 ? ".br\n.B " : ".B ", stdout);
        print_troff (t->name);
        putchar ('\n');
        print_troff (t->usage[i]);
        putchar ('\n');
    }
    if (t->description[0] != '\0')
        print_section ("DESCRIPTION", t->description);
    fputs (".SH OPTIONS\n", stdout);
    each_option (t, print_man_option);
    if (t->words != NULL) {
        fputs (".SH ", stdout);
        print_upper (t->words->title);
        putchar ('\n');
        t->words->each (print_man_words);
    }
    print_section ("EXIT STATUS", t->exit_status != NULL ? t->exit_status : man_exit_status);
    for (const struct tool_section *s = t->sections; s != NULL && s->title != NULL; s++)
        print_section (s->title, s->text);
    if (t->n_examples > 0)
        print_man_examples (t);
    if (t->environment == NULL)
        fputs (man_environment, stdout);
    else if (t->environment[0] != '\0')
        print_section ("ENVIRONMENT", t->environment);
}

/* -- parsing -- */

static void
option_name (const struct tool_option *o, char *buf, size_t size)
{
    if (o->letter != 0)
        snprintf (buf, size, "-%c", o->letter);
    else
        snprintf (buf, size, "--%s", o->name);
}

bool
tool_number (const char *text, bool units, int64_t *ret)
{
    static const char letters[] = "KMGT";
    char *end;
    errno = 0;
    long long value = strtoll (text, &end, 10);
    int64_t result = value;
    if (errno != 0 || !isdigit ((unsigned char)text[0]))
        return false;
    if (units && *end != '\0') {
        const char *unit = strchr (letters, toupper ((unsigned char)*end));
        if (unit == NULL
            || __builtin_mul_overflow (result, (int64_t)1 << (10 * (unit - letters + 1)), &result))
            return false;
        end++;
    }
    if (*end != '\0')
        return false;
    *ret = result;
    return true;
}

static int64_t
parse_number (const struct tool_option *o, const char *text)
{
    char name[64];
    int64_t result;
    option_name (o, name, sizeof name);
    if (!tool_number (text, o->kind == OPTION_SIZE, &result) || result <= 0)
        tool_usage ("%s %s: not a %s", name, text,
                    o->kind == OPTION_SIZE ? "size such as 65536, 64K or 4M" : "number above 0");
    return result;
}

static void
add_to_list (const char **list, const char *text)
{
    const char *old = *list != NULL ? *list : "", *comma = *list != NULL ? "," : "";
    size_t size = strlen (old) + strlen (text) + 2;
    struct kept *k = tool_alloc (sizeof *k + size);
    snprintf (k->text, size, "%s%s%s", old, comma, text);
    k->next = kept;
    kept = k;
    *list = k->text;
}

static void
store (const struct tool_option *o, const char *text, void *choices)
{
    void *member = (char *)choices + o->offset;
    switch (o->kind) {
    case OPTION_SWITCH:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = text;
        break;
    case OPTION_LIST:
        add_to_list (member, text);
        break;
    case OPTION_SIZE:
    case OPTION_COUNT:
        *(int64_t *)member = parse_number (o, text);
        break;
    case OPTION_VERSION:
        break;
    }
}

struct getopt_form {
    char letters[2 * MAX_OPTIONS + 6];
    struct option words[MAX_OPTIONS + 7];
};

static void
make_form (const struct tool *t, struct getopt_form *f)
{
    static const struct option asks[] = {
        { "help", no_argument, NULL, ASK_HELP },
        { "version", no_argument, NULL, ASK_VERSION },
        { "help-man", no_argument, NULL, ASK_MAN },
        { "help-examples", no_argument, NULL, ASK_EXAMPLES },
        { "help-completion", no_argument, NULL, ASK_COMPLETION },
        { "help-summary", no_argument, NULL, ASK_SUMMARY },
    };
    size_t w = 0;
    char *l = f->letters;
    l = stpcpy (l, t->operands_end_options ? "+:" : ":");
    for (size_t i = 0; i < t->n_options; i++) {
        const struct tool_option *o = &t->options[i];
        if (o->letter != 0) {
            *l++ = o->letter;
            if (o->argument != NULL)
                *l++ = ':';
        }
        if (o->name != NULL)
            f->words[w++] =
                (struct option){ o->name, o->argument != NULL ? required_argument : no_argument,
                                 NULL, LONG_BASE + (int)i };
    }
    for (const char *free = "hV"; *free != '\0'; free++) {
        if (letter_if_free (t, *free) != 0)
            *l++ = *free;
    }
    *l = '\0';
    for (size_t i = 0; i < ARRAY_SIZE (asks); i++)
        f->words[w++] = asks[i];
    f->words[w] = (struct option){ 0 };
}

/* Letters and words of one meaning as one: an ask, or the option's place above LONG_BASE. */
static int
meaning_of (const struct tool *t, int c)
{
    if (c < LONG_BASE) {
        const struct tool_option *o = find_letter (t, c);
        if (o == NULL)
            return c == 'h' ? ASK_HELP : ASK_VERSION;
        c = LONG_BASE + (int)(o - t->options);
    }
    return c < ASK_HELP && t->options[c - LONG_BASE].kind == OPTION_VERSION ? ASK_VERSION : c;
}

static void __attribute__ ((noreturn))
answer (const struct tool *t, int ask)
{
    switch (ask) {
    case ASK_HELP:
        print_help (t);
        break;
    case ASK_MAN:
        print_man (t);
        break;
    case ASK_EXAMPLES:
        print_examples (t);
        break;
    case ASK_COMPLETION:
        print_completion (t);
        break;
    case ASK_SUMMARY:
        puts (t->purpose);
        break;
    default:
        printf ("%s " PACKAGE_VERSION "\n", t->name);
    }
    exit (tool_end (TOOL_OK));
}

static void
bad_option (char **argv, int c)
{
    const char *what = c == ':' ? "needs an argument" : "no such option";
    if (optopt > 0 && optopt < LONG_BASE)
        tool_usage ("-%c: %s", optopt, what);
    tool_usage ("%s: %s", argv[optind - 1], what);
}

char **
tool_parse (const struct tool *t, int argc, char **argv, void *choices)
{
    struct getopt_form form;
    int c;
    this_tool = t;
    make_form (t, &form);
    opterr = 0;
    while ((c = getopt_long (argc, argv, form.letters, form.words, NULL)) != -1) {
        if (c == '?' || c == ':')
            bad_option (argv, c);
        c = meaning_of (t, c);
        if (c >= ASK_HELP)
            answer (t, c);
        store (&t->options[c - LONG_BASE], optarg, choices);
    }
    if (argc - optind < t->min_operands)
        tool_usage ("an operand is missing");
    if (t->max_operands >= 0 && argc - optind > t->max_operands)
        tool_usage ("'%s' is one operand too many", argv[optind + t->max_operands]);
    return argv + optind;
}
