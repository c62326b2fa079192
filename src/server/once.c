/*
 * Answers to orders of other servers; see once.h.
 */
#include "server/once.h"

#include "io/trove/trove.h"
#include "proto/proto.h"

enum { NAME_MAX_BYTES = PROTO_MAX_NAME + 32, DROP_AT_ONCE = 64 };

struct once_key {
    uint8_t name[NAME_MAX_BYTES];
    struct trove_key key;
};

static struct trove_key *
make_key (struct once_key *k, obj_fsid fs, const struct once *o, uint64_t intent)
{
    struct wire w;
    wire_encoder (&w, k->name, sizeof k->name);
    wire_fixed (&w, "done:", 5);
    wire_fixed (&w, (void *) o->coordinator, strlen (o->coordinator) + 1);
    wire_be64 (&w, &intent);
    k->key = (struct trove_key){ .fs = fs, .type = TROVE_KEYVAL, .name = k->name, .name_len = w.pos };
    return &k->key;
}

int
once_get (struct trove_txn *t, obj_fsid fs, const struct once *o, obj_handle *ret_answer)
{
    struct once_key k;
    struct wire w;
    const void *v;
    size_t n;
    obj_handle answer = 0;
    int r = trove_get (t, make_key (&k, fs, o, o->intent), &v, &n);
    if (r < 0)
        return r;
    wire_decoder (&w, v, n, NULL);
    wire_u64 (&w, &answer);
    if (wire_finish (&w) < 0)
        return -EIO;
    *ret_answer = answer;
    return 0;
}

struct settled {
    const struct once *o;
    const struct trove_key *key;
    uint64_t intents[DROP_AT_ONCE];
    unsigned n;
};

static int
collect_settled (void *arg, const struct trove_item *item)
{
    struct settled *s = arg;
    size_t prefix = s->key->name_len - 8;
    uint64_t id = 0;
    struct wire w;
    if (item->name_len != s->key->name_len || memcmp (item->name, s->key->name, prefix) != 0)
        return 1;
    wire_decoder (&w, (const uint8_t *) item->name + prefix, 8, NULL);
    wire_be64 (&w, &id);
    if (id >= s->o->settled || s->n == ARRAY_SIZE (s->intents))
        return 1;
    s->intents[s->n++] = id;
    return 0;
}

static int
drop_settled (struct trove_txn *t, obj_fsid fs, const struct once *o)
{
    struct once_key k;
    struct settled s = { .o = o, .key = make_key (&k, fs, o, 0) };
    int r = trove_iterate (t, s.key, false, collect_settled, &s);
    for (unsigned i = 0; r == 0 && i < s.n; i++)
        r = trove_del (t, make_key (&k, fs, o, s.intents[i]));
    return r;
}

int
once_put (struct trove_txn *t, obj_fsid fs, const struct once *o, obj_handle answer)
{
    struct once_key k;
    uint8_t val[8];
    struct wire w;
    wire_encoder (&w, val, sizeof val);
    wire_u64 (&w, &answer);
    int r = trove_put (t, make_key (&k, fs, o, o->intent), val, sizeof val);
    return r < 0 ? r : drop_settled (t, fs, o);
}
