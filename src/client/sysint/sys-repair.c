/*
 * Repairs by hand: a name put or taken away, a file around a datafile, and the buckets of a directory.
 *
 *   mgmt_dirent       ref, name; ref2 = the object that gets the name, or null: the name is taken away
 *   mgmt_repair_file  ref, name, attr; ref2 = the datafile
 *   mgmt_dirdata      ref; result in a.resp, struct dirdata_found
 *
 * The object is looked at first: its type is kept with its name, and a name for nothing would be one more thing to repair.
 */
#include "client/sysint/sys-repair.h"

#include "client/sysint/entry.h"
#include "client/sysint/ncache.h"
#include "client/sysint/sys-getattr.h"
#include "proto/ops/mgmt_dirent.h"
#include "proto/ops/mgmt_repair_file.h"

struct repair_frame {
    struct layout_wish wish;
};

/* --- the request ----------------------------------------------------------------------------------------------------------------- */

static int
dirent_check (struct sys_op *op)
{
    return op->a.ref2.handle && op->a.ref2.fs_id != op->a.ref.fs_id ? -EXDEV : 0;
}

static void
dirent_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct mgmt_dirent_req *) body = (struct mgmt_dirent_req){ p->at, op->a.ref2.handle, (uint8_t) op->a.flags };
}

static int
dirent_take (struct sys_op *op, const void *resp)
{
    ncache_remove (op->client->ncache, (obj_fsid) op->a.fs, op->a.ref.handle, op->a.name);
    return 0;
}

static const struct entry_op dirent_entry = {
    .proto_op = PROTO_mgmt_dirent,
    .body_size = sizeof (struct mgmt_dirent_req),
    .check = dirent_check,
    .build = dirent_build,
    .take = dirent_take,
};

static void
file_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct mgmt_repair_file_req *) body = (struct mgmt_repair_file_req){ p->at, p->create, op->a.ref2.handle };
}

static int
file_take (struct sys_op *op, const void *resp)
{
    return entry_take_new (op, &((const struct mgmt_repair_file_resp *) resp)->info);
}

static const struct entry_op file_entry = {
    .proto_op = PROTO_mgmt_repair_file,
    .body_size = sizeof (struct mgmt_repair_file_req),
    .makes = true,
    .mode = 0644,
    .check = dirent_check,
    .build = file_build,
    .take = file_take,
};

/* --- the machine ------------------------------------------------------------------------------------------------------------------ */

enum { BEGIN, LOOK, JUDGE, WORK };
enum { UNSEEN = SM_FIRST_OWN };

static sm_event
repair_begin (struct sm *sm)
{
    struct repair_frame *f = SM_FRAME (sm, struct repair_frame);
    struct sys_op *op = sys_op_of (sm);
    if (!op->a.ref2.handle) {
        sm_set_arg (sm, (void *) &dirent_entry);
        return UNSEEN;
    }
    f->wish = (struct layout_wish){ .ref = op->a.ref2, .fresh = true };
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

static sm_event
repair_judge (struct sm *sm)
{
    struct repair_frame *f = SM_FRAME (sm, struct repair_frame);
    struct sys_op *op = sys_op_of (sm);
    bool file = op->type == &sys_mgmt_repair_file;
    if ((f->wish.type == OBJ_DATAFILE) != file || f->wish.type == OBJ_DIRDATA)
        return sm_fail (sm, -EINVAL, file ? "not a datafile" : "not an object that has names");
    op->a.flags = f->wish.type;
    sm_set_arg (sm, (void *) (file ? &file_entry : &dirent_entry));
    return SM_OK;
}

static const struct sm_state repair_states[] = {
    RUN (BEGIN, repair_begin, ON_OK (LOOK), ON (UNSEEN, WORK), ON_FAIL (SM_DONE)),
    CALL (LOOK, get_layout_sm, ON_OK (JUDGE), ON_FAIL (SM_DONE)),
    RUN (JUDGE, repair_judge, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_repair_sm, repair_states, struct repair_frame, NULL);

const struct sys_op_type sys_mgmt_dirent = { .name = "mgmt_dirent", .machine = &sys_repair_sm };
const struct sys_op_type sys_mgmt_repair_file = { .name = "mgmt_repair_file", .machine = &sys_repair_sm };

/* --- buckets ------------------------------------------------------------------------------------------------------------------------ */

enum { DIR_BEGIN, DIR_LOOK, DIR_TAKE };

static sm_event
dirdata_begin (struct sm *sm)
{
    struct repair_frame *f = SM_FRAME (sm, struct repair_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_check_ref (op, op->a.ref);
    if (r < 0)
        return sm_fail (sm, r, "directory");
    f->wish = (struct layout_wish){ .ref = op->a.ref, .fresh = true };
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

static sm_event
dirdata_take (struct sm *sm)
{
    struct repair_frame *f = SM_FRAME (sm, struct repair_frame);
    struct dirdata_found *found = sys_op_of (sm)->a.resp;
    if (f->wish.type != OBJ_DIRECTORY)
        return sm_fail (sm, -ENOTDIR, "directory");
    for (int i = 0; i < found->room; i++)
        found->handles[i] = (uint32_t) i < f->wish.nbuckets ? f->wish.buckets[i].dirdata : 0;
    return SM_OK;
}

static const struct sm_state dirdata_states[] = {
    RUN (DIR_BEGIN, dirdata_begin, ON_OK (DIR_LOOK), ON_FAIL (SM_DONE)),
    CALL (DIR_LOOK, get_layout_sm, ON_OK (DIR_TAKE), ON_FAIL (SM_DONE)),
    RUN (DIR_TAKE, dirdata_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_dirdata_sm, dirdata_states, struct repair_frame, NULL);

const struct sys_op_type sys_mgmt_dirdata = { .name = "mgmt_dirdata", .machine = &sys_dirdata_sm };
