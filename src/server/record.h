/*
 * record: what a server keeps in Trove beside object attributes – entries, bucket tables, layouts, symlink targets – and the small steps of which
 * the operations' transactions are made. All functions run inside a transaction (Trove's executor).
 *
 *   TROVE_DIRENT  dirdata, hash be64 ‖ name   ->  version, handle, object type
 *   TROVE_KEYVAL  directory, "bt"             ->  bucket table
 *   TROVE_KEYVAL  dirdata, "bk"               ->  bucket (only with OBJ_SPREAD)
 *   TROVE_KEYVAL  metafile, "ly"              ->  layout (distribution, datafiles, wished number)
 *   TROVE_KEYVAL  symlink, "st"               ->  target
 */
#ifndef SERVER_RECORD_H
#define SERVER_RECORD_H

#include "io/trove/trove.h"
#include "proto/proto.h"
#include "proto/record.h"

struct entry {
    obj_handle handle;
    uint8_t type;
};

/* Directories. Their size says nothing: it is the same for all. */
enum { DIRECTORY_SIZE = 4096 };
int record_new_directory (struct trove_txn *t, obj_fsid fs, obj_handle h, const struct object_attr *a); /* with its one bucket */
struct eattr_pair;
uint16_t record_xattr_bit (const char *name); /* OBJ_HAS_… that an extended attribute falls under */
/* To an object that is just being made: extended attributes, and their bits in *a. */
int record_put_xattrs (struct trove_txn *t, obj_fsid fs, obj_handle h, struct object_attr *a, uint32_t n, const struct eattr_pair *x);
/* Replaces all extended attributes of an object, and their bits in *a. */
int record_replace_xattrs (struct trove_txn *t, obj_fsid fs, obj_handle h, struct object_attr *a, uint32_t n, const struct eattr_pair *x);
int record_table (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct arena *arena, struct record_table *ret);
int record_put_table (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct record_table *table);
/* -ENOTEMPTY. -EREMOTE: it has buckets elsewhere (spread.h). */
int record_remove_directory (struct trove_txn *t, obj_fsid fs, obj_handle h);
/* Of a dirdata whose attributes are *a; without a record: all hashes are its own. */
int record_bucket (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const struct object_attr *a, struct record_bucket *ret);
/* The object's attributes are set, too. */
int record_put_bucket (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, struct object_attr *a, struct record_bucket *b);

/* Entries. */
int entry_get (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name, struct entry *ret); /* -ENOENT */
int entry_put (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name, const struct entry *e);
int entry_del (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name);
/* In hash order, hash > after. fn as trove_iterate's. */
int entry_each (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, uint64_t after,
                int (*fn) (void *arg, uint64_t hash, const char *name, size_t name_len, const struct entry *e), void *arg);
/* A directory gained (+1) or lost (−1) an entry, a subdirectory if is_dir: count, link count, times. *ret (or NULL): what it is then. */
int directory_changed (struct trove_txn *t, obj_fsid fs, obj_handle dir, int entries, int subdirs, uint64_t now, struct object_attr *ret);

/* A directory moves from one parent to another, says one move. Said again, or undone because it was refused, it counts only if nobody else has moved the
 * directory since: an exchange that a crash interrupts does not hold the other object's name, which may be moved on before it goes on. */
struct directory_move {
    obj_handle dir, from, to;
    uint64_t by;
    uint8_t step; /* MOVE_... */
};
int directory_moves (struct trove_txn *t, obj_fsid fs, const struct directory_move *m, uint64_t now);

/* Files and links. */
int layout_get (struct trove_txn *t, obj_fsid fs, obj_handle metafile, struct arena *arena, struct proto_layout *ret);
int layout_put (struct trove_txn *t, obj_fsid fs, obj_handle metafile, const struct proto_layout *l);
int target_get (struct trove_txn *t, obj_fsid fs, obj_handle symlink, struct arena *arena, const char **ret);
int target_put (struct trove_txn *t, obj_fsid fs, obj_handle symlink, const char *target);

/* Everything of an object that lives under its handle: attributes, keyvals, xattrs, bytestream. What is not there is fine. */
int record_remove_object (struct trove_txn *t, obj_fsid fs, obj_handle h);

/* All but the size of one local object, as clients get it. */
int record_info (struct trove_txn *t, obj_fsid fs, obj_handle h, struct arena *arena, struct proto_info *ret);

#endif
