#include "scheduler/store/store.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/store/store_inner.h"
#include "xfer/base/buf.h"

/* An enum of these is an unsigned in memory. */
#define STATES(model)                                            \
	static const char *model##_said(unsigned s)              \
	{                                                        \
		return model##_name(s);                          \
	}                                                        \
	static int model##_read(unsigned *out, const char *name) \
	{                                                        \
		enum model##_state s;                            \
		int status = model##_parse(&s, name);            \
		*out = status ? 0 : s;                           \
		return status;                                   \
	}                                                        \
	static const struct field_states model##_states = { model##_said, model##_read }

STATES(campaign);
STATES(account);
STATES(cutover);

/* clang-format off */
static const struct field transit_fields[] = {
	INT_OF(store_transit, id), INT_OF(store_transit, version), TEXT_OF(store_transit, name), TEXT_OF(store_transit, configuration),
	INT_OF(store_transit, campaign), INT_OF(store_transit, expected),
};
static const struct field campaign_fields[] = {
	INT_OF(store_campaign, id), INT_OF(store_campaign, version), TEXT_OF(store_campaign, name), TEXT_OF(store_campaign, server),
	TEXT_OF(store_campaign, configuration), TEXT_OF(store_campaign, zone), INT_OF(store_campaign, month_cents),
	STATE_OF(store_campaign, &campaign_states), INT_OF(store_campaign, waiting_since),
	INT_OF(store_campaign, usable_since), INT_OF(store_campaign, transit), INT_OF(store_campaign, tries),
	INT_OF(store_campaign, tried), TEXT_OF(store_campaign, stuck),
};
static const struct field account_fields[] = {
	INT_OF(store_account, id), INT_OF(store_account, version), INT_OF(store_account, campaign), TEXT_OF(store_account, name),
	STATE_OF(store_account, &account_states),
	{ "mariadb_bytes", FIELD_INT, offsetof(struct store_account, bytes[ENGINE_MARIADB]), 0, NULL },
	{ "postgresql_bytes", FIELD_INT, offsetof(struct store_account, bytes[ENGINE_POSTGRESQL]), 0, NULL },
	REAL_OF(store_account, precopy_s), REAL_OF(store_account, precopy_scan_s), INT_OF(store_account, precopies),
	INT_OF(store_account, precopied), TEXT_OF(store_account, precopy_cause), TEXT_OF(store_account, resynced),
};
static const struct field cutover_fields[] = {
	INT_OF(store_cutover, id), INT_OF(store_cutover, version), INT_OF(store_cutover, account),
	{ "source", FIELD_TEXT, offsetof(struct store_cutover, from), STORE_NAME, NULL },
	{ "destination", FIELD_TEXT, offsetof(struct store_cutover, to), STORE_NAME, NULL },
	STATE_OF(store_cutover, &cutover_states), INT_OF(store_cutover, planned), INT_OF(store_cutover, window_s),
	INT_OF(store_cutover, started), INT_OF(store_cutover, ended), INT_OF(store_cutover, back_s),
	INT_OF(store_cutover, extended_s), INT_OF(store_cutover, warned), INT_OF(store_cutover, tries), INT_OF(store_cutover, tried),
	INT_OF(store_cutover, boot_s), TEXT_OF(store_cutover, boot), TEXT_OF(store_cutover, cause), TEXT_OF(store_cutover, stuck),
};
static const struct field audit_fields[] = {
	INT_OF(store_audit, id), INT_OF(store_audit, at), TEXT_OF(store_audit, who), TEXT_OF(store_audit, what), TEXT_OF(store_audit, subject), TEXT_OF(store_audit, detail),
	TEXT_OF(store_audit, why),
};
TABLE(transit);
TABLE(campaign);
TABLE(account);
TABLE(cutover);
TABLE(audit);
/* clang-format on */

/* A failure may have ended the transaction; nothing is to be kept by itself then. */
int store_may_change(struct store *s, struct err *err)
{
	CHECK(s->actor); /* no change without somebody who makes it */
	if (s->failed || sqlite3_get_autocommit(s->db))
		return err_say(err, -EIO, "store: a change of the transaction has failed");
	return 0;
}

int store_changed(struct store *s, int status)
{
	s->failed = s->failed || status;
	s->full = status ? status == -ENOSPC : s->full;
	return status;
}

