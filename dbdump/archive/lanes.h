/* lanes.h - payloads that threads borrow, so that there is one for each that works and not for each that there is. */
#pragma once
#include "dbdump/archive/payload.h"

struct lanes;

/* -ENOMEM. */
int lanes_new(struct lanes **out, unsigned count);
/* All were given back. Accepts NULL. */
void lanes_free(struct lanes *l);
/* Waits while all are taken. */
struct payload *lanes_take(struct lanes *l);
void lanes_give(struct lanes *l, struct payload *p);
