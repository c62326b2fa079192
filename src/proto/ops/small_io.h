/* small_io: a read or write whose data fits the message. */
#ifndef PROTO_OP_SMALL_IO_H
#define PROTO_OP_SMALL_IO_H
#include "proto/ops/io.h"

struct small_io_req {
    struct io_req io;
    const void *data; /* write: this server's bytes in stream order */
    uint32_t data_len;
};

struct small_io_resp {
    int64_t bstream_size; /* after a write, before a read */
    bool stuffed;         /* the file has this datafile only: what is not in it is not in the file */
    uint32_t done;        /* write: bytes written */
    const void *data;     /* read: this server's bytes in stream order, up to its end of file */
    uint32_t data_len;
};

static inline void
small_io_req_codec (struct wire *w, struct small_io_req *b)
{
    io_req_codec (w, &b->io);
    wire_bytes (w, &b->data, &b->data_len, PROTO_MAX_SMALL_IO);
}

static inline void
small_io_resp_codec (struct wire *w, struct small_io_resp *b)
{
    wire_i64 (w, &b->bstream_size);
    wire_bool (w, &b->stuffed);
    wire_u32 (w, &b->done);
    wire_bytes (w, &b->data, &b->data_len, PROTO_MAX_SMALL_IO);
}
#endif