int store_note(struct store *s, const struct store_audit *n, struct err *err)
{
	const struct store_actor *a = s->actor;
	return sql_run(s->db,
		       "INSERT INTO audit (at, who, what, subject, detail, why) VALUES (?, ?, ?, ?, ?, ?)",
		       VALUES(INT(a->at), TEXT(a->who), TEXT(n->what), TEXT(n->subject), TEXT(n->detail),
			      TEXT(a->why)),
		       err);
}

int store_name_account(struct store *s, const struct store_account *a, char out[2 * STORE_NAME],
		       struct err *err)
{
	struct store_campaign c = { 0 };
	int status = store_get_campaign(s, &c, a->campaign, err);
	snprintf(out, 2 * STORE_NAME, "%s/%s", c.name, a->name);
	return status;
}

static int note_transit(struct store *s, const struct store_transit *t, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	snprintf(n.what, sizeof n.what, "transit %s", what);
	snprintf(n.subject, sizeof n.subject, "%s", t->name);
	return store_note(s, &n, err);
}

static int note_campaign(struct store *s, const struct store_campaign *c, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	snprintf(n.what, sizeof n.what, "campaign %s", what);
	snprintf(n.subject, sizeof n.subject, "%s", c->name);
	return store_note(s, &n, err);
}

static int note_account(struct store *s, const struct store_account *a, const char *what, struct err *err)
{
	struct store_audit n = { 0 };
	int status = store_name_account(s, a, n.subject, err);
	snprintf(n.what, sizeof n.what, "account %s", what);
	snprintf(n.detail, sizeof n.detail, "bytes %lld %lld, copied ahead in %.3f s", (long long)a->bytes[0],
		 (long long)a->bytes[1], a->precopy_s);
	return status ? status : store_note(s, &n, err);
}

static int note_cutover(struct store *s, const struct store_cutover *c, struct err *err)
{
	struct store_audit n = { 0 };
	struct store_account a = { 0 };
	int status = store_get_account(s, &a, c->account, err);
	if (status)
		return status;
	status = store_name_account(s, &a, n.subject, err);
	snprintf(n.what, sizeof n.what, "cutover %s", cutover_name(c->state));
	snprintf(n.detail, sizeof n.detail, "%s to %s, at %lld for %lld s", c->from, c->to,
		 (long long)c->planned, (long long)c->window_s);
	return status ? status : store_note(s, &n, err);
}

/* Adding. */

int store_insert(struct store *s, const struct table *t, void *row, const char *name, struct err *err)
{
	int status = store_may_change(s, err);
	if (status)
		return status;
	status = row_insert(s->db, t, row, err);
	return status == -EEXIST ? err_say(err, status, "%s %s is there already", t->name, name) : status;
}

int store_add_transit(struct store *s, struct store_transit *t, struct err *err)
{
	int status = store_insert(s, &transit_table, t, t->name, err);
	return store_changed(s, status ? status : note_transit(s, t, "added", err));
}

int store_add_campaign(struct store *s, struct store_campaign *c, struct err *err)
{
	int status = store_insert(s, &campaign_table, c, c->name, err);
	return store_changed(s, status ? status : note_campaign(s, c, "added", err));
}

int store_add_account(struct store *s, struct store_account *a, struct err *err)
{
	int status = store_insert(s, &account_table, a, a->name, err);
	return store_changed(s, status ? status : note_account(s, a, "added", err));
}

int store_add_cutover(struct store *s, struct store_cutover *c, struct err *err)
{
	int status = store_may_change(s, err);
	if (!status)
		status = row_insert(s->db, &cutover_table, c, err);
	if (status == -EEXIST)
		err_say(err, status, "the account has a cutover already that has not ended");
	return store_changed(s, status ? status : note_cutover(s, c, err));
}

/* Finding. */

int store_find_named(struct store *s, const struct table *t, const char *name, void *out, struct err *err)
{
	int status = row_find(s->db, t, "name = ?", VALUES(TEXT(name)), out, err);
	return status == -ENOENT ? err_say(err, status, "there is no %s %s", t->name, name) : status;
}

int store_find_transit(struct store *s, struct store_transit *out, const char *name, struct err *err)
{
	return store_find_named(s, &transit_table, name, out, err);
}

