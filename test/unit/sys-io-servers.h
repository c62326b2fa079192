/*
 * Servers played by the test of sys_io: real BMI over TCP on loopback, one file, datafiles in memory – and every fault on order.
 *
 * Server i holds datafile i; server 0 the metafile too. They speak the protocol (acks, LAST, ABORT) but know no scheduler,
 * no permissions and no disk. Everything runs on the test's one reactor.
 */
#ifndef TEST_SYS_IO_SERVERS_H
#define TEST_SYS_IO_SERVERS_H

#include "client/sysint/client.h"
#include "common/error/error.h"
#include "io/description/request-codec.h"
#include "io/description/req-state.h"
#include "proto/ops/getattr.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/listattr.h"
#include "proto/ops/setattr.h"
#include "proto/ops/small_io.h"
#include "proto/ops/truncate.h"
#include "proto/ops/unstuff.h"

enum { MAX_SERVERS = 4, FS_ID = 77, METAFILE = 1000, DIRECTORY = 1001, DFILE_MAX = 160 << 20 };

struct dfile {
    uint8_t *data;
    int64_t size, cap;
};

/* Each counts down: that many times it happens. */
struct faults {
    int eagain, stale, drop_before_ack, drop_in_flow, drop_before_done, fail_in_flow, abort_read;
    bool hold; /* answer no data request */
};

struct servers {
    struct reactor *r;
    int n;
    struct bmi *bmi[MAX_SERVERS];
    struct dfile dfile[MAX_SERVERS];
    bool stuffed;
    char params[64];
    uint64_t dfiles[MAX_SERVERS];
    char config[4096];
    struct faults faults;
    struct list held;
    unsigned count[PROTO_OP_COUNT]; /* requests */
    int running;                    /* io */
};

/* One request that is being served. */
struct served {
    struct servers *s;
    int nr;
    struct list held;
    struct bmi_peer *peer;
    uint64_t tag;
    struct arena arena;
    struct proto_request req;
    uint8_t *buf;
    struct bmi_msg in, out, answer[2]; /* ack, completion */
    struct iovec in_iov, out_iov, answer_iov[2];
    void *answer_buf[2];
    int answers;
    /* io */
    struct dist dist;
    struct req_map map;
    uint8_t *stream;
    int64_t bytes, moved;
    uint32_t chunk;
    int status, pending;
    bool ending, told;
};

static inline void
served_end (struct served *o)
{
    o->ending = true;
    if (o->pending)
        return;
    if (o->stream)
        o->s->running--;
    list_remove (&o->held);
    bmi_peer_unref (o->peer);
    arena_fini (&o->arena);
    free (o->answer_buf[0]);
    free (o->answer_buf[1]);
    free (o->stream);
    free (o->buf);
    free (o);
}

static inline void
served_sent (struct job *j)
{
    struct served *o = j->arg;
    o->pending--;
    if (o->ending)
        served_end (o);
}

static inline void
served_answer (struct served *o, int err, void *body, uint8_t flags)
{
    struct proto_response resp = { .op = o->req.op, .status = pvfs_error_from_errno (err), .body = body };
    struct wire w;
    size_t len;
    wire_encoder_grow (&w, PROTO_MAX_REQUEST);
    assert_int_equal (proto_response_codec (&w, &resp), 0);
    int i = o->answers++;
    assert_true (i < 2);
    o->answer_buf[i] = wire_take (&w, &len);
    o->answer_iov[i] = (struct iovec){ o->answer_buf[i], len };
    o->answer[i] = (struct bmi_msg){ .peer = o->peer, .tag = o->tag, .iov = &o->answer_iov[i], .niov = 1, .size = len, .flags = flags };
    job_init (&o->answer[i].job, o->s->r, served_sent, o);
    o->pending++;
    bmi_post_send (o->s->bmi[o->nr], &o->answer[i]);
}

static inline void
answer_and_end (struct served *o, int err, void *body)
{
    served_answer (o, err, body, BMI_LAST);
    served_end (o);
}

