/* doctor: the parts of pvfs2-doctor. It looks (doctor-reach, doctor-local, survey) and judges
 * (doctor-judge, which asks nobody, so that a test can show it any state of a cluster).
 *
 * What is found is a diagnosis: where, the cause in a sentence, and what to do about it.
 */
#ifndef APPS_ADMIN_DOCTOR_H
#define APPS_ADMIN_DOCTOR_H

#include "apps/admin/survey.h"
#include "common/config/config.h"

enum diagnosis_kind {
    DIAGNOSIS_UNREACHABLE,
    DIAGNOSIS_IDENTITY,   /* name or id of the file system */
    DIAGNOSIS_CONFIG,
    DIAGNOSIS_VERSION,
    DIAGNOSIS_CLOCK,
    DIAGNOSIS_SPACE,
    DIAGNOSIS_MODE,
    DIAGNOSIS_UNFINISHED,
    DIAGNOSIS_MOUNT,
    DIAGNOSIS_PERMISSION,
};

struct diagnosis {
    enum diagnosis_kind kind;
    char *where, *cause, *remedy;
};

struct diagnoses {
    struct diagnosis *list;
    size_t n;
};

/* Takes the three texts over; they come from tool_text. */
void diagnose (struct diagnoses *d, enum diagnosis_kind kind, char *where, char *cause, char *remedy);
void diagnoses_free (struct diagnoses *d);
const char *diagnosis_name (enum diagnosis_kind kind);

/* -- judging -- */

/* All that servers said, and twice how many operations they had left unfinished: `before` (of the same servers) may be NULL.
 * version: that of this program. */
void judge_servers (const struct survey *s, const struct survey *before, const char *version, struct diagnoses *d);

/* -- looking -- */

/* A server that does not answer. */
struct silent {
    const char *server;  /* "tcp://host:3334" */
    const char *alias;   /* its name in the configuration; NULL: not known */
    const char *wanted;  /* the file system that it was asked for at first contact; NULL: it is known to be its */
    int error;           /* what the library said */
    int64_t timeout;     /* seconds for a connection */
};

/* Why: its name, the way to it, its port, what it serves, or itself. */
void look_at_silent (const struct silent *s, struct diagnoses *d);
/* The volume's mounts on this machine. */
void look_at_mounts (const struct PVFS_sys_mntent *m, int64_t timeout, struct diagnoses *d);
/* The tab file and the mount directory; NULL: neither. */
void look_at_tab (const char *tab, const char *mount_dir, struct diagnoses *d);
/* The storage of servers that are on this machine. */
void look_at_storage (const struct config *cfg, struct diagnoses *d);

#endif
