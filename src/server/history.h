/*
 * history: what a server remembers of its last requests, for those who watch it – when each began and how it ended, and which users sent
 * them. Two small rings that forget the oldest; nothing is allocated per request. Belongs to the server's reactor.
 */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include "server/server.h"

int history_new (struct history **ret); /* -ENOMEM */
/* A client's or server's request begins; it has ended. Internal operations are not noted. */
void history_begin (const struct server_op *op);
void history_end (const struct server_op *op, int error, uint64_t now);
/* Which operations are noted as events from now on – all of them at first –: adds or takes away those named, "all" or names separated by commas.
 * -EINVAL: one is no operation's name; then nothing changes. */
int history_events (struct server *s, const char *names, bool on);

#endif