static inline void
dfile_reserve (struct dfile *d, int64_t size)
{
    if (size > d->cap) {
        int64_t cap = MAX (size, d->cap * 2);
        d->data = realloc (d->data, (size_t) cap);
        memset (d->data + d->cap, 0, (size_t) (cap - d->cap));
        d->cap = cap;
    }
}

static inline void
dfile_resize (struct dfile *d, int64_t size)
{
    if (size < d->size)
        memset (d->data + size, 0, (size_t) (d->size - size));
    dfile_reserve (d, size);
    d->size = size;
}

/* Moves `bytes` of the map's stream between its datafile and `buf`. */
static inline void
dfile_move (struct served *o, bool write, uint8_t *buf, int64_t bytes)
{
    struct dfile *d = &o->s->dfile[o->nr];
    struct req_state st;
    struct req_region g;
    int64_t at = 0, got;
    int n;
    assert_int_equal (req_state_init (&st, &o->map, NULL), 0);
    while (at < bytes) {
        assert_int_equal (req_next_physical (&st, bytes - at, &g, 1, &n, &got), 0);
        if (!got)
            break;
        if (write) {
            dfile_reserve (d, g.off + got);
            memcpy (d->data + g.off, buf + at, (size_t) got);
            d->size = MAX (d->size, g.off + got);
        } else {
            memcpy (buf + at, d->data + g.off, (size_t) got);
        }
        at += got;
    }
    assert_int_equal (at, bytes);
}

static inline void
served_map (struct served *o, const struct io_req *q)
{
    struct wire w;
    struct PINT_Request *file_req;
    wire_decoder (&w, q->file_req, q->file_req_len, &o->arena);
    request_wire (&w, &file_req);
    assert_int_equal (wire_finish (&w), 0);
    assert_int_equal (dist_lookup (q->dist_name, &o->dist), 0);
    assert_int_equal (dist_set_params (&o->dist, q->dist_params), 0);
    assert_int_equal (q->handle, o->s->dfiles[o->nr]);
    assert_int_equal (q->server_nr, o->nr);
    o->map = (struct req_map){ .file_req = file_req, .file_off = q->file_off, .total = q->total, .dist = &o->dist,
                               .server_nr = q->server_nr, .server_ct = q->server_ct,
                               .fsize = o->s->dfile[o->nr].size, .extend = q->type == IO_WRITE };
    assert_int_equal (req_total_for_server (&o->map, INT64_MAX, &o->bytes), 0);
}

static inline bool
happens (int *fault)
{
    return *fault > 0 && (*fault)--;
}

static inline void
serve_small (struct served *o)
{
    struct small_io_req *q = o->req.body;
    struct small_io_resp resp = { 0 };
    served_map (o, &q->io);
    if (q->io.type == IO_WRITE) {
        assert_int_equal (q->data_len, o->bytes);
        dfile_move (o, true, (uint8_t *) q->data, o->bytes);
        resp.done = q->data_len;
    } else {
        resp.data = arena_alloc (&o->arena, (size_t) o->bytes + 1);
        resp.data_len = (uint32_t) o->bytes;
        dfile_move (o, false, (uint8_t *) resp.data, o->bytes);
    }
    resp.bstream_size = o->s->dfile[o->nr].size;
    answer_and_end (o, 0, &resp);
}

/* --- io ------------------------------------------------------------------------------------------------------------------------- */

static inline void
io_done (struct served *o)
{
    struct io_resp resp = { .length = o->moved };
    if (happens (&o->s->faults.drop_before_done))
        bmi_drop (o->s->bmi[o->nr], o->peer, -ECONNRESET);
    else if (o->status == 0)
        dfile_move (o, true, o->stream, o->bytes);
    if (!o->told)
        served_answer (o, o->status, &resp, BMI_LAST);
    served_end (o);
}

static inline void io_receive (struct served *o);

