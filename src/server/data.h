/*
 * data: what io, small_io, truncate and flush share – may this be done to this datafile, does it exist, which bytes of it.
 */
#ifndef SERVER_DATA_H
#define SERVER_DATA_H

#include "io/description/req-state.h"
#include "proto/ops/io.h"
#include "server/server.h"

/* What one request may move: a client cuts its call into rounds (design: I/O in rounds). Also bounds the work of counting it. */
#define DATA_MAX_ROUND MIB (64)

/* One data request, decoded and checked; pointers live in the operation's arena. */
struct data_request {
    struct dist dist;
    struct PINT_Request *file_req;
    struct req_map map;
    int64_t size;  /* of the bytestream now */
    int64_t bytes; /* that this server moves */
};

/* Capability and sanity; before scheduling. */
int data_may (struct server_op *op, const struct io_req *q);
/* A state's action: fails with -ESTALE unless the datafile exists. Known ones cost nothing. */
sm_event data_check (struct sm *sm, struct server_op *op, obj_handle datafile);
/* A writer's next action, op->target being the datafile: it learns whose it is, if it did not know. */
sm_event data_adopt (struct sm *sm, struct server_op *op);
int data_open (struct server_op *op, const struct io_req *q, struct data_request *ret);

/* Datafiles known to exist. Forgotten when they are removed. */
void known_forget (struct server *s, obj_fsid fs, obj_handle h);
void known_forget_all (struct server *s);

#endif
