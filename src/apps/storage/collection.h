/* collection: the file systems that a space has a part of, by their names in it. */
#ifndef APPS_STORAGE_COLLECTION_H
#define APPS_STORAGE_COLLECTION_H

#include "io/trove/trove.h"

enum { COLLECTION_NAME = 256 };

struct collection {
    obj_fsid id;
    char name[COLLECTION_NAME]; /* "" if the space does not say: formats before 2, or what is left of a removal */
};

/* The first one with an ID of at least c->id. False: there is none. Ends the program if the database cannot be read. */
bool collection_next (struct trove_space *space, struct collection *c);
/* By name or ID; 0: none. */
obj_fsid collection_find (struct trove_space *space, const char *name);

#endif
