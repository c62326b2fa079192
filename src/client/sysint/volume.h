/*
 * Volumes: the configuration that a server gave, and which server is where. Inside sysint; the rest is in client.h.
 */
#ifndef VOLUME_H
#define VOLUME_H

#include "client/sysint/client.h"

void volumes_free (struct client *c);
/* The alias index of the server that holds the handle, or -ENOENT. */
int volume_alias_of (const struct volume *v, obj_handle h);

#endif
