/* pair.h - two threads: one reads rows at the source, the other writes them at the target and decides what is next. */
#pragma once
#include "dbdump/todo.h"

struct pair;

/* Begins pair number; without a reader it runs statements only. -errno: no thread. */
int pair_start(struct pair **out, const struct workers_job *job, struct todo *todo, unsigned number,
	       struct err *err);
/* Waits until it has nothing more to do, and frees it. Accepts NULL. */
void pair_join(struct pair *p);
