/* preflight_rights.c - preflight.h's look at what the accounts at both ends may do. */
#include <errno.h>
#include <string.h>

#include "dbdump/my/preflight.h"
#include "dbdump/my/privileges.h"

/* Rights at the destination that only some objects at the source ask for: rows of a database, and of the table that it is or belongs
 * to; "": to none. */
enum { NEEDS = 4 };
static const struct need {
	enum privilege bit;
	const char *sql;
} needs[NEEDS] = {
	{ MAY_CREATE_VIEW,
	  "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN ($D)" },
	{ MAY_CREATE_ROUTINE,
	  "SELECT DISTINCT ROUTINE_SCHEMA, '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D)" },
	{ MAY_TRIGGER, "SELECT DISTINCT TRIGGER_SCHEMA, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS"
		       " WHERE TRIGGER_SCHEMA IN ($D)" },
	{ MAY_EVENT,
	  "SELECT DISTINCT EVENT_SCHEMA, '' FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN ($D)" },
};

static const struct check lacks[] = {
	{ .code = "privilege",
	  .kind = CHECK_SOURCE,
	  .reason = "the account at the source has not the privilege $1 on it",
	  .remedy = "GRANT $1 ON the database TO the account there" },
	{ .code = "privilege",
	  .kind = CHECK_TARGET,
	  .reason = "the account at the destination has not the privilege $1 on it",
	  .remedy = "GRANT $1 ON the database TO the account there" },
};

static int tell_missing(struct look *l, enum check_end end, const char *database, unsigned missing,
			struct err *err)
{
	int status = 0;
	for (unsigned bit = 1; !status && bit < MAY_ALL; bit <<= 1)
		if (missing & bit)
			status = look_found(l, &lacks[end],
					    (const char *const[]){ "database", "", database,
								   privileges_name(bit), "" },
					    err);
	return status;
}

static bool is_copied(const struct look *l, const char *database, const char *table)
{
	const struct session *s = l->at[END_SOURCE];
	return *table ? session_wants(s, database, table) : !session_is_partial(s);
}

/* What this database of the source asks of the destination's account. */
static unsigned needed_of(const struct look *l, const struct answer rows[NEEDS], const char *database)
{
	unsigned needed = 0;
	for (size_t i = 0; i < NEEDS; i++)
		for (size_t row = 0; row < answer_rows(&rows[i]) && !(needed & needs[i].bit); row++)
			if (!strcmp(answer_cell(&rows[i], row, 0), database) &&
			    is_copied(l, database, answer_cell(&rows[i], row, 1)))
				needed |= needs[i].bit;
	return needed;
}

/* Whoever has SELECT on mysql.proc sees routines by that. */
static bool sees_routines(struct look *l, enum check_end end)
{
	AUTO(answer_fini) struct answer a = { 0 };
	return !look_ask(l, end, "SELECT 1 FROM mysql.proc LIMIT 0", &a, NULL);
}

/* rows: of needs; NULL: nothing is made. */
static int look_databases(struct look *l, enum check_end end, const struct answer *rows, struct err *err)
{
	struct session *s = l->at[end];
	const struct strings *names = l->job->databases[end], *from = l->job->databases[END_SOURCE];
	bool routines = end == END_SOURCE && sees_routines(l, end);
	int status = 0;
	for (size_t i = 0; !status && i < names->count; i++) {
		unsigned may, needed = privileges_needed(s) | (rows ? needed_of(l, rows, from->at[i]) : 0);
		status = privileges_of(s, names->at[i], &may, err);
		unsigned missing = needed & ~may & ~(routines ? (unsigned)MAY_SEE_ROUTINES : 0);
		if (!status)
			status = tell_missing(l, end, names->at[i], missing, err);
	}
	return status;
}

