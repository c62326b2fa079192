/*
 * The cache of keys: what the executor read and wrote last, so that a read-only transaction whose keys are all here is
 * answered inline on the reactor, without a thread switch.
 *
 * The executor is the only writer. A change becomes visible at its commit: until then the entry is *busy*, which only the
 * transaction itself can read (its own writes) and everybody else takes for unknown. Absence is cached too. Bounded;
 * the least recently used go. One lock, held for a lookup or a copy.
 */
#ifndef IO_TROVE_DBPF_CACHE_H
#define IO_TROVE_DBPF_CACHE_H

#include <pthread.h>

#include "common/base/hash.h"
#include "common/base/list.h"

struct key_cache {
    pthread_mutex_t lock;
    struct hash_table table;
    struct list recent; /* front: used last */
    size_t bytes, limit;
};

void cache_init (struct key_cache *c, size_t limit);
void cache_fini (struct key_cache *c);
size_t cache_size (struct key_cache *c); /* bytes; any thread */
void cache_empty (struct key_cache *c);  /* executor, between transactions */

/* Reactor: copies the committed value into *buf (grown as needed). -ENOENT known to be absent, -EAGAIN unknown. */
int cache_read (struct key_cache *c, const void *key, size_t key_len, void **buf, size_t *buf_cap, size_t *ret_len);

/* Executor. `changes` is the running transaction's list. The value stays valid until the next call that changes the cache. */
int cache_get (struct key_cache *c, const void *key, size_t key_len, const void **ret_val, size_t *ret_len);
/* What the database says of a key that the running transaction has not changed; val NULL: absent. */
void cache_fill (struct key_cache *c, const void *key, size_t key_len, const void *val, size_t len);
/* The running transaction writes (val NULL: deletes). */
void cache_change (struct key_cache *c, struct list *changes, const void *key, size_t key_len, const void *val, size_t len);
void cache_commit (struct key_cache *c, struct list *changes);
void cache_abort (struct key_cache *c, struct list *changes);

#endif
