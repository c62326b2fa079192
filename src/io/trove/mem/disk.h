/*
 * The disk of a simulated server: what was written, and how to forget what was not flushed.
 *
 *     keys       the live table and a journal of commits since the last flush, each with its undo
 * records streams    per bytestream a live image, the image as of its last sync, and the changes
 * between them
 */
#ifndef IO_TROVE_MEM_DISK_H
#define IO_TROVE_MEM_DISK_H

#include "common/base/list.h"
#include "io/trove/mem/image.h"
#include "io/trove/mem/tree.h"
#include "io/trove/trove-impl.h"

struct commit {
    struct list link;
    uint64_t seq;
    struct list undo; /* newest first */
};

/* A change of a bytestream that may be lost. */
struct change {
    struct list link;
    uint64_t id;
    enum trove_bstream_kind kind; /* WRITE, RESIZE, SET_MTIME */
    int64_t off;                  /* RESIZE: the size */
    size_t len;
    uint64_t mtime;
    uint8_t data[];
};

struct stream {
    struct image live, synced;
    struct list changes; /* struct change, oldest first */
    size_t unsynced;     /* bytes in them */
};

struct trove_mem_disk {
    struct trove_mem_config config;
    struct tree keys, streams;
    struct list journal; /* struct commit, oldest first */
    uint64_t committed, flushed, change_id;
    uint64_t key_bytes, stream_bytes;
};

/* Another disk of the same content, all of it flushed. */
int disk_clone (const struct trove_mem_disk *from, struct trove_mem_disk **ret);

/* Keys. `undo` collects what a rollback needs. */
int disk_put (struct trove_mem_disk *d, struct list *undo, const void *key, size_t len,
              const void *val, size_t val_len);
int disk_del (struct trove_mem_disk *d, struct list *undo, const void *key, size_t len);
void disk_rollback (struct trove_mem_disk *d, struct list *undo);
int disk_commit (struct trove_mem_disk *d, struct list *undo); /* takes the records over */
void disk_flush (struct trove_mem_disk *d, uint64_t seq);

/* Bytestreams. */
struct stream *disk_stream (struct trove_mem_disk *d, obj_fsid fs, obj_handle h, bool create);
void disk_stream_id (const struct tree_node *n, obj_fsid *ret_fs, obj_handle *ret_h);
void disk_stream_remove (struct trove_mem_disk *d, obj_fsid fs, obj_handle h);
/* One contiguous change, now. data NULL unless WRITE. */
int disk_change (struct trove_mem_disk *d, struct stream *s, const struct change *what,
                 const void *data);
void disk_sync (struct trove_mem_disk *d, struct stream *s,
                uint64_t up_to); /* change ids <= up_to are durable */

#endif
