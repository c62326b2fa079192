/*
 * Volumes: `sys_fs_add` asks one server after the other for the configuration and takes the first answer; every server reads and every
 * client parses the same text. Which server holds a handle follows from its ranges alone.
 */
#include "client/sysint/volume.h"

#include "common/gossip/gossip.h"
#include "proto/ops/getconfig.h"

/* --- looking up ------------------------------------------------------------------------------------------------------------- */

struct volume *
client_volume (struct client *c, PVFS_fs_id fs_id)
{
    struct volume *v;
    list_for_each (v, &c->volumes, link)
        if (v->fs_id == (obj_fsid) fs_id)
            return v;
    return NULL;
}

int
volume_alias_of (const struct volume *v, obj_handle h)
{
    return config_handle_server (v->fs, h);
}

int
volume_server (struct client *c, struct volume *v, obj_handle h, struct msgpair_server **ret)
{
    int alias = volume_alias_of (v, h);
    return alias < 0 ? -ENOENT : volume_server_by_alias (c, v, (unsigned) alias, ret);
}

int
volume_server_by_alias (struct client *c, struct volume *v, unsigned alias, struct msgpair_server **ret)
{
    if (alias >= (unsigned) v->config->n_aliases)
        return -EINVAL;
    if (!v->servers[alias]) {
        int r = msgpair_server_get (c->msgpair, v->config->aliases[alias].addr, &v->servers[alias]);
        if (r < 0)
            return r;
    }
    *ret = v->servers[alias];
    return 0;
}

static bool
among (const int *servers, int n, unsigned alias)
{
    for (int i = 0; i < n; i++)
        if ((unsigned) servers[i] == alias)
            return true;
    return false;
}

int
volume_server_type (const struct volume *v, unsigned alias)
{
    return (among (v->fs->data_servers, v->fs->n_data_servers, alias) ? PVFS_MGMT_IO_SERVER : 0)
           | (among (v->fs->meta_servers, v->fs->n_meta_servers, alias) ? PVFS_MGMT_META_SERVER : 0);
}

int
volume_addr_alias (const struct volume *v, PVFS_BMI_addr_t addr, unsigned *ret_alias)
{
    if (addr < 1 || addr > v->config->n_aliases || !volume_server_type (v, (unsigned) addr - 1))
        return -EINVAL;
    *ret_alias = (unsigned) addr - 1;
    return 0;
}

/* --- coming and going --------------------------------------------------------------------------------------------------------- */

static void
volume_free (struct volume *v)
{
    list_remove (&v->link);
    config_free (v->config);
    free (v->servers);
    free (v->text);
    free (v);
}

void
volumes_free (struct client *c)
{
    struct volume *v;
    list_for_each (v, &c->volumes, link)
        volume_free (v);
    list_for_each (v, &c->old_volumes, link)
        volume_free (v);
}

int
client_unmount (struct client *c, PVFS_fs_id fs_id)
{
    struct volume *v = client_volume (c, fs_id);
    if (!v)
        return -ENODEV;
    list_remove (&v->link);
    if (list_empty (&c->ops))
        volume_free (v);
    else
        list_push_back (&c->old_volumes, &v->link);
    return 0;
}

/* Takes the config. The same volume again: the newer word of a server replaces nothing that runs. */
static int
add_volume (struct client *c, struct config *cfg, const struct config_fs *fs, const char *text, size_t len)
{
    if (client_volume (c, (PVFS_fs_id) fs->id)) {
        config_free (cfg);
        return 0;
    }
    struct volume *v = calloc (1, sizeof *v);
    struct msgpair_server **servers = calloc ((size_t) cfg->n_aliases, sizeof *servers);
    char *copy = malloc (len + 1);
    if (!v || !servers || !copy) {
        free (v);
        free (servers);
        free (copy);
        config_free (cfg);
        return -ENOMEM;
    }
    memcpy (copy, text, len);
    v->text = copy;
    v->text_len = len;
    v->config = cfg;
    v->fs = fs;
    v->fs_id = fs->id;
    v->root = fs->root_handle;
    v->servers = servers;
    list_init (&v->link);
    list_push_back (&c->volumes, &v->link);
    msgpair_set_epoch (c->msgpair, cfg->epoch);
    return 0;
}

/* 0; -ENODEV: no such file system; another negative errno, *ret_why (malloc'ed) may say more. */
static int
add_text (struct client *c, const char *text, size_t len, const char *origin, const char *fs_name, PVFS_fs_id *ret_fs, char **ret_why)
{
    struct config *cfg = NULL;
    int r = config_parse_text (text, len, origin, &cfg, ret_why);
    if (r < 0)
        return r == -ENOMEM ? r : -EPROTO;
    const struct config_fs *fs = config_find_fs (cfg, fs_name);
    if (!fs) {
        config_free (cfg);
        return -ENODEV;
    }
    PVFS_fs_id id = (PVFS_fs_id) fs->id;
    r = add_volume (c, cfg, fs, text, len);
    if (r == 0)
        *ret_fs = id;
    return r;
}

