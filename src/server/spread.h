/*
 * spread: a directory whose entries lie in buckets on several servers, seen from the directory's own server. The buckets' side is bucket.h.
 *
 * It grows: a bucket that has become large, or the wish to begin with several servers, is a reason for a split – the upper half of the bucket's hashes
 * goes to a server that has none yet, while others work. How many servers, how large: as was chosen for the directory when it was made, else by the
 * file system's DistrDir options (config_spread). An intent (SPLIT) drives it, without keys:
 *
 *   CHOOSE   target and hash; the new bucket is pending in the table: told of new permissions, not yet used      one transaction, with the intent
 *   PUT      the pending bucket comes into being                                                     bucket_put    → target
 *   MARK     the source serves the moving hashes no more, behind all that runs on it                 bucket_split  → source
 *   COPY     page by page                                                          bucket_read → source, bucket_fill → target
 *   SWITCH   the table has the new bucket: from here on clients find it                              one transaction, with the intent
 *   DROP     what has moved goes                                                                     bucket_drop   → source
 *   END      nothing is pending any more                                                             one transaction, with the intent's end,
 *                                                                                                    or, if it is to begin with more, for the next
 *
 * Whoever comes to the source with an old table, or while it copies, is sent back for the table (PROTO_EMOVED).
 *
 * New permissions, access lists, hints or times go to all buckets before the answer (intent TELL). A removal first makes sure that all buckets are
 * empty and stay so (intent EMPTY, which thaws them if one is not); while a split is under way it is refused with PROTO_EMOVED, to be tried again.
 */
#ifndef SERVER_SPREAD_H
#define SERVER_SPREAD_H

#include "server/intent.h"

/* What is wished for a new directory (0: as the file system) becomes part of its attributes. -EINVAL: more servers at once than at most, or too many. */
int spread_choose (const struct config_fs *cfg, const struct object_spread *wish, struct object_attr *a);
/* In the transaction that makes the directory: if it is to have several buckets at once, op->grows becomes an intent that is put. */
int spread_promise (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct object_attr *a);
/* On the reactor: one of the directory's buckets has grown. Splits it in the background if that may be. */
void spread_grow (struct server *s, struct server_fs *fs, obj_handle dir, obj_handle dirdata);
/* Called machine, at the end of an operation: tells the directory's server that op->full has grown. Nothing fails. */
extern const struct sm_machine spread_tell_full_sm;

/* In a transaction that has changed a directory's attributes to *a: if it has buckets elsewhere, op->follow becomes an intent that is put. */
int spread_follow (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct object_attr *a, bool times_set);
/* Does the extended attribute matter to buckets? */
bool spread_concerns (const char *xattr);

/* Called machine, argument *obj_handle: removes a directory with OBJ_SPREAD, whose key is held. -ENOTEMPTY, -PROTO_EMOVED. */
extern const struct sm_machine spread_remove_sm;

/* Drives an intent of kind SPLIT. Called machine, argument struct intent *. */
extern const struct sm_machine spread_split_sm;

#endif
