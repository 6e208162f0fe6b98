/* serve.h - an agent: half of a copy, done beside its server, for a dbdump on another host that it speaks to over a lasting stream
 * (keeper.h), or for one on this host that forked it.
 *
 *   agent                              who gave the order
 *   HELLO ->                        <- HELLO
 *                                   <- CONFIG... an order (order.h), an empty one behind it
 *   NOTE -> what it tells (tell.h)
 *   dump: DATA -> an archive's stream  <- READY... what the destination answers (report.h)
 *         DONE -> nothing more comes
 *   load: READY... ->               <- DATA, DONE
 *         FINAL -> nothing more comes
 *
 * The work is done by a process of its own, so that one that crashes is told of, and one whose peer is gone can still end as it
 * should: it gets SIGTERM, closes what it has open at the server, and is waited for. */
#pragma once
#include "dbdump/agent/order.h"

/* Seconds without a sign of life of the other side after which it is given up, and for how much longer a link may be lost. */
enum { AGENT_SILENCE = 120 };

/* The work, in a process of its own: an archive's stream is its standard output (ORDER_DUMP) or its standard input (ORDER_LOAD). A
 * dump reads from its standard input what is answered, each behind its length, u32. What it tells are frames of type NOTE (agent_tell).
 * Returns its exit status. */
typedef int agent_work(const struct order *o, int tells);

/* Until it is over. silence: seconds without a byte after which the other side is gone. quit: what a signal sets. Takes the descriptor.
 * Returns an exit status. */
int agent_serve(int fd, int silence, agent_work *work, const volatile int *quit);

/* A tell_send for the work: ctx points to the descriptor. */
int agent_tell(void *ctx, const void *message, size_t len);
