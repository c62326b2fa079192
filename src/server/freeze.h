/*
 * freeze: for a check of the whole file system nothing changes for a while. What clients ask to be modified waits – they see a pause, no error –
 * until the connection that froze the server says so or is gone. What servers owe each other goes on, so that all that was begun comes to its end.
 *
 * Belongs to the server's reactor.
 */
#ifndef SERVER_FREEZE_H
#define SERVER_FREEZE_H

#include "server/server.h"

int freeze_begin (struct server_op *op); /* -EBUSY: another connection did */
void freeze_end (struct server *s, uint64_t connection); /* of another connection: nothing */
/* Nothing that modifies runs any more, or it has been waited for long enough: what has to wait for another server shows as an intent. */
bool freeze_is_settled (const struct server_op *op);

/* Before an operation's slot: must it wait? Then its state runs again afterwards. */
bool freeze_holds (const struct server_op *op);
sm_event freeze_wait (struct sm *sm, struct server_op *op);

#endif
