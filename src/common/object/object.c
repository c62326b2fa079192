/*
 * The codec of object attributes; see object.h.
 */
#include "common/object/object.h"

#include <errno.h>

enum { RECORD_VERSION = 1, RECORD_WITH_SPREAD = 2 };

void
object_spread_codec (struct wire *w, struct object_spread *s)
{
    wire_u32 (w, &s->initial);
    wire_u32 (w, &s->max);
    wire_u32 (w, &s->split_size);
}

static void
own_spread_codec (struct wire *w, struct object_spread *s)
{
    object_spread_codec (w, s);
    if (!w->err && (s->initial < 1 || s->initial > s->max || s->max > OBJECT_SPREAD_MAX))
        wire_fail (w, -EPROTO);
}

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
    if (!w->encoding) {
        a->blocks = 0;
        a->spread = (struct object_spread){ 0 };
    }
    if (!w->err && (a->flags & OBJ_OWN_SPREAD))
        own_spread_codec (w, &a->spread);
}

void
object_record_codec (struct wire *w, struct object_attr *a)
{
    uint8_t version = a->flags & OBJ_OWN_SPREAD ? RECORD_WITH_SPREAD : RECORD_VERSION;
    wire_u8 (w, &version);
    if (!w->err && version != RECORD_VERSION && version != RECORD_WITH_SPREAD)
        wire_fail (w, -EPROTONOSUPPORT);
    object_attr_codec (w, a);
    if (!w->err && (version == RECORD_WITH_SPREAD) != !!(a->flags & OBJ_OWN_SPREAD))
        wire_fail (w, -EPROTO);
}
