/*
 * bucket: the part of a directory that one server holds – a dirdata and the entries whose hashes fall into its range.
 *
 * A directory begins with one bucket, on its own server, where the directory's record holds permissions, counts and times. A bucket on another server
 * holds a copy of the permissions, and counts and times of its own part, in the record of its dirdata; so every operation on an entry is one
 * transaction of one server, wherever the bucket is. Who asks for the attributes of a directory with several buckets adds them up.
 *
 * Here is the bucket's side; the directory's – split, new permissions, removal – is spread.h.
 */
#ifndef SERVER_BUCKET_H
#define SERVER_BUCKET_H

#include "server/record.h"
#include "server/server.h"

/* Whose record holds what this server knows of the directory of an entry: the directory's if it lives here, else the dirdata's. */
obj_handle bucket_holder (struct server *s, struct server_fs *fs, const struct proto_entry_at *at);

/* The directory of an entry, of which this bucket serves that name (no name: any): `may` allowed. *ret: permissions, and counts of this part.
 * -ESTALE, -ENOTDIR, -EACCES, -PROTO_EMOVED. */
int bucket_check (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, unsigned may, struct object_attr *ret);
/* Where the hashes end that are served; what lies behind is another bucket's, or will be. */
int bucket_upto (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, uint64_t *ret);

/* The part gained or lost entries: see directory_changed. What it is then is in op->dir; one that has grown large is noted in op->full, to be told to
 * the directory's server. */
int bucket_changed (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, int entries, int subdirs);

#endif
