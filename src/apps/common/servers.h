/* servers: the servers of a volume, for tools that ask each of them. */
#ifndef APPS_COMMON_SERVERS_H
#define APPS_COMMON_SERVERS_H

#include "apps/common/session.h"

struct server {
    PVFS_BMI_addr_t addr;
    const char *name; /* "tcp://host:port", the library's */
    int type;         /* PVFS_MGMT_... */
    bool failed;      /* at the last servers_settle */
};

struct servers {
    struct server *list;
    int n;
    PVFS_BMI_addr_t *addrs;      /* the same, for calls to all of them */
    PVFS_error_details *details; /* to give to such a call */
};

/* What those tools have in common. */
#define OPT_MOUNT(type, member)                   \
    OPT_TEXT ('m', "mount", "MNT", type, member, \
              "the file system at MNT, or tcp://host:port/name (default: the first one)")
#define OPT_SERVER(letter, type, member) \
    OPT_LIST (letter, "server", "HOST:PORT", type, member, "only this server, or these: a comma list, or the option again")
#define OPT_TIMEOUT(letter, type, member)               \
    OPT_COUNT (letter, "timeout", "SECS", type, member, \
               "how long a server may take to answer (default 10)")

/* All of them, each once; or those of a list, "host:port,tcp://host:port", in that order. Ends the program if there is none such. */
void servers_of (PVFS_fs_id fs, const char *list, struct servers *ret);
void servers_free (struct servers *s);
/* secs 0: 10. */
void servers_set_timeout (int64_t secs);
/* Reports why it failed, with the remedy if there is one. */
void server_report (const struct server *s, int error);
/* After a call to all of them that ended with r: reports the servers that failed, and why. False: there is one. */
bool servers_settle (struct servers *s, int r);
/* "metadata", "data", "metadata+data" */
const char *server_role (int type);

#endif
