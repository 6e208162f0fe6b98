#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/accounts.h"
#include "dbdump/my/script.h"
#include "dbdump/my/sql.h"
#include "xfer/codec/hash.h"

static int put_lines(struct script *out, enum phase phase, const struct account *a,
		     const struct strings *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct statement *st = script_add(out, phase, "grant", a->name);
		if (!st || statement_sql(st, lines->at[i]))
			return -ENOMEM;
	}
	return 0;
}

static int put_accounts(struct session *s, struct script *out, bool late)
{
	int status = 0;
	for (size_t i = 0; !status && !late && i < s->accounts.count; i++) {
		const struct account *a = &s->accounts.at[i];
		if (!a->wanted)
			continue;
		struct statement *st = script_add(out, PHASE_AFTER, a->role ? "role" : "user", a->name);
		status = st ? statement_sql(st, a->create) : -ENOMEM;
	}
	for (size_t i = 0; !status && i < s->accounts.count; i++) {
		const struct account *a = &s->accounts.at[i];
		if (a->wanted)
			status = late ? put_lines(out, PHASE_LAST, a, &a->late)
				      : put_lines(out, PHASE_AFTER, a, &a->grants);
	}
	for (size_t i = 0; !status && late && i < s->accounts.count; i++)
		if (s->accounts.at[i].wanted)
			status = put_lines(out, PHASE_LAST, &s->accounts.at[i], &s->accounts.at[i].roles);
	return status;
}

int script_accounts(struct session *s, struct script *out, bool late, struct err *err)
{
	int status = put_accounts(s, out, late);
	return status ? err_set(err, status, "%s: accounts", s->job.uri->shown) : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A definition may be shown: nothing of a password, not even its hash, is in it. */
static char *define(struct account *a)
{
	struct digest d = hash_of(a->create, strlen(a->create));
	struct buf b = { .limit = SQL_LIMIT };
	for (size_t i = 0; i < sizeof d; i++)
		sql_add(&b, "%s%s", (char[2]){ "0123456789abcdef"[((const uint8_t *)&d)[i] >> 4], '\0' },
			(char[2]){ "0123456789abcdef"[((const uint8_t *)&d)[i] & 15], '\0' });
	struct strings *lists[] = { &a->grants, &a->late, &a->roles };
	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
		if (lists[k]->count)
			qsort(lists[k]->at, lists[k]->count, sizeof *lists[k]->at, by_text);
		for (size_t i = 0; i < lists[k]->count; i++)
			sql_add(&b, "\n%s", lists[k]->at[i]);
	}
	return sql_take(&b);
}

int accounts_define(struct session *s, struct catalog *c, struct err *err)
{
	for (size_t i = 0; i < s->accounts.count; i++) {
		struct account *a = &s->accounts.at[i];
		struct object *o = a->wanted ? catalog_add_object(c) : NULL;
		if (!a->wanted)
			continue;
		if (o) {
			o->kind = a->role ? "role" : "user";
			o->name = strdup(a->name);
			o->definition = define(a);
		}
		if (!o || !o->name || !o->definition)
			return err_set(err, -ENOMEM, "account %s", a->name);
	}
	return 0;
}