int
client_mount_text (struct client *c, const char *text, size_t len, const char *origin, const char *fs_name, PVFS_fs_id *ret_fs)
{
    CLEANUP_FREE char *why = NULL;
    return add_text (c, text, len, origin, fs_name, ret_fs, &why);
}

/* --- sys_fs_add ---------------------------------------------------------------------------------------------------------------- */

struct add_frame {
    struct msgpair mp;
    struct getconfig_req body;
    int next;      /* server to try */
    int last_error;
};

static void
add_frame_fini (void *frame)
{
    msgpair_fini (&((struct add_frame *) frame)->mp);
}

static sm_event
add_ask (struct sm *sm)
{
    struct add_frame *f = SM_FRAME (sm, struct add_frame);
    struct sys_op *op = sys_op_of (sm);
    if (!op->a.name || op->a.nservers < 1)
        return sm_fail (sm, -EINVAL, "no server or no name of a file system");
    if (f->next >= op->a.nservers)
        return sm_fail (sm, f->last_error == -ENOMEM ? -ENOMEM : -ENODEV, "no server answers");
    if (op->sm.cancelled)
        return sm_fail (sm, -ECANCELED, "cancelled");
    f->mp.ctx = op->client->msgpair;
    f->mp.req = (struct proto_request){ .op = PROTO_getconfig, .cred = op->cred, .request_id = op->request_id,
                                        .body = &f->body };
    f->mp.flags = MSGPAIR_NO_RETRY;
    f->mp.max_resp = PROTO_MAX_CONFIG + 1024;
    f->mp.deadline = op->deadline;
    int r = msgpair_server_get (f->mp.ctx, op->a.servers[f->next++], &f->mp.server);
    if (r < 0) {
        f->last_error = r;
        return SM_FAIL;
    }
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
add_take (struct sm *sm)
{
    struct add_frame *f = SM_FRAME (sm, struct add_frame);
    struct sys_op *op = sys_op_of (sm);
    if (f->mp.job.status < 0) {
        f->last_error = f->mp.job.status;
        return SM_FAIL;
    }
    const struct getconfig_resp *resp = f->mp.resp.body;
    CLEANUP_FREE char *why = NULL;
    PVFS_fs_id id = 0;
    int r = add_text (op->client, resp->text, resp->text_len, op->a.servers[f->next - 1], op->a.name, &id, &why);
    if (r == -ENODEV)
        return sm_fail (sm, r, "no such file system on this server");
    if (r < 0)
        return sm_fail (sm, r, why ? why : "volume");
    if (op->a.resp)
        *(PVFS_fs_id *) op->a.resp = id;
    op->a.flags = f->next - 1; /* the one that answered */
    gossip_debug (GOSSIP_CLIENT_DEBUG, "volume %s has fs id %d, configuration from %s", op->a.name, id,
                  op->a.servers[f->next - 1]);
    return SM_OK;
}

/* The next server, unless this one said something that no other would contradict. */
static sm_event
add_next (struct sm *sm)
{
    return sm->error ? SM_FAIL : SM_OK;
}

enum { ADD_ASK, ADD_TAKE, ADD_NEXT };

static const struct sm_state add_states[] = {
    RUN (ADD_ASK, add_ask, ON_OK (ADD_TAKE), ON_FAIL (ADD_NEXT)),
    RUN (ADD_TAKE, add_take, ON_OK (SM_DONE), ON_FAIL (ADD_NEXT)),
    RUN (ADD_NEXT, add_next, ON_OK (ADD_ASK), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_fs_add_sm, add_states, struct add_frame, add_frame_fini);

const struct sys_op_type sys_fs_add = { .name = "fs_add", .machine = &sys_fs_add_sm };

int
client_mount_wait (struct client *c, const char **servers, int nservers, const char *fs_name, PVFS_fs_id *ret_fs)
{
    struct sys_op *op = sys_op_new (c, &sys_fs_add, NULL);
    PVFS_fs_id id = 0;
    if (!op)
        return -ENOMEM;
    op->a.servers = servers;
    op->a.nservers = nservers;
    op->a.name = fs_name;
    op->a.resp = &id;
    int r = sys_op_run (op);
    sys_op_free (op);
    if (r == 0)
        *ret_fs = id;
    return r;
}
