/*
 * The content of one bytestream: size, time of last write, and chunks that images share until one
 * of them writes.
 */
#ifndef IO_TROVE_MEM_IMAGE_H
#define IO_TROVE_MEM_IMAGE_H

#include "common/base/base.h"

enum { IMAGE_CHUNK = 16 << 10 };

struct image_chunk {
    unsigned refs;
    uint8_t data[IMAGE_CHUNK];
};

struct image_slot {
    int64_t index;
    struct image_chunk *chunk;
};

struct image {
    bool exists;
    int64_t size;
    uint64_t mtime;
    struct image_slot *slots; /* ascending; what is missing is a hole */
    size_t n, cap;
};

/* Zeroed memory is a stream that was never written. */
void image_fini (struct image *i);
int image_clone (const struct image *from, struct image *ret);
void image_read (const struct image *i, int64_t off, void *buf,
                 size_t n); /* zeros beyond the end */
int image_write (struct image *i, int64_t off, const void *buf,
                 size_t n); /* -ENOMEM: unchanged size, bytes undefined */
int image_resize (struct image *i, int64_t size);

#endif
