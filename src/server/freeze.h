/*
 * freeze: for a check of the whole file system nothing changes for a while. What clients ask to be modified waits – they see a pause, no error –
 * until the connection that froze the server says so or is gone. What servers owe each other goes on, so that all that was begun comes to its end.
 * Admin mode, which lasts until it is ended, refuses instead of holding back; both have an end to wait for of what was begun before.
 *
 * Belongs to the server's reactor.
 */
#ifndef SERVER_FREEZE_H
#define SERVER_FREEZE_H

#include "server/server.h"

enum { FREEZE_SETTLE_SECONDS = 5 };

int freeze_begin (struct server_op *op); /* -EBUSY: another connection did */
void freeze_end (struct server *s, uint64_t connection); /* of another connection: nothing */

/* For the operation that froze the server or put it into admin mode: nothing that modifies runs any more. A frozen server counts as settled after
 * FREEZE_SETTLE_SECONDS: what has to wait for another server shows as an intent. */
bool freeze_is_settled (const struct server_op *op);
/* Then its state runs again when it is worth another look, and when its connection is gone. */
sm_event freeze_wait_settled (struct sm *sm, struct server_op *op);
/* Something that such an operation may wait for has ended. */
void freeze_look_again (struct server *s);

/* Before an operation's slot: must it wait? Then its state runs again afterwards. */
bool freeze_holds (const struct server_op *op);
sm_event freeze_wait (struct sm *sm, struct server_op *op);

#endif