static inline void
io_received (struct job *j)
{
    struct served *o = j->arg;
    o->pending--;
    if (j->status < 0) {
        served_end (o);
        return;
    }
    if (o->in.ret_flags & BMI_ABORT) {
        o->status = o->status ? o->status : -ECANCELED;
        io_done (o);
        return;
    }
    o->moved += (int64_t) o->in.actual;
    assert_int_equal (o->in.actual, MIN ((int64_t) o->chunk, o->bytes - (o->moved - (int64_t) o->in.actual)));
    assert_int_equal (!!(o->in.ret_flags & BMI_LAST), o->moved == o->bytes);
    if (happens (&o->s->faults.drop_in_flow))
        bmi_drop (o->s->bmi[o->nr], o->peer, -ECONNRESET);
    if (!o->told && o->moved < o->bytes && happens (&o->s->faults.fail_in_flow)) {
        o->told = true;
        o->status = -ENOSPC;
        served_answer (o, o->status, NULL, BMI_LAST);
    }
    if (o->in.ret_flags & BMI_LAST)
        io_done (o);
    else
        io_receive (o);
}

static inline void
io_receive (struct served *o)
{
    o->in_iov = (struct iovec){ o->stream + o->moved, (size_t) MIN ((int64_t) o->chunk, o->bytes - o->moved) };
    o->in = (struct bmi_msg){ .peer = o->peer, .tag = o->tag, .iov = &o->in_iov, .niov = 1, .size = o->in_iov.iov_len };
    job_init (&o->in.job, o->s->r, io_received, o);
    o->pending++;
    bmi_post_recv (o->s->bmi[o->nr], &o->in);
}

static inline void
io_send (struct served *o)
{
    int64_t n = MIN ((int64_t) o->chunk, o->bytes - o->moved);
    o->out_iov = (struct iovec){ o->stream + o->moved, (size_t) n };
    o->out = (struct bmi_msg){ .peer = o->peer, .tag = o->tag, .iov = &o->out_iov, .niov = 1, .size = (size_t) n,
                               .flags = o->moved + n == o->bytes ? BMI_LAST : 0 };
    o->moved += n;
}

static inline void
io_sent (struct job *j)
{
    struct served *o = j->arg;
    o->pending--;
    if (j->status == 0 && happens (&o->s->faults.drop_in_flow))
        bmi_drop (o->s->bmi[o->nr], o->peer, -ECONNRESET);
    if (j->status == 0 && o->moved < o->bytes && happens (&o->s->faults.abort_read)) {
        bmi_send_abort (o->s->bmi[o->nr], o->peer, o->tag, EIO);
        o->moved = o->bytes;
    }
    if (j->status < 0 || o->moved == o->bytes) {
        served_end (o);
        return;
    }
    io_send (o);
    job_init (&o->out.job, o->s->r, io_sent, o);
    o->pending++;
    bmi_post_send (o->s->bmi[o->nr], &o->out);
}

static inline void
serve_io (struct served *o)
{
    struct io_req *q = o->req.body;
    bool write = q->type == IO_WRITE;
    served_map (o, q);
    struct io_resp ack = { .bstream_size = o->s->dfile[o->nr].size, .length = write ? 0 : o->bytes };
    o->chunk = q->buffer_size;
    if (!o->bytes) {
        answer_and_end (o, 0, &ack);
        return;
    }
    o->stream = malloc ((size_t) o->bytes);
    o->s->running++;
    if (write) {
        io_receive (o);
        served_answer (o, 0, &ack, 0);
        return;
    }
    dfile_move (o, false, o->stream, o->bytes);
    served_answer (o, 0, &ack, 0);
    io_send (o);
    job_init (&o->out.job, o->s->r, io_sent, o);
    o->pending++;
    bmi_post_send (o->s->bmi[o->nr], &o->out);
}

/* --- metadata ---------------------------------------------------------------------------------------------------------------------- */

