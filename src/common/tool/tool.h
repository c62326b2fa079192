/* tool: what every program with a command line shares – its description and options as data, from
 * which parsing, --help, --version, the man page, its examples and completion in the shell derive –
 * and how it reports errors.
 *
 *     --help-man         the man page, kept in doc/man
 *     --help-examples    the examples of the man page, which the suite "examples" runs
 *     --help-completion  a line for each option and each word of an argument, for src/apps/completion/pvfs2
 *     --help-summary     the purpose, for "pvfs2 help"
 *
 * Exit status: 0 all done, 1 something failed, 2 wrong usage. One thread parses; the reports may be
 * made from any thread.
 */
#ifndef COMMON_TOOL_TOOL_H
#define COMMON_TOOL_TOOL_H

#include <pvfs2.h>
#include <stdio.h>

#include "common/base/base.h"

enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

enum tool_option_kind {
    OPTION_SWITCH, /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* const char *: a comma list to which each use adds; it lasts until the end */
    OPTION_SIZE,   /* int64_t > 0, with K, M, G, T for powers of 1024 */
    OPTION_COUNT,  /* int64_t > 0 */
    OPTION_VERSION, /* one more letter for --version; no member */
};

struct tool_option {
    char letter;          /* 0: none */
    const char *name;     /* the long form; NULL: none */
    const char *argument; /* NULL: a switch */
    enum tool_option_kind kind;
    size_t offset; /* of its member in the tool's struct of choices */
    const char *help;
};

#define OPT_SWITCH(letter, name, type, member, help)                     \
    {                                                                    \
        letter, name, NULL, OPTION_SWITCH, offsetof (type, member), help \
    }
#define OPT_TEXT(letter, name, argument, type, member, help)               \
    {                                                                      \
        letter, name, argument, OPTION_TEXT, offsetof (type, member), help \
    }
#define OPT_LIST(letter, name, argument, type, member, help)               \
    {                                                                      \
        letter, name, argument, OPTION_LIST, offsetof (type, member), help \
    }
#define OPT_SIZE(letter, name, argument, type, member, help)               \
    {                                                                      \
        letter, name, argument, OPTION_SIZE, offsetof (type, member), help \
    }
#define OPT_COUNT(letter, name, argument, type, member, help)               \
    {                                                                       \
        letter, name, argument, OPTION_COUNT, offsetof (type, member), help \
    }
#define OPT_VERSION(letter)                                        \
    {                                                              \
        letter, NULL, NULL, OPTION_VERSION, 0, "same as --version" \
    }

/* What to type and what it prints, for the man page; the suite "examples" runs it, as root, in an
 * empty folder, with TZ=UTC and umask 022, with an empty volume pvfs2-fs of four servers, 127.0.0.1:3334
 * to 3337, whose mount directory is /mnt/pvfs2 (there, not mounted); their configuration is $cluster/fs.conf. */
struct tool_example {
    const char *what;     /* a sentence, or NULL */
    const char *commands; /* one or more lines of shell */
    const char *output;   /* of all of them, standard error too; "..." stands for anything within its line;
                           * "" if they print nothing */
};

/* More of the man page, behind the exit status; a null title ends the list. */
struct tool_section {
    const char *title, *text;
};

/* What an option's argument may be made of, such as the options of a mount: told behind the program's own options, and completed. */
struct tool_words {
    const char *title;    /* "Mount options" */
    const char *argument; /* as the table of options calls it, "OPTIONS" */
    void (*each) (void (*show) (const char *words, const char *help)); /* "num_dfiles=N" or several, "ro, rw" */
};

struct tool {
    const char *name;
    const char *const *usage; /* lines of what follows the name; the last is NULL */
    const char *purpose;      /* one line, "lists directories" */
    const char *description;  /* paragraphs, separated by empty lines */
    const struct tool_option *options;
    size_t n_options;
    const struct tool_example *examples;
    size_t n_examples;
    int min_operands, max_operands; /* max < 0: any number */
    bool admin;                     /* section 8 */
    bool operands_end_options;      /* what stands behind the first operand is not ours */
    int failure;                    /* the exit status instead of TOOL_FAILED; 0: that */
    int wrong_usage;                /* likewise of TOOL_USAGE */
    const char *exit_status;        /* what the man page says of it, if it differs */
    const char *environment;        /* likewise; NULL: how a tool finds its volumes; "": nothing */
    const struct tool_section *sections;
    const struct tool_words *words; /* NULL: none */
};
#define TOOL_OPTIONS(table) .options = table, .n_options = ARRAY_SIZE (table)
#define TOOL_EXAMPLES(table) .examples = table, .n_examples = ARRAY_SIZE (table)

/* Fills in `choices` and returns the operands, NULL at their end. Does not return for --help,
 * --version or wrong usage. -h and -V stand for these two unless an option has that letter. */
char **tool_parse (const struct tool *tool, int argc, char **argv, void *choices);

/* A number of digits, with `units` one of K, M, G, T behind it. False: it is none, or too large. */
bool tool_number (const char *text, bool units, int64_t *ret);

/* Lines on standard error, "pvfs2-ls: ...". */
void tool_error (const char *format, ...) PRINTF_LIKE (1, 2);
/* "pvfs2-ls: WHAT: No such file or directory"; err: a PVFS code or an errno, of either sign. */
void tool_fail (const char *what, int err);
/* tool_error, the hint at --help, exit with 2. */
void tool_usage (const char *format, ...) PRINTF_LIKE (1, 2) __attribute__ ((noreturn));
/* tool_error, exit with the status of a failure. */
void tool_die (const char *format, ...) PRINTF_LIKE (1, 2) __attribute__ ((noreturn));
void tool_exit_failed (void) __attribute__ ((noreturn));

/* Called before each of these lines, by whoever reports; NULL: nothing. */
void tool_before_report (void (*fn) (void));

/* Memory or the end of the program. */
void *tool_alloc (size_t size);
void *tool_grow (void *old, size_t count, size_t size);
char *tool_text (const char *format, ...) PRINTF_LIKE (1, 2);

/* Flushes standard output: a full disk or a closed pipe makes a success a failure. */
int tool_end (int status);

#endif
