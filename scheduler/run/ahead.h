/* ahead.h - files and mail of an account are copied ahead while it is live, and its databases are weighed, so that what is promised is
 * known and the final pass is short. The caller holds the account's lock. One thread. */
#pragma once
#include "scheduler/run/work.h"

/* One pass; what it measured is stored, and why it failed. 0: it succeeded, what vanished meanwhile is fine; -EIO: it did not, and the
 * text says why; -ECANCELED: work_quit, or a cutover is due; and the store's errors. */
int ahead_run(struct work *w, int64_t account, struct err *err);
/* Is it one that is copied ahead in this step of its campaign? */
bool ahead_wanted(enum campaign_state campaign, enum account_state account);