static inline int
fill_info (struct servers *s, obj_handle h, struct proto_info *i)
{
    *i = (struct proto_info){ .handle = h };
    for (int nr = 0; nr < s->n; nr++)
        if (s->dfiles[nr] == h) {
            i->have = INFO_SIZE;
            i->attr = (struct object_attr){ .type = OBJ_DATAFILE, .size = s->dfile[nr].size };
            return 0;
        }
    if (h != METAFILE && h != DIRECTORY)
        return -ENOENT;
    i->attr.type = h == METAFILE ? OBJ_METAFILE : OBJ_DIRECTORY;
    i->have = INFO_CAP;
    i->cap = (struct proto_cap){ .fs = FS_ID, .metafile = h, .mask = CAP_READ | CAP_WRITE, .expiry = UINT32_MAX };
    if (h == DIRECTORY)
        return 0;
    i->have |= INFO_LAYOUT;
    i->attr.flags = s->stuffed ? OBJ_STUFFED : 0;
    i->layout = (struct proto_layout){ .dist_name = "simple_stripe", .dist_params = s->params, .dfiles = s->dfiles,
                                        .ndfiles = s->stuffed ? 1 : (uint32_t) s->n, .ndfiles_wanted = (uint32_t) s->n };
    i->cap.ndfiles = i->layout.ndfiles;
    i->cap.dfiles = s->dfiles;
    return 0;
}

static inline void
serve_getattr (struct served *o)
{
    struct getattr_resp resp;
    int err = fill_info (o->s, ((struct getattr_req *) o->req.body)->handle, &resp.info);
    answer_and_end (o, err, &resp);
}

static inline void
serve_listattr (struct served *o)
{
    struct listattr_req *q = o->req.body;
    struct listattr_resp resp = { q->nhandles, arena_array (&o->arena, q->nhandles, sizeof *resp.items) };
    for (uint32_t i = 0; i < q->nhandles; i++)
        resp.items[i].error = pvfs_error_from_errno (fill_info (o->s, q->handles[i], &resp.items[i].info));
    answer_and_end (o, 0, &resp);
}

static inline void
serve_meta (struct served *o)
{
    struct unstuff_resp u;
    struct setattr_resp t;
    struct truncate_resp nothing = { 0 };
    struct getconfig_resp c = { o->s->config, (uint32_t) strlen (o->s->config) };
    struct truncate_req *q = o->req.body;
    switch (o->req.op) {
    case PROTO_getattr:
        serve_getattr (o);
        break;
    case PROTO_listattr:
        serve_listattr (o);
        break;
    case PROTO_getconfig:
        answer_and_end (o, 0, &c);
        break;
    case PROTO_unstuff:
        o->s->stuffed = false;
        answer_and_end (o, fill_info (o->s, METAFILE, &u.info), &u);
        break;
    case PROTO_setattr:
        answer_and_end (o, fill_info (o->s, METAFILE, &t.info), &t);
        break;
    case PROTO_truncate:
        assert_int_equal (q->handle, o->s->dfiles[o->nr]);
        if (q->size <= DFILE_MAX)
            dfile_resize (&o->s->dfile[o->nr], q->size);
        answer_and_end (o, q->size <= DFILE_MAX ? 0 : -EFBIG, &nothing);
        break;
    default:
        answer_and_end (o, -EOPNOTSUPP, NULL);
    }
}

static inline void
serve (struct served *o)
{
    struct servers *s = o->s;
    bool io = o->req.op == PROTO_io, data = io || o->req.op == PROTO_small_io;
    s->count[o->req.op]++;
    if (data && s->faults.hold) {
        list_push_back (&s->held, &o->held);
    } else if (data && happens (&s->faults.eagain)) {
        answer_and_end (o, -EAGAIN, NULL);
    } else if (data && happens (&s->faults.stale)) {
        answer_and_end (o, -ESTALE, NULL);
    } else if (data && happens (&s->faults.drop_before_ack)) {
        bmi_drop (s->bmi[o->nr], o->peer, -ECONNRESET);
        served_end (o);
    } else if (data) {
        io ? serve_io (o) : serve_small (o);
    } else {
        serve_meta (o);
    }
}

static inline void
served_decode (struct served *o, const uint8_t *buf, size_t len)
{
    struct wire w;
    wire_decoder (&w, buf, len, &o->arena);
    assert_int_equal (proto_request_codec (&w, &o->req), 0);
    serve (o);
}

static inline void
body_received (struct job *j)
{
    struct served *o = j->arg;
    o->pending--;
    if (j->status < 0)
        served_end (o);
    else
        served_decode (o, o->buf, o->in.actual);
}

