/* io: bulk data of one datafile by a flow. The ack (first response) is the promise of design §2; for a write a second response of the same
 * tag, with LAST, ends it. For a read the data's last message carries LAST; a negative ack or one with nothing to come carries LAST itself. */
#ifndef PROTO_OP_IO_H
#define PROTO_OP_IO_H
#include "proto/proto.h"

enum { IO_READ = 1, IO_WRITE = 2 };

struct io_req {
    obj_handle handle;   /* datafile */
    uint8_t type;
    uint32_t server_nr, server_ct;
    const char *dist_name, *dist_params;
    const void *file_req; /* encoded PVFS_Request (description/request-codec) */
    uint32_t file_req_len;
    int64_t file_off;    /* data bytes of the tiled file request to skip */
    int64_t total;       /* bytes of the whole transfer, over all servers */
    uint32_t buffer_size; /* of one data message */
};

struct io_resp {
    int64_t bstream_size; /* ack: size of the datafile now */
    bool stuffed;         /* ack: as in small_io */
    int64_t length;       /* ack of a read: bytes to come; completion of a write: bytes written */
};

static inline void
io_req_codec (struct wire *w, struct io_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u8 (w, &b->type);
    wire_u32 (w, &b->server_nr);
    wire_u32 (w, &b->server_ct);
    wire_string (w, &b->dist_name, PROTO_MAX_DIST_NAME);
    wire_string (w, &b->dist_params, PROTO_MAX_DIST_PARAMS);
    wire_bytes (w, &b->file_req, &b->file_req_len, PROTO_MAX_IO_REQUEST);
    wire_i64 (w, &b->file_off);
    wire_i64 (w, &b->total);
    wire_u32 (w, &b->buffer_size);
}

static inline void
io_resp_codec (struct wire *w, struct io_resp *b)
{
    wire_i64 (w, &b->bstream_size);
    wire_bool (w, &b->stuffed);
    wire_i64 (w, &b->length);
}
#endif
