/* ends.h - the URIs of a command line and the engine that both are of. Owned by the caller; fini accepts all zeros. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/uri.h"
#include "xfer/base/err.h"
#include "xfer/base/strings.h"

struct ends {
	struct uri at[2]; /* the second one is all zeros when there is one operand */
	const struct engine *engine;
};

/* -EINVAL: a URI cannot be read, or the two are not of one kind; the text holds no password. -ENOMEM. */
int ends_parse(struct ends *out, const struct strings *operands, struct err *err);
void ends_fini(struct ends *e);