int store_transit_of(struct store *s, struct store_transit *out, int64_t campaign, struct err *err)
{
	return row_find(s->db, &transit_table, "campaign = ?", VALUES(INT(campaign)), out, err);
}

int store_find_campaign(struct store *s, struct store_campaign *out, const char *name, struct err *err)
{
	return store_find_named(s, &campaign_table, name, out, err);
}

int store_find_account(struct store *s, struct store_account *out, int64_t campaign, const char *name,
		       struct err *err)
{
	int status = row_find(s->db, &account_table, "campaign = ? AND name = ?",
			      VALUES(INT(campaign), TEXT(name)), out, err);
	return status == -ENOENT ? err_say(err, status, "there is no account %s in this campaign", name)
				 : status;
}

#define UNDER_WAY "state NOT IN ('done', 'rolled-back', 'cancelled')"

int store_find_cutover(struct store *s, struct store_cutover *out, int64_t account, struct err *err)
{
	int status = row_find(s->db, &cutover_table, "account = ? AND " UNDER_WAY, VALUES(INT(account)), out,
			      err);
	return status == -ENOENT ? err_say(err, status, "the account has no cutover that has not ended")
				 : status;
}

static int get(struct store *s, const struct table *t, int64_t id, void *out, struct err *err)
{
	int status = row_find(s->db, t, "id = ?", VALUES(INT(id)), out, err);
	return status == -ENOENT ? err_say(err, status, "there is no %s %lld", t->name, (long long)id)
				 : status;
}

int store_get_campaign(struct store *s, struct store_campaign *out, int64_t id, struct err *err)
{
	return get(s, &campaign_table, id, out, err);
}

int store_get_account(struct store *s, struct store_account *out, int64_t id, struct err *err)
{
	return get(s, &account_table, id, out, err);
}

int store_get_cutover(struct store *s, struct store_cutover *out, int64_t id, struct err *err)
{
	return get(s, &cutover_table, id, out, err);
}

int store_first_outage(struct store *s, int64_t account, int64_t *seconds, struct err *err)
{
	struct store_cutover c = { 0 };
	int status = row_find(s->db, &cutover_table, "account = ? AND state = 'done' ORDER BY ended, id",
			      VALUES(INT(account)), &c, err);
	if (status)
		return status == -ENOENT ? err_say(err, status, "the account has never moved") : status;
	*seconds = c.ended - c.started;
	return 0;
}

/* Changing. */

int store_update(struct store *s, const struct table *t, void *row, struct err *err)
{
	int status = store_may_change(s, err);
	return status ? status : row_update(s->db, t, row, err);
}

int store_set_campaign(struct store *s, struct store_campaign *c, struct err *err)
{
	int status = store_update(s, &campaign_table, c, err);
	return store_changed(s, status ? status : note_campaign(s, c, campaign_name(c->state), err));
}

int store_set_account(struct store *s, struct store_account *a, struct err *err)
{
	int status = store_update(s, &account_table, a, err);
	return store_changed(s, status ? status : note_account(s, a, account_name(a->state), err));
}

int store_set_cutover(struct store *s, struct store_cutover *c, struct err *err)
{
	int status = store_update(s, &cutover_table, c, err);
	return store_changed(s, status ? status : note_cutover(s, c, err));
}

int store_set_transit(struct store *s, struct store_transit *t, struct err *err)
{
	int status = store_update(s, &transit_table, t, err);
	if (status == -EEXIST)
		err_say(err, status, "the campaign has a transit server already");
	return store_changed(s, status ? status : note_transit(s, t, t->campaign ? "taken" : "free", err));
}

/* Lists. */

EACH(transit)
EACH(campaign)
EACH(account)
EACH(cutover)
EACH(audit)

int store_each_transit(struct store *s, int (*fn)(void *arg, const struct store_transit *t), void *arg,
		       struct err *err)
{
	struct transit_each e = { fn, arg };
	return row_each(s->db, &transit_table, "1 ORDER BY id", NO_VALUES, transit_row, &e, err);
}

int store_each_campaign(struct store *s, int (*fn)(void *arg, const struct store_campaign *c), void *arg,
			struct err *err)
{
	struct campaign_each e = { fn, arg };
	return row_each(s->db, &campaign_table, "1 ORDER BY id", NO_VALUES, campaign_row, &e, err);
}

