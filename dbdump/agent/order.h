/* order.h - what an agent is told to do: half of a copy. Owns its strings; all zeros is an empty one.
 *
 * It crosses the wire and never a command line, since the URI may hold a password. */
#pragma once
#include "dbdump/options.h"
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

enum order_role {
	ORDER_DUMP, /* reads the database, beside its server; what it gives is an archive's stream */
	ORDER_LOAD, /* loads such a stream */
};

struct order {
	enum order_role role;
	char *uri;		  /* as the user gave it */
	struct strings databases; /* ORDER_DUMP: the path of the destination's URI, as in struct uri */
	struct options
		options; /* without what is told and where: that is the business of who gave the order */
};

void order_fini(struct order *o);
/* options is borrowed: the copy's, as the user gave them. A deadline is sent as the seconds that are left: two hosts' clocks are not
 * compared. -EINVAL for one that cannot be read; -ENOMEM. */
int order_pack(struct buf *out, const struct order *o, struct err *err);
/* -EPROTONOSUPPORT: of another version; -EBADMSG; -ENOMEM. */
int order_unpack(struct order *out, const uint8_t *data, size_t len, struct err *err);
