/* estimate.h - the promise, part by part, with where each part comes from. */
#pragma once
#include "scheduler/cli/session.h"

/* Of the session's account, in the direction of its options. */
void estimate_tell(struct session *s, const struct window *w);
