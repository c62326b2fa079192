/*
 * The codec of object attributes; see object.h.
 */
#include "common/object/object.h"

void
object_attr_codec (struct wire *w, struct object_attr *a)
{
    wire_u8 (w, &a->type);
    wire_u8 (w, &a->body);
    wire_u16 (w, &a->flags);
    wire_u32 (w, &a->mode);
    wire_u32 (w, &a->uid);
    wire_u32 (w, &a->gid);
    wire_u32 (w, &a->nlink);
    wire_u32 (w, &a->dev);
    wire_u64 (w, &a->atime);
    wire_u64 (w, &a->mtime);
    wire_u64 (w, &a->ctime);
    wire_u64 (w, &a->change);
    wire_u64 (w, &a->parent);
    wire_u64 (w, &a->entries);
    wire_i64 (w, &a->size);
    if (!w->encoding)
        a->blocks = 0;
}
