/* offline: what the tools share that work on storage spaces while no server uses them: which space
 * is meant – one server's of a configuration, or two folders –, and how failures are told. What
 * cannot go on ends the program.
 */
#ifndef APPS_STORAGE_OFFLINE_H
#define APPS_STORAGE_OFFLINE_H

#include "apps/common/tool.h"
#include "server/storage.h"

struct offline {
    struct config *config;
    struct server_config server; /* for the functions of server/storage.h */
    char why[SERVER_WHY];
};

/* A configuration; which server is left open. */
void offline_of_file (struct offline *o, const char *path);
/* A server of a configuration; alias NULL: the host's name. */
void offline_of_config (struct offline *o, const char *path, const char *alias);

/* Folders and one file system, for which a configuration with the only server "local" is made up. */
struct offline_space {
    const char *data, *meta; /* one NULL: the same as the other */
    const char *name, *id, *root, *meta_ranges, *data_ranges; /* NULL: the default */
};
extern const struct offline_space offline_defaults;
void offline_of_space (struct offline *o, const struct offline_space *s);

/* The records of a space in these folders (one NULL: the same as the other),
 * to be read; of any format. */
struct offline_records {
    struct trove_config config;
    struct trove_space *space;
    char why[TROVE_WHY];
};
void offline_records_open (struct offline_records *r, const char *data, const char *meta);
void offline_records_close (struct offline_records *r);

/* The error of a function of server/storage.h or Trove; `what` for where it says nothing itself. */
void offline_report (struct offline *o, const char *what, int err);
/* server_drop_fs by name or ID, of what is in the space. */
int offline_drop (struct offline *o, const char *collection);
void offline_close (struct offline *o);

#endif
