/*
 * The entries of a directory, for readdir and readdirplus: a machine to CALL. Works on the operation's arguments ref, token and count; fills
 * its dirents, ndirents, dir_end and dir_version.
 */
#ifndef SYS_READDIR_H
#define SYS_READDIR_H

#include "client/sysint/client.h"

struct readdir_wish {
    bool plus;                  /* in: what the entry's server knows of the objects */
    struct proto_info **infos;  /* out: one per entry, in the arena; NULL: not known there */
};
extern const struct sm_machine readdir_list_sm;

#endif
