#include "dbdump/mark.h"

#include <errno.h>
#include <inttypes.h>
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

void mark_text(char out[static MARK_TEXT], const struct options *o, const struct mark_origin *f)
{
	char scope[SCOPE], when[32], from[300] = "";
	time_t now = time(NULL);
	struct tm utc;
	scope_of(scope, o);
	strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", gmtime_r(&now, &utc));
	for (size_t i = 0; i < sizeof from - 1 && f->shown[i]; i++) /* as any server takes it */
		from[i] = f->shown[i] >= ' ' && f->shown[i] <= '~' ? f->shown[i] : '?';
	int n = snprintf(out, MARK_TEXT, "a copy of %s that began at %s UTC and has not ended %s", from, when,
			 scope);
	if (f->frozen && f->guard)
		snprintf(out + n, (size_t)(MARK_TEXT - n), " {%s:%" PRIx64 "}", f->frozen, f->guard);
}

bool mark_goes_on(const char *text, const struct options *o, const char *frozen, uint64_t *guard)
{
	char scope[SCOPE], end[2] = "";
	const char *at = strrchr(text, '{');
	size_t len = strlen(frozen);
	scope_of(scope, o);
	return strstr(text, scope) && at && !strncmp(at + 1, frozen, len) &&
	       sscanf(at + 1 + len, ":%" SCNx64 "%1[}]", guard, end) == 2 && *guard;
}

bool mark_is_replaced(const char *text, const struct options *o, bool replaces)
{
	char scope[SCOPE];
	scope_of(scope, o);
	/* with --data-only there are no rows, or it would not get so far */
	return replaces || ((o->data_only || o->drop_existing) && strstr(text, scope));
}

/* A server's rows are of a moment that went with the copy's connections; those of an archive stay what they are. */
int mark_refuse(struct err *err, const char *where, const char *text, const struct options *o)
{
	if (o->resume)
		return mark_refuse_resume(err, where,
					  "it is of something else than this archive, or with other options");
	if (strrchr(text, '{'))
		return err_say(
			err, -ENOTEMPTY,
			"%s is not empty: it has what an interrupted copy left (%s): --resume, with the same "
			"archive, goes on with it; --drop-existing, with all of its tables, replaces it",
			where, text);
	return err_say(
		err, -ENOTEMPTY,
		"%s is not empty: it has what an interrupted copy left (%s), which has to start again, since "
		"the moment that its rows are of is gone: "
		"--drop-existing, with all of its tables, replaces it",
		where, text);
}

int mark_refuse_resume(struct err *err, const char *where, const char *why)
{
	return err_say(err, -ENOTEMPTY,
		       "%s is not empty: it has what an interrupted copy left, which cannot be gone on with: "
		       "%s; --drop-existing, with all of its tables, replaces it",
		       where, why);
}
