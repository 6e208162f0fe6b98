/* ends.h - the operands of a command line, and the engine that both are of. Owned by the caller; fini accepts all zeros. */
#pragma once
#include "dbdump/archive/archive.h"
#include "dbdump/cli/args.h"
#include "dbdump/engine.h"
#include "dbdump/uri.h"
#include "xfer/base/err.h"
#include "xfer/base/strings.h"

struct ends {
	struct uri at
		[2]; /* of an archive it has kind, shown and archive; the second one is all zeros when there is one operand */
	struct archive *archives[2]; /* that are open; NULL: a server, or what a dump writes */
	const struct engine *engine;
	const struct archived *archived; /* its */
};

/* Opens the archives that are read: an operand without :// is one, where the command takes one. -EINVAL: a URI cannot be read, or the
 * two are not of one kind; the text holds no password. -ENOMEM; what archive_open says. */
int ends_parse(struct ends *out, const struct strings *operands, enum args_command command, struct err *err);
/* The archives too: after all reports. */
void ends_fini(struct ends *e);
/* What its failure means, or another one of an archive's: an exit status. */
int ends_status(int code);