/* Databases that may be made there. */
static int look_places(struct look *l, struct err *err)
{
	struct answer rows[NEEDS] = { 0 };
	const bool makes = !l->job->options->data_only;
	int status = 0;
	for (size_t i = 0; makes && !status && i < NEEDS; i++)
		status = look_ask(l, END_SOURCE, needs[i].sql, &rows[i], err);
	if (!status)
		status = look_databases(l, END_TARGET, makes ? rows : NULL, err);
	for (size_t i = 0; i < NEEDS; i++)
		answer_fini(&rows[i]);
	return status;
}

/* Without a lock there is one connection alone that sees one moment. */
static int look_snapshot(struct look *l, unsigned may, struct err *err)
{
	static const struct check slow = {
		.code = "snapshot",
		.severity = SEVERITY_NOTE,
		.kind = CHECK_SOURCE,
		.reason =
			"the account has neither RELOAD nor LOCK TABLES: one connection reads everything, which takes longer",
		.remedy = "GRANT RELOAD ON *.* TO the account at the source"
	};
	static const struct check held = {
		.code = "binlog-admin",
		.severity = SEVERITY_NOTE,
		.kind = CHECK_SOURCE,
		.reason =
			"the account has not the privilege BINLOG ADMIN: an ALTER TABLE of somebody else waits until the copy ends",
		.remedy = "GRANT BINLOG ADMIN ON *.* TO the account at the source"
	};
	static const struct check follow = {
		.code = "follow-privilege",
		.severity = SEVERITY_NOTE,
		.kind = CHECK_SOURCE,
		.reason = "the account has not the privilege REPLICATION SLAVE: it cannot follow changes",
		.remedy = "GRANT REPLICATION SLAVE ON *.* TO the account at the source"
	};
	AUTO(answer_fini) struct answer logs = { 0 };
	int status = look_ask(l, END_SOURCE, "SELECT 1 FROM DUAL WHERE @@global.log_bin", &logs, err);
	if (!status && !(may & (MAY_RELOAD | MAY_LOCK_TABLES)) && l->job->options->jobs > 1)
		status = look_found_server(l, &slow, "", "", err);
	if (!status && answer_rows(&logs) && !(may & (MAY_LOG | MAY_SUPER)))
		status = look_found_server(l, &held, "", "", err);
	if (!status && !(may & MAY_FOLLOW))
		status = look_found_server(l, &follow, "", "", err);
	return status;
}

static int look_users(struct look *l, enum check_end end, unsigned may, struct err *err)
{
	static const struct check cannot[] = {
		{ .code = "privilege",
		  .kind = CHECK_SOURCE,
		  .reason = "--users: the account may not read mysql.user",
		  .remedy = "GRANT SELECT ON mysql.* TO the account at the source" },
		{ .code = "privilege",
		  .kind = CHECK_TARGET,
		  .reason = "--users: the account has not the privilege CREATE USER",
		  .remedy = "GRANT CREATE USER ON *.* TO the account at the destination" },
	};
	AUTO(answer_fini) struct answer a = { 0 };
	if (!l->job->options->users)
		return 0;
	bool lacking = end == END_TARGET
			       ? !(may & MAY_CREATE_USER)
			       : look_ask(l, end, "SELECT 1 FROM mysql.user LIMIT 0", &a, NULL) != 0;
	return lacking ? look_found_server(l, &cannot[end], "", "", err) : 0;
}

/* Objects of other definers than the account that makes them. */
static int look_definers(struct look *l, unsigned may, struct err *err)
{
	static const struct check foreign = {
		.code = "privilege",
		.kind = CHECK_ABSENT,
		.when = WHEN_DEFINITIONS | WHEN_KEEP_DEFINER,
		.of_table = true,
		.sql = MY_DEFINED,
		.other = "SELECT CURRENT_USER()",
		.reason =
			"its definer $1 is not the account at the destination, which may not make it: the privilege SET USER is missing there",
		.remedy = "GRANT SET USER ON *.* TO the account at the destination, or --definer=current"
	};
	return may & (MAY_SET_USER | MAY_SUPER) ? 0 : checks_run(&l->asker, &foreign, 1, err);
}

