/* mgmt_repair_file: a new file around a datafile that has lost its own: metafile, name, and that one datafile as all of its data. */
#ifndef PROTO_OP_MGMT_REPAIR_FILE_H
#define PROTO_OP_MGMT_REPAIR_FILE_H
#include "proto/proto.h"

struct mgmt_repair_file_req {
    struct proto_entry_at at;
    struct proto_create_attr attr;
    obj_handle datafile;
};

struct mgmt_repair_file_resp {
    struct proto_info info;
};

static inline void
mgmt_repair_file_req_codec (struct wire *w, struct mgmt_repair_file_req *b)
{
    proto_entry_at_codec (w, &b->at);
    proto_create_attr_codec (w, &b->attr);
    wire_u64 (w, &b->datafile);
}

static inline void
mgmt_repair_file_resp_codec (struct wire *w, struct mgmt_repair_file_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
