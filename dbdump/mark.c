#include "dbdump/mark.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "xfer/base/buf.h"
#include "xfer/codec/hash.h"

enum { SCOPE = 20 };

static void add_all(struct buf *b, const char *option, const struct strings *values)
{
	for (size_t i = 0; i < values->count; i++) {
		buf_bytes(b, option, strlen(option));
		buf_bytes(b, values->at[i], strlen(values->at[i]) + 1);
	}
}

/* What a copy makes of a database, as a word: those of two copies are the same when they make the same of it. */
static void scope_of(char out[static SCOPE], const struct options *o)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SIZE_MAX / 4);
	buf_u8(&b, o->data_only);
	buf_u8(&b, o->schema_only);
	add_all(&b, "only ", &o->only_tables);
	add_all(&b, "but ", &o->exclude_tables);
	struct digest d = hash_of(b.data, b.len);
	snprintf(out, SCOPE, "[%02x%02x%02x%02x%02x%02x]", d.byte[0], d.byte[1], d.byte[2], d.byte[3],
		 d.byte[4], d.byte[5]);
}

void mark_text(char out[static MARK_TEXT], const struct options *o, const char *origin)
{
	char scope[SCOPE], when[32], from[300] = "";
	time_t now = time(NULL);
	struct tm utc;
	scope_of(scope, o);
	strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", gmtime_r(&now, &utc));
	for (size_t i = 0; i < sizeof from - 1 && origin[i]; i++) /* as any server takes it */
		from[i] = origin[i] >= ' ' && origin[i] <= '~' ? origin[i] : '?';
	snprintf(out, MARK_TEXT, "a copy of %s that began at %s UTC and has not ended %s", from, when, scope);
}

bool mark_is_replaced(const char *text, const struct options *o, bool replaces)
{
	char scope[SCOPE];
	scope_of(scope, o);
	/* with --data-only there are no rows, or it would not get so far */
	return replaces || ((o->data_only || o->drop_existing) && strstr(text, scope));
}

int mark_refuse(struct err *err, const char *where, const char *text)
{
	return err_say(
		err, -ENOTEMPTY,
		"%s is not empty: it has what an interrupted copy left (%s), which has to start again: "
		"--drop-existing, with all of its tables, replaces it",
		where, text);
}
