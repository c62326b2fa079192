/* set-params: what the tools that set parameters of running servers share. Each of them is a table
 * of options and a list of changes.
 */
#ifndef APPS_ADMIN_SET_PARAMS_H
#define APPS_ADMIN_SET_PARAMS_H

#include "apps/common/servers.h"

/* The options of all of them; first in a tool's struct of choices. */
struct set_choices {
    const char *mount, *server;
    int64_t timeout;
};
#define SET_OPTIONS(type, member)                                        \
    OPT_MOUNT (type, member.mount), OPT_SERVER (0, type, member.server), \
        OPT_TIMEOUT (0, type, member.timeout)
/* Behind a tool's own description. */
#define SET_LASTS "It lasts until a server ends.\n\nOnly root may set it."

struct change {
    enum PVFS_server_param param;
    uint64_t value;
    const char *text; /* NULL: the value counts */
};

/* Makes the changes one after the other, each on all servers at once; returns the exit status. */
int set_params (const struct set_choices *where, const struct change *changes, int n);

/* 0 or 1; ends the program with "-D 5: not 0 or 1". */
uint64_t set_boolean (const char *option, const char *text);

#endif