static inline int
server_nr (struct servers *s, struct bmi *bmi)
{
    int nr = 0;
    while (s->bmi[nr] != bmi)
        nr++;
    return nr;
}

struct server_arg {
    struct servers *s;
    int nr;
};

static inline void
server_unexpected (void *arg, struct bmi_unexpected *u)
{
    struct server_arg *a = arg;
    struct served *o = calloc (1, sizeof *o);
    uint32_t body = 0;
    o->s = a->s;
    o->nr = a->nr;
    list_init (&o->held);
    o->peer = bmi_peer_ref (u->peer);
    o->tag = u->tag;
    memcpy (&body, u->buf, 4);
    size_t len = body ? body : u->size - 4;
    o->buf = malloc (len);
    if (!body)
        memcpy (o->buf, (const uint8_t *) u->buf + 4, len);
    bmi_release (a->s->bmi[a->nr], u);
    if (!body) {
        served_decode (o, o->buf, len);
        return;
    }
    o->in_iov = (struct iovec){ o->buf, len };
    o->in = (struct bmi_msg){ .peer = o->peer, .tag = o->tag, .iov = &o->in_iov, .niov = 1, .size = len };
    job_init (&o->in.job, o->s->r, body_received, o);
    o->pending++;
    bmi_post_recv (o->s->bmi[o->nr], &o->in);
}

static inline void
release_held (struct servers *s)
{
    struct list *n;
    s->faults.hold = false;
    while ((n = list_pop_front (&s->held))) {
        struct served *o = list_entry (n, struct served, held);
        s->count[o->req.op]--;
        serve (o);
    }
}

/* --- the whole ------------------------------------------------------------------------------------------------------------------------ */

static struct server_arg server_args[MAX_SERVERS];

static inline void
servers_open (struct servers *s, struct reactor *r, int n, int strip)
{
    *s = (struct servers){ .r = r, .n = n };
    list_init (&s->held);
    snprintf (s->params, sizeof s->params, "strip_size:%d", strip);
    size_t at = (size_t) snprintf (s->config, sizeof s->config, "<Aliases>\n");
    for (int i = 0; i < n; i++) {
        server_args[i] = (struct server_arg){ s, i };
        struct bmi_config c = { .reactor = r, .hello = { .major = BMI_MAJOR, .boot_id = 1, .slots = 16 },
                                .events = { .unexpected = server_unexpected }, .events_arg = &server_args[i],
                                .listen = "tcp://127.0.0.1:0", .bind_specific = true };
        assert_int_equal (bmi_new (&c, &s->bmi[i]), 0);
        s->dfiles[i] = (uint64_t) (i + 1) * 1000000 + 5;
        at += (size_t) snprintf (s->config + at, sizeof s->config - at, "Alias s%d tcp://127.0.0.1:%u\n", i, bmi_port (s->bmi[i]));
    }
    at += (size_t) snprintf (s->config + at, sizeof s->config - at,
                             "</Aliases>\n<FileSystem>\nName x\nID %d\nRootHandle 1048\n<MetaHandleRanges>\nRange s0 3-900000\n"
                             "</MetaHandleRanges>\n<DataHandleRanges>\n", FS_ID);
    for (int i = 0; i < n; i++)
        at += (size_t) snprintf (s->config + at, sizeof s->config - at, "Range s%d %d-%d\n", i, (i + 1) * 1000000, (i + 1) * 1000000 + 9);
    snprintf (s->config + at, sizeof s->config - at, "</DataHandleRanges>\n</FileSystem>\n");
}

static inline void
servers_reset (struct servers *s, bool stuffed)
{
    for (int i = 0; i < s->n; i++) {
        free (s->dfile[i].data);
        s->dfile[i] = (struct dfile){ 0 };
    }
    s->stuffed = stuffed;
    s->faults = (struct faults){ 0 };
}

static inline void
servers_close (struct servers *s)
{
    for (int i = 0; i < s->n; i++) {
        bmi_free (s->bmi[i]);
        free (s->dfile[i].data);
    }
}

#endif
