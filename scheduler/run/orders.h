/* orders.h - the command lines of xfer and dbdump for an account's way from one server to the other.
 *
 * A folder of an account is below the server's root there; databases are named in the path of the server's URI. Servers that are
 * reached by ssh are read and written by the programs beside them. Lists of words, which nobody's shell takes apart: but for a far
 * dbdump size, whose words are quoted for the shell there. The caller frees the list in either case. No clock, no store. */
#pragma once
#include "scheduler/model/window.h"
#include "scheduler/run/party.h"
#include "scheduler/site/site.h"
#include "xfer/base/strings.h"

enum orders_pass {
	PASS_AHEAD, /* while the account is live: gives way to others */
	PASS_FINAL,
	PASS_SCAN, /* changes nothing, and says what it would change */
	PASS_LIST, /* what is at the source; nothing else */
	PASS_ADD,  /* names of a list that the destination does not have */
	PASS_READ, /* reads both and compares */
	PASS_TRY,  /* as PASS_FINAL, changing nothing */
	PASS_INTO, /* onto a side that serves: nothing is deleted, what is newer there stays */
	PASS_TRY_INTO,
	PASS_MAIL_INTO, /* the same of mail: names that it does not have */
	PASS_TRY_MAIL_INTO,
};

struct orders {
	const struct site *site;
	const struct party *party;
};

/* list: of PASS_ADD, a file of names that end with NUL. -ENOMEM; -EINVAL: the two servers cannot be reached by one remote shell. */
int orders_files(struct strings *out, const struct orders *o, const struct store_item *item,
		 enum orders_pass pass, const char *list, struct err *err);
/* Of all databases of this engine. verify: every row is compared within the copy. -EINVAL: a server has no such engine. */
int orders_copy(struct strings *out, const struct orders *o, enum window_engine engine, bool verify,
		struct err *err);
/* From here, straight between both servers. */
int orders_verify(struct strings *out, const struct orders *o, enum window_engine engine, struct err *err);
/* Can both servers' databases be reached from here? */
bool orders_reach(const struct orders *o, enum window_engine engine);
/* At the source. */
int orders_size(struct strings *out, const struct orders *o, enum window_engine engine, struct err *err);
/* The party's destination is a test server; output: the file that is written, here. -EINVAL as above. */
int orders_rehearse(struct strings *out, const struct orders *o, enum window_engine engine,
		    const char *output, struct err *err);
/* "mariadb" */
const char *orders_kind(enum window_engine engine);
