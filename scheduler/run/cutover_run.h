/* cutover_run.h - carries a cutover through its steps, from whichever state it is found in until it has ended.
 *
 * The state is stored before its step is done, so after any crash the step is done again, by whoever comes next. While a step runs the
 * store is looked at: what a person decides meanwhile (given up, extended, done by hand) holds at once. Until the point of no return the
 * window is kept: what is expected to end too late is rolled back. Steps that cannot be given up are tried again, less and less often,
 * and support is called.
 *
 * The caller holds the account's lock. One thread. */
#pragma once
#include "scheduler/run/work.h"

/* Of the account's cutover, when it is due or under way. 0: it has ended, or is none; -ECANCELED: work_quit; and the store's errors,
 * after which the caller's successor goes on from what is stored. */
int cutover_run(struct work *w, int64_t account, struct err *err);
