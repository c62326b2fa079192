/*
 * storage: one server's storage space – opened by a start, and what is done to it while no server runs: making, removing, taking in and giving up a file
 * system, migrating. Of the server_config these take config, alias, reactor and why; they block, and fail with -EBUSY while a server uses the space.
 *
 * A file system is in a space from the moment that its name is (TROVE_PRIVATE, handle 0, "name"); the same transaction makes its root directory where it belongs.
 */
#ifndef SERVER_STORAGE_H
#define SERVER_STORAGE_H

#include "server/server.h"

/* At a start: opens s->trove. */
int storage_open (const struct server_config *cfg, struct server *s);
/* In the start's first transaction: every file system that the server serves is there. -ENOENT with a sentence in why (SERVER_WHY bytes, or NULL). */
int storage_check (struct trove_txn *t, const struct server *s, char *why);

/* For tools: where the space is, without handle ranges. -ENOENT: no such alias; -EINVAL: no folders. */
int storage_where (const struct server_config *cfg, struct trove_config *ret);

/* A file system of the configuration moves into a space that is there already. -EEXIST: it is in it. */
int server_add_fs (const struct server_config *cfg, const struct config_fs *fs);
/* All of a file system that is in the space goes; may be repeated. -ENOENT: nothing there; -EBUSY also for intents of it that are open. */
int server_drop_fs (const struct server_config *cfg, obj_fsid id);

/* migrate.c: brings a space to the present format. Whatever kills it, it may be run again. */
struct migrate_report {
    unsigned from;      /* the format that the space had */
    bool current;       /* … which is the present one */
    uint64_t records, changed;
};
int server_migrate (const struct server_config *cfg, bool dry_run, struct migrate_report *ret);
/* A file system's name in the space. */
struct trove_key storage_name_key (obj_fsid id);

#endif
