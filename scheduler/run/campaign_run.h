/* campaign_run.h - does what a campaign's state has to do by itself: a hook of the site, or a first pass over all accounts. The caller
 * holds the campaign's lock. One thread. */
#pragma once
#include "scheduler/run/work.h"

/* One state's work; the state that follows is left to the next call. 0: it is done, or there is nothing to do, or it has failed and
 * that is stored; -ECANCELED: work_quit; and the store's errors. */
int campaign_run(struct work *w, const char *campaign, struct err *err);