int store_each_account(struct store *s, int64_t campaign, int (*fn)(void *arg, const struct store_account *a),
		       void *arg, struct err *err)
{
	struct account_each e = { fn, arg };
	return row_each(s->db, &account_table, "campaign = ? ORDER BY id", VALUES(INT(campaign)), account_row,
			&e, err);
}

int store_each_cutover(struct store *s, int (*fn)(void *arg, const struct store_cutover *c), void *arg,
		       struct err *err)
{
	struct cutover_each e = { fn, arg };
	return row_each(s->db, &cutover_table, UNDER_WAY " ORDER BY planned, id", NO_VALUES, cutover_row, &e,
			err);
}

int store_each_cutover_of(struct store *s, int64_t account,
			  int (*fn)(void *arg, const struct store_cutover *c), void *arg, struct err *err)
{
	struct cutover_each e = { fn, arg };
	return row_each(s->db, &cutover_table, "account = ? ORDER BY id", VALUES(INT(account)), cutover_row,
			&e, err);
}

int store_each_audit(struct store *s, int (*fn)(void *arg, const struct store_audit *a), void *arg,
		     struct err *err)
{
	struct audit_each e = { fn, arg };
	return row_each(s->db, &audit_table, "1 ORDER BY id", NO_VALUES, audit_row, &e, err);
}

int store_last_audit(struct store *s, struct store_audit *out, const struct store_account *a,
		     const char *what, struct err *err)
{
	char subject[2 * STORE_NAME];
	int status = store_name_account(s, a, subject, err);
	return status ? status
		      : row_find(s->db, &audit_table, "what = ? AND subject = ? ORDER BY id DESC LIMIT 1",
				 VALUES(TEXT(what), TEXT(subject)), out, err);
}

int store_note_account(struct store *s, const struct store_account *a, const char *what, const char *detail,
		       struct err *err)
{
	struct store_audit n = { 0 };
	int status = store_may_change(s, err);
	if (!status)
		status = store_name_account(s, a, n.subject, err);
	snprintf(n.what, sizeof n.what, "%s", what);
	snprintf(n.detail, sizeof n.detail, "%s", detail);
	return store_changed(s, status ? status : store_note(s, &n, err));
}

/* Samples. */

int store_add_sample(struct store *s, unsigned kind, const struct store_cutover *c, double value,
		     int64_t bytes, struct err *err)
{
	CHECK(s->actor);
	return sql_run(s->db,
		       "INSERT INTO sample (kind, source, destination, value, at, cutover, bytes) VALUES"
		       " (?, ?, ?, ?, ?, ?, ?)",
		       VALUES(INT(kind), TEXT(c->from), TEXT(c->to), REAL(value), INT(s->actor->at),
			      INT(c->id), INT(bytes)),
		       err);
}

struct samples {
	double *out;
	size_t cap, *count;
};

static int keep_sample(void *arg, sqlite3_stmt *row)
{
	struct samples *k = arg;
	if (*k->count < k->cap)
		k->out[(*k->count)++] = sqlite3_column_double(row, 0);
	return 0;
}

int store_samples(struct store *s, unsigned kind, const struct store_cutover *c, double *out, size_t cap,
		  size_t *count, struct err *err)
{
	struct samples k = { out, cap, count };
	*count = 0;
	return sql_each(s->db,
			"SELECT value FROM sample WHERE kind = ?1 AND ((source = ?2 AND destination = ?3) OR"
			" (source = ?3 AND destination = ?2)) ORDER BY at DESC, id DESC LIMIT ?4",
			VALUES(INT(kind), TEXT(c->from), TEXT(c->to), INT((int64_t)cap)), keep_sample, &k,
			err);
}

int store_rehearsals(struct store *s, unsigned kind, const char *server, double *out, size_t cap,
		     size_t *count, struct err *err)
{
	struct samples k = { out, cap, count };
	*count = 0;
	return sql_each(s->db,
			"SELECT value FROM sample WHERE kind = ? AND source = ? AND cutover = 0"
			" ORDER BY at DESC, id DESC LIMIT ?",
			VALUES(INT(kind), TEXT(server), INT((int64_t)cap)), keep_sample, &k, err);
}
