/* progress: a line on standard error that says how far a long work is.
 *
 * A thread of its own draws it, several times a second on a terminal, once a second as a new line elsewhere; the work only counts, atomically.
 * Reports of errors (tool.h) take the line away first.
 */
#ifndef APPS_COMMON_PROGRESS_H
#define APPS_COMMON_PROGRESS_H

#include "apps/common/tool.h"

/* What is counted; zeroed memory is a beginning. Any thread may add. */
struct progress_counts {
    int64_t bytes, bytes_expected;
    int64_t things, things_expected;
    bool complete; /* what is expected is all that there will be: a share of it can be told */
};

enum progress_wish { PROGRESS_ON_TERMINAL, PROGRESS_ALWAYS, PROGRESS_NEVER };

/* The options --progress and --no-progress of a table. */
#define OPT_PROGRESS(type, yes, no)                                                                            \
    OPT_SWITCH (0, "progress", type, yes, "show how far it is, also where standard error is no terminal"),     \
        OPT_SWITCH (0, "no-progress", type, no, "do not show it on a terminal, either")

/* Ends the program with a usage error if both are set. */
enum progress_wish progress_wish (bool yes, bool no);

static inline void
progress_add (int64_t *count, int64_t n)
{
    __atomic_fetch_add (count, n, __ATOMIC_RELAXED);
}

/* One line at a time. `thing`: the word for one of them, "file". bytes: whether they are counted, too. */
void progress_begin (enum progress_wish wish, const struct progress_counts *counts, const char *thing, bool bytes);
/* A new part of the work: the line begins with these words, and `c`, which it shows, counts anew. expected: 0 if it cannot be told. */
void progress_phase (struct progress_counts *c, const char *thing, int64_t expected, const char *format, ...) PRINTF_LIKE (4, 5);
/* Around what is written to standard output: the line is taken away, and comes again after what is in standard output's buffer. */
void progress_hold (void);
void progress_go_on (void);
/* The last line stays if there was any. */
void progress_end (void);

#endif
