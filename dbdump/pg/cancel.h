/* cancel.h - asking a PostgreSQL server to end what runs on a connection, without waiting for it: libpq's PQcancel waits for a
 * server that does not answer without end. So a thread does it, which nobody waits for, and which outlives the connection. */
#pragma once
#include <libpq-fe.h>
#include <stdatomic.h>

struct cancel;

/* For a connection that stands. NULL: no memory. */
struct cancel *cancel_new(PGconn *pg);
/* Accepts NULL. */
void cancel_free(struct cancel *c);
/* Any thread. One that is under way is enough. */
void cancel_start(struct cancel *c);
/* The same, and waits until the server has heard it, or stop is set: what the connection is used for next is not meant. */
void cancel_await(struct cancel *c, const atomic_bool *stop);
