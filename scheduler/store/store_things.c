/* store_things.c - the rows that have no states: servers, what accounts consist of, phases, uses of transit servers. */
#include <errno.h>
#include <stdio.h>

#include "scheduler/store/store_inner.h"

/* clang-format off */
static const struct field server_fields[] = {
	INT_OF(store_server, id), INT_OF(store_server, version), TEXT_OF(store_server, name), TEXT_OF(store_server, ssh),
	TEXT_OF(store_server, rsh), TEXT_OF(store_server, root), TEXT_OF(store_server, mariadb), TEXT_OF(store_server, postgresql),
	TEXT_OF(store_server, addresses), INT_OF(store_server, cores), INT_OF(store_server, memory_gb), INT_OF(store_server, disk_gb),
	TEXT_OF(store_server, generation),
};
static const struct field item_fields[] = {
	INT_OF(store_item, id), INT_OF(store_item, version), INT_OF(store_item, account), TEXT_OF(store_item, kind), TEXT_OF(store_item, value),
};
static const struct field phase_fields[] = {
	INT_OF(store_phase, id), INT_OF(store_phase, version), INT_OF(store_phase, cutover), TEXT_OF(store_phase, name),
	INT_OF(store_phase, began_ms), REAL_OF(store_phase, seconds), INT_OF(store_phase, bytes), INT_OF(store_phase, ok),
	TEXT_OF(store_phase, detail),
};
static const struct field use_fields[] = {
	INT_OF(store_use, id), INT_OF(store_use, version), INT_OF(store_use, campaign), TEXT_OF(store_use, transit), INT_OF(store_use, since),
	INT_OF(store_use, until), INT_OF(store_use, free_days), INT_OF(store_use, month_cents), INT_OF(store_use, warned),
};
TABLE(server);
TABLE(item);
TABLE(phase);
TABLE(use);
/* clang-format on */

/* Servers. */

static int note_server(struct store *s, const struct store_server *v, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	snprintf(n.what, sizeof n.what, "server %s", what);
	snprintf(n.subject, sizeof n.subject, "%s", v->name);
	return store_note(s, &n, err);
}

int store_add_server(struct store *s, struct store_server *v, struct err *err)
{
	int status = store_insert(s, &server_table, v, v->name, err);
	return store_changed(s, status ? status : note_server(s, v, "added", err));
}

int store_set_server(struct store *s, struct store_server *v, struct err *err)
{
	int status = store_update(s, &server_table, v, err);
	return store_changed(s, status ? status : note_server(s, v, "changed", err));
}

int store_find_server(struct store *s, struct store_server *out, const char *name, struct err *err)
{
	return store_find_named(s, &server_table, name, out, err);
}

EACH(server)

int store_each_server(struct store *s, int (*fn)(void *arg, const struct store_server *v), void *arg,
		      struct err *err)
{
	struct server_each e = { fn, arg };
	return row_each(s->db, &server_table, "1 ORDER BY id", NO_VALUES, server_row, &e, err);
}

/* Items. */

static int note_item(struct store *s, const struct store_item *i, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	struct store_account a = { 0 };
	int status = store_get_account(s, &a, i->account, err);
	if (!status)
		status = store_name_account(s, &a, n.subject, err);
	snprintf(n.what, sizeof n.what, "item %s", what);
	snprintf(n.detail, sizeof n.detail, "%s %.800s", i->kind, i->value);
	return status ? status : store_note(s, &n, err);
}

int store_add_item(struct store *s, struct store_item *i, struct err *err)
{
	int status = store_insert(s, &item_table, i, i->value, err);
	return store_changed(s, status ? status : note_item(s, i, "added", err));
}

#define OF_ITEM "account = ? AND kind = ? AND value = ?"

int store_drop_item(struct store *s, const struct store_item *i, struct err *err)
{
	struct store_item was;
	const struct value *which = VALUES(INT(i->account), TEXT(i->kind), TEXT(i->value));
	int status = store_may_change(s, err);
	if (status)
		return status;
	status = row_find(s->db, &item_table, OF_ITEM, which, &was, err);
	if (status == -ENOENT)
		return err_say(err, status, "the account has no %s %s", i->kind, i->value);
	if (!status)
		status = sql_run(s->db, "DELETE FROM item WHERE " OF_ITEM, which, err);
	return store_changed(s, status ? status : note_item(s, i, "dropped", err));
}

EACH(item)

int store_each_item(struct store *s, int64_t account, int (*fn)(void *arg, const struct store_item *i),
		    void *arg, struct err *err)
{
	struct item_each e = { fn, arg };
	return row_each(s->db, &item_table, "account = ? ORDER BY id", VALUES(INT(account)), item_row, &e,
			err);
}

/* Phases: what they tell is their own record. */

int store_add_phase(struct store *s, struct store_phase *p, struct err *err)
{
	return store_changed(s, store_insert(s, &phase_table, p, p->name, err));
}

EACH(phase)

int store_each_phase(struct store *s, int64_t cutover, int (*fn)(void *arg, const struct store_phase *p),
		     void *arg, struct err *err)
{
	struct phase_each e = { fn, arg };
	return row_each(s->db, &phase_table, "cutover = ? ORDER BY id", VALUES(INT(cutover)), phase_row, &e,
			err);
}

/* Uses. */

static int note_use(struct store *s, const struct store_use *u, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	struct store_campaign c = { 0 };
	int status = store_get_campaign(s, &c, u->campaign, err);
	snprintf(n.what, sizeof n.what, "use %s", what);
	snprintf(n.subject, sizeof n.subject, "%s", c.name);
	snprintf(n.detail, sizeof n.detail, "%s, %lld days free, then %lld cents a month", u->transit,
		 (long long)u->free_days, (long long)u->month_cents);
	return status ? status : store_note(s, &n, err);
}

int store_add_use(struct store *s, struct store_use *u, struct err *err)
{
	int status = store_insert(s, &use_table, u, u->transit, err);
	return store_changed(s, status ? status : note_use(s, u, "begun", err));
}

int store_set_use(struct store *s, struct store_use *u, struct err *err)
{
	int status = store_update(s, &use_table, u, err);
	return store_changed(s, status ? status : note_use(s, u, u->until ? "ended" : "warned of", err));
}

int store_find_use(struct store *s, struct store_use *out, int64_t campaign, struct err *err)
{
	return row_find(s->db, &use_table, "campaign = ? AND until = 0", VALUES(INT(campaign)), out, err);
}

EACH(use)

int store_each_use(struct store *s, int (*fn)(void *arg, const struct store_use *u), void *arg,
		   struct err *err)
{
	struct use_each e = { fn, arg };
	return row_each(s->db, &use_table, "1 ORDER BY id", NO_VALUES, use_row, &e, err);
}
