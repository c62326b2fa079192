/*
 * enum: every crash of every operation of a small name space (names.h), one after the other.
 *
 * A world has no chance in it: messages take one hop, disks have fixed delays. What could be otherwise is a
 * choice point: before a step, who crashes now and how much of its journal survives; at a message, how many
 * hops it is late. The answer 0 is "nothing". A run is named by its answers other than 0, so it can be
 * repeated. It finds further choice points behind the last of them, and each other answer there is a run of
 * its own:
 *
 *     base ──► state ──► run ──► step ──► step ──► … ──► rest, judged
 *      disks, copied      └ anew: step ──► s0 crashes ──► … ──► rest, judged
 */
#ifndef TEST_SIM_ENUM_H
#define TEST_SIM_ENUM_H

#include "cluster.h"
#include "names.h"

enum { ENUM_OPS = 3, ENUM_CHOICES = 6, ENUM_VALUES = 4, ENUM_ID = 256 };
enum choice_kind { CHOOSE_CRASH, CHOOSE_DELAY, CHOICE_KINDS };

struct choice {
    uint32_t at, answer;
};

/* What is run; its text is its ID. */
struct scenario {
    unsigned nservers;
    char state[ENUM_VALUES + 1];    /* of Ax Ay Bx By; see enum_values */
    unsigned nops;
    struct names_op ops[ENUM_OPS];
    bool together;                  /* one client each, at the same time; else one after the other's answer */
    struct choice choices[ENUM_CHOICES];
    unsigned nchoices;
};

/* "-": none. File, sTriped file, file Moved from the other directory, Directory, Symlink; all L are one object. */
static const char enum_values[] = "-FTMDSL";

struct tally {
    uint64_t scenarios, points, runs, second, failures, steps;
    struct scenario now;            /* what runs: a process that dies can be told by it */
};

/* A draw instead of an enumeration: the n-th choice point of a kind gets the answer 1 + draw % others. */
struct pick {
    enum choice_kind kind;
    uint64_t nth, draw;
};

/* A cluster that is closed: what is copied for each run. */
struct still {
    unsigned nservers;
    uint64_t now;                   /* the clock goes on: ids of intents come from it */
    struct config *config;
    struct trove_mem_disk *disks[SIM_MAX_SERVERS];
    struct names names;
    obj_handle handles[NAMES_OBJECTS];
    char text[NAMES_SLOTS][8];      /* the slots' names */
};
void still_fini (struct still *s);  /* not the config */

/* A choice point behind a run's last answer. */
struct open_choice {
    uint32_t at;
    unsigned answers;
};

struct enumeration {
    struct sim sim;
    FILE *trace;
    bool no_tickets;                /* whoever wants the rename ticket has it */
    bool spread;                    /* every entry splits its directory's bucket, as long as there are servers */
    struct tally *tally;
    unsigned most[CHOICE_KINDS];    /* of each kind in one run */
    unsigned left[CHOICE_KINDS];
    bool live;                      /* choices are open */
    uint64_t steps_of[SIM_MAX_SERVERS]; /* when its crash was offered last */
    struct open_choice *open;
    size_t nopen, cap;
    struct pick picks[ENUM_CHOICES];
    unsigned npicks;
    uint32_t points;                /* choice points so far */
    uint64_t of_kind[CHOICE_KINDS];
    struct scenario scenario;
    struct names names, now;        /* before the operations; after those that were answered */
    obj_handle handles[NAMES_OBJECTS];
    char text[NAMES_SLOTS][8];
    struct call {
        struct enumeration *e;
        const char *as;             /* the name, if not that of slot p */
        struct names_op op;
        struct sys_op *sys;
        PVFS_object_ref object;
        obj_handle made;
        bool posted, ended, lost;   /* lost: its client died */
        int error;
        uint64_t begun, end;
    } calls[ENUM_OPS];
};

/* Servers, /a and /b. 0, or -1 and told. */
int enum_base (struct enumeration *e, unsigned nservers, struct still *ret);
int enum_state (struct enumeration *e, const struct still *base, const char *state, struct still *ret);
/* One run, judged; its further choice points are in e->open. */
bool enum_run (struct enumeration *e, const struct still *from, const struct scenario *s);
/* It and all that follow from its choice points. */
bool enum_explore (struct enumeration *e, const struct still *from, const struct scenario *s);
void enum_print_id (const struct scenario *s, char *buf); /* ENUM_ID bytes */
int enum_parse_id (const char *id, struct scenario *ret); /* -EINVAL */
/* Whether some order of the calls that were answered, with or without those that were not, explains all answers and the
 * names on the disks. */
bool enum_explained (struct enumeration *e);

#endif
