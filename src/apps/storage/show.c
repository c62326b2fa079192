/* See show.h. */
#include "apps/storage/show.h"

#include <stdio.h>

#include "apps/common/format.h"
#include "apps/common/tool.h"
#include "proto/ops/fsck_scan.h"
#include "proto/record.h"
#include "server/intent.h"

/* -- lines -- */

void
show_open (struct show *s)
{
    if (s->json)
        putchar ('[');
}

void
show_close (struct show *s)
{
    if (s->json)
        puts (s->printed > 0 ? "\n]" : "]");
}

void
show_begin (struct show *s)
{
    if (s->json)
        fputs (s->printed > 0 ? ",\n{" : "\n{", stdout);
    s->printed++;
    s->first = true;
}

void
show_end (struct show *s)
{
    if (s->json)
        putchar ('}');
    else
        putchar ('\n');
}

static void
member (struct show *s, const char *name)
{
    if (s->json)
        printf ("%s\"%s\": ", s->first ? "" : ", ", name);
    else
        printf ("%s%s=", s->first ? "" : " ", name);
    s->first = false;
}

void
show_number (struct show *s, const char *name, uint64_t value)
{
    member (s, name);
    printf ("%llu", (unsigned long long)value);
}

/* What a terminal and JSON both take as it is. */
static bool
is_plain (const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

static void
print_hex (struct show *s, const uint8_t *bytes, size_t len)
{
    if (s->json)
        putchar ('"');
    fputs ("0x", stdout);
    for (size_t i = 0; i < len; i++)
        printf ("%02x", bytes[i]);
    if (s->json)
        putchar ('"');
}

void
show_text (struct show *s, const char *name, const void *text, size_t len)
{
    member (s, name);
    if (!is_plain (text, len)) {
        print_hex (s, text, len);
        return;
    }
    char *copy = tool_text ("%.*s", (int)len, (const char *)text);
    print_json_text (copy);
    free (copy);
}

void
show_word (struct show *s, const char *name, const char *word)
{
    member (s, name);
    printf (s->json ? "\"%s\"" : "%s", word);
}

static void
show_signed (struct show *s, const char *name, int64_t value)
{
    member (s, name);
    printf ("%lld", (long long)value);
}

static void
show_handles (struct show *s, const char *name, const obj_handle *h, uint32_t n)
{
    member (s, name);
    if (s->json)
        putchar ('[');
    for (uint32_t i = 0; i < n; i++)
        printf ("%s%llu", i > 0 ? "," : "", (unsigned long long)h[i]);
    if (s->json)
        putchar (']');
}

/* -- values: all decode the cursor to its end -- */

static const char *
type_word (uint8_t type)
{
    switch (type) {
    case OBJ_METAFILE:
        return "metafile";
    case OBJ_DATAFILE:
        return "datafile";
    case OBJ_DIRECTORY:
        return "directory";
    case OBJ_SYMLINK:
        return "symlink";
    case OBJ_DIRDATA:
        return "dirdata";
    case OBJ_INTERNAL:
        return "internal";
    case OBJ_SPECIAL:
        return "special";
    default:
        return "unknown";
    }
}

static void
show_attr (struct show *s, struct wire *w)
{
    struct object_attr a = { 0 };
    object_record_codec (w, &a);
    if (wire_finish (w) < 0)
        return;
    char mode[16];
    snprintf (mode, sizeof mode, "%04o", a.mode);
    show_word (s, "object", type_word (a.type));
    show_word (s, "mode", mode);
    show_number (s, "uid", a.uid);
    show_number (s, "gid", a.gid);
    show_number (s, "links", a.nlink);
    show_signed (s, "atime", (int64_t)a.atime);
    show_signed (s, "mtime", (int64_t)a.mtime);
    show_signed (s, "ctime", (int64_t)a.ctime);
    show_number (s, "changes", a.change);
    show_number (s, "parent", a.parent);
    show_number (s, "entries", a.entries);
    show_number (s, "flags", a.flags);
    if (a.flags & OBJ_OWN_SPREAD) {
        show_number (s, "servers_initial", a.spread.initial);
        show_number (s, "servers_max", a.spread.max);
        show_number (s, "split_size", a.spread.split_size);
    }
    show_signed (s, "size", a.size);
    show_number (s, "device", a.dev);
}

static void
show_entry (struct show *s, const struct trove_item *item, struct wire *w)
{
    obj_handle handle = 0;
    uint64_t hash = 0;
    uint8_t type = 0;
    struct wire key;
    wire_decoder (&key, item->name, MIN (item->name_len, (size_t)8), NULL);
    wire_be64 (&key, &hash);
    record_entry_codec (w, &handle, &type);
    if (key.err || item->name_len <= 8)
        wire_fail (w, -EIO);
    if (wire_finish (w) < 0)
        return;
    show_text (s, "name", (const char *)item->name + 8, item->name_len - 8);
    show_number (s, "hash", hash);
    show_number (s, "target", handle);
    show_word (s, "object", type_word (type));
}

static void
show_table (struct show *s, struct wire *w)
{
    struct record_table t = { 0 };
    record_table_codec (w, &t);
    if (wire_finish (w) < 0)
        return;
    obj_handle buckets[PROTO_MAX_BUCKETS];
    for (uint32_t i = 0; i < t.n; i++)
        buckets[i] = t.buckets[i].dirdata;
    show_handles (s, "buckets", buckets, t.n);
    if (t.pending.dirdata != 0)
        show_number (s, "pending", t.pending.dirdata);
}

static void
show_bucket (struct show *s, struct wire *w)
{
    struct record_bucket b = { 0 };
    record_bucket_codec (w, &b);
    if (wire_finish (w) < 0)
        return;
    show_number (s, "first", b.first);
    show_number (s, "end", b.end);
    show_number (s, "moving", b.moving);
    show_number (s, "version", b.version);
    show_number (s, "frozen", b.frozen);
}

static void
show_layout (struct show *s, struct wire *w)
{
    struct proto_layout l = { 0 };
    record_layout_codec (w, &l);
    if (wire_finish (w) < 0)
        return;
    show_text (s, "distribution", l.dist_name, strlen (l.dist_name));
    show_text (s, "parameters", l.dist_params, strlen (l.dist_params));
    show_handles (s, "datafiles", l.dfiles, l.ndfiles);
    show_number (s, "wanted", l.ndfiles_wanted);
}

static bool
is_named (const struct trove_item *item, const char *name)
{
    return item->name_len == strlen (name) && memcmp (item->name, name, item->name_len) == 0;
}

static void
show_key (struct show *s, const struct trove_item *item)
{
    static const char orphan[] = "orphan:";
    size_t n = sizeof orphan - 1;
    obj_handle h = 0;
    if (item->name_len != n + 8 || memcmp (item->name, orphan, n) != 0) {
        show_text (s, "key", item->name, item->name_len);
        return;
    }
    struct wire w;
    wire_decoder (&w, (const uint8_t *)item->name + n, 8, NULL);
    wire_be64 (&w, &h);
    show_word (s, "key", "orphan");
    show_number (s, "object", h);
}

static void
show_keyval (struct show *s, const struct trove_item *item, struct wire *w)
{
    show_key (s, item);
    if (item->handle != 0 && is_named (item, "bt"))
        show_table (s, w);
    else if (item->handle != 0 && is_named (item, "bk"))
        show_bucket (s, w);
    else if (item->handle != 0 && is_named (item, "ly"))
        show_layout (s, w);
    else
        show_text (s, "value", item->val, item->val_len);
}

static void
show_xattr (struct show *s, const struct trove_item *item, struct wire *w)
{
    show_text (s, "key", item->name, item->name_len);
    show_text (s, "value", item->val, item->val_len);
}

static void
show_intent (struct show *s, const struct trove_item *item, struct wire *w)
{
    struct fsck_intent i;
    if (intent_look (item->val, item->val_len, w->arena, &i) < 0) {
        wire_fail (w, -EIO);
        return;
    }
    show_number (s, "kind", i.kind);
    show_number (s, "of", i.fs);
    show_handles (s, "handles", i.handles, i.nhandles);
}

static void
show_reply (struct show *s, const struct trove_item *item, struct wire *w)
{
    struct record_reply r = { 0 };
    uint32_t slot = 0;
    struct wire key;
    wire_decoder (&key, item->name, item->name_len, NULL);
    wire_be32 (&key, &slot);
    record_reply_codec (w, &r);
    if (wire_finish (&key) < 0)
        wire_fail (w, -EIO);
    if (wire_finish (w) < 0)
        return;
    const struct proto_op_info *op = proto_op_info (r.op);
    show_number (s, "slot", slot);
    show_number (s, "sequence", r.seq);
    show_word (s, "operation", op != NULL ? op->name : "unknown");
    show_signed (s, "status", r.status);
    show_signed (s, "when", (int64_t)r.when);
}

static void
show_pool (struct show *s, const struct trove_item *item, struct wire *w)
{
    const char *alias = item->name;
    size_t n = strnlen (alias, item->name_len);
    uint64_t handle = 0;
    struct wire key;
    wire_decoder (&key, alias + MIN (n + 1, item->name_len), item->name_len - MIN (n + 1, item->name_len), NULL);
    wire_be64 (&key, &handle);
    if (wire_finish (&key) < 0) {
        wire_fail (w, -EIO);
        return;
    }
    show_text (s, "server", alias, n);
    show_word (s, "object", type_word ((uint8_t)item->handle));
    if (handle != UINT64_MAX) {
        show_number (s, "precreated", handle);
        return;
    }
    uint64_t batch = 0;
    wire_u64 (w, &batch);
    show_number (s, "last_batch", batch);
}

static void
show_private (struct show *s, const struct trove_item *item, struct wire *w)
{
    uint64_t next = 0;
    show_text (s, "key", item->name, item->name_len);
    if (is_named (item, "next")) {
        wire_u64 (w, &next);
        if (wire_finish (w) == 0)
            show_number (s, "next", next);
    } else if (is_named (item, "name")) {
        show_text (s, "value", item->val, item->val_len);
    }
}

/* -- records -- */

static const char *
kind_word (uint8_t type)
{
    switch (type) {
    case TROVE_ATTR:
        return "attributes";
    case TROVE_DIRENT:
        return "entry";
    case TROVE_XATTR:
        return "xattr";
    case TROVE_KEYVAL:
        return "keyval";
    case TROVE_INTENT:
        return "intent";
    case TROVE_REPLY:
        return "reply";
    case TROVE_POOL:
        return "pool";
    case TROVE_PRIVATE:
        return "private";
    default:
        return "unknown";
    }
}

static void
show_value (struct show *s, const struct trove_record *r, struct wire *w)
{
    switch (r->type) {
    case TROVE_ATTR:
        show_attr (s, w);
        break;
    case TROVE_DIRENT:
        show_entry (s, &r->item, w);
        break;
    case TROVE_XATTR:
        show_xattr (s, &r->item, w);
        break;
    case TROVE_KEYVAL:
        show_keyval (s, &r->item, w);
        break;
    case TROVE_INTENT:
        show_intent (s, &r->item, w);
        break;
    case TROVE_REPLY:
        show_reply (s, &r->item, w);
        break;
    case TROVE_POOL:
        show_pool (s, &r->item, w);
        break;
    case TROVE_PRIVATE:
        show_private (s, &r->item, w);
        break;
    default:
        wire_fail (w, -EIO);
    }
}

bool
show_record (struct show *s, const struct trove_record *r)
{
    struct arena arena = { 0 };
    struct wire w;
    wire_decoder (&w, r->item.val, r->item.val_len, &arena);
    show_begin (s);
    show_number (s, "fs", r->fs);
    show_word (s, "record", kind_word (r->type));
    show_number (s, "handle", r->item.handle);
    show_value (s, r, &w);
    if (w.err) {
        show_word (s, "state", "unreadable");
        s->unreadable++;
    }
    show_end (s);
    arena_fini (&arena);
    return w.err == 0;
}