/* Where there is a binary log not everybody may make what runs in statements of others. */
static int look_creators(struct look *l, unsigned may, struct err *err)
{
	static const struct check untrusted = {
		.code = "privilege",
		.kind = CHECK_PRESENT,
		.when = WHEN_DEFINITIONS,
		.of_table = true,
		.sql = "SELECT 'function', ROUTINE_SCHEMA, ROUTINE_NAME, '1', '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D)"
		       " AND ROUTINE_TYPE = 'FUNCTION' UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, '1', EVENT_OBJECT_TABLE FROM"
		       " information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN ($D)",
		.other = MY_UNTRUSTED,
		.reason =
			"the destination keeps a binary log, and lets nobody without the privilege SUPER make it",
		.remedy = "SET GLOBAL log_bin_trust_function_creators = ON there, or grant the privilege"
	};
	return may & MAY_SUPER ? 0 : checks_run(&l->asker, &untrusted, 1, err);
}

/* All that a copy grants. */
static int gather_grants(const struct accounts *all, struct strings *out)
{
	int status = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct account *a = &all->at[i];
		const struct strings *lists[] = { &a->grants, &a->late, &a->roles };
		for (size_t k = 0; a->wanted && k < sizeof lists / sizeof *lists; k++)
			for (size_t n = 0; !status && n < lists[k]->count; n++)
				status = strings_add(out, lists[k]->at[n], strlen(lists[k]->at[n]));
	}
	return status;
}

static int look_role(struct look *l, const struct account *a, const char *line, const struct strings *granted,
		     struct err *err)
{
	static const struct check raises = {
		.code = "role",
		.kind = CHECK_SOURCE,
		.reason =
			"the role $1 is at the destination already and may do more there than a copy grants it ($2): it is not granted to the account",
		.remedy = "revoke there what is too much, or grant the role by hand where that is meant"
	};
	char role[ROLE_NAME], more[ROLE_MORE];
	int status = roles_more(&l->at[END_TARGET]->control, line, granted, role, more, err);
	if (!status && more[0])
		status = look_found(l, &raises, (const char *const[]){ "account", "", a->name, role, more },
				    err);
	return status;
}

/* Roles that are there already. (An account that is copied because it made something alone is not seen here.) */
static int look_roles(struct look *l, struct err *err)
{
	AUTO(strings_fini) struct strings granted = { 0 };
	struct session *s = l->at[END_SOURCE];
	int status = l->job->options->users ? accounts_read(s, NULL) : -EPERM;
	if (status == -ECONNRESET)
		return conn_error(&s->control, err);
	if (status)
		return 0; /* (that it cannot be looked at has been found) */
	status = gather_grants(&s->accounts, &granted) ? err_set(err, -ENOMEM, "preflight") : 0;
	for (size_t i = 0; !status && i < s->accounts.count; i++) {
		const struct account *a = &s->accounts.at[i];
		for (size_t k = 0; !status && k < a->roles.count; k++)
			status = look_role(l, a, a->roles.at[k], &granted, err);
	}
	return status;
}

static int look_target(struct look *l, struct err *err)
{
	unsigned may = 0;
	int status = look_places(l, err);
	if (!status)
		status = privileges_of(l->at[END_TARGET], "", &may, err);
	if (!status)
		status = look_definers(l, may, err);
	if (!status)
		status = look_creators(l, may, err);
	if (!status)
		status = look_users(l, END_TARGET, may, err);
	return status ? status : look_roles(l, err);
}

int look_rights(struct look *l, struct err *err)
{
	unsigned may = 0;
	int status = look_databases(l, END_SOURCE, NULL, err);
	if (!status)
		status = privileges_of(l->at[END_SOURCE], l->job->databases[END_SOURCE]->at[0], &may, err);
	if (!status)
		status = look_snapshot(l, may, err);
	if (!status)
		status = look_users(l, END_SOURCE, may, err);
	return status || !l->asker.has_target ? status : look_target(l, err);
}
