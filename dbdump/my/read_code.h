/* read_code.h - reads sequences, routines, views, triggers and events of a session's databases, as its options want them. */
#pragma once
#include "dbdump/my/session.h"

/* Fills s->code, in the order in which it is to be made, but for views among each other; what of it patterns leave out, c->left_out. */
int code_read(struct session *s, struct catalog *c, struct err *err);
