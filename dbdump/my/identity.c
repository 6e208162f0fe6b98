#include "dbdump/my/identity.h"

#include <errno.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/sql.h"

static void files_of(struct session *s, struct conn *c, const struct table *t, char out[static 40])
{
	if (conn_value(
		    c, out, 40, NULL,
		    "SELECT MD5(GROUP_CONCAT(TABLE_ID ORDER BY NAME)) FROM information_schema.INNODB_SYS_TABLES, "
		    "(SELECT CONCAT(" SQL_AS_FILE("%q") ", '/', " SQL_AS_FILE(
			    "%q") ") AS file) t "
				  "WHERE NAME = file OR LEFT(NAME, CHAR_LENGTH(file) + 3) = CONCAT(file, '#P#')",
		    session_schema(s, t), t->name))
		out[0] = '\0';
}

void identity_note_files(struct session *s, struct catalog *c)
{
	bool any = false;
	for (size_t i = 0; i < c->table_count; i++)
		any = any || strstr(table_own(&c->tables[i])->create, "PARTITION BY");
	for (size_t i = 0; any && i < c->table_count; i++)
		if (table_own(&c->tables[i])->innodb)
			files_of(s, &s->control, &c->tables[i], table_own(&c->tables[i])->files);
}

bool identity_differs(const char *then, const char *now)
{
	return *then && now && *now && strcmp(then, now) != 0;
}

int identity_check(struct session *s, struct link *l, const struct table *t, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	const char *schema = session_schema(s, t), *then = table_own(t)->created;
	/* all of a statement's tables are locked before information_schema is looked at */
	int status = conn_select(&l->conn, &r, err,
				 "SELECT CREATE_TIME, (SELECT 1 FROM %i.%i LIMIT 0) "
				 "FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q AND TABLE_NAME = %q",
				 schema, t->name, schema, t->name);
	if (status)
		return status;
	char files[40] = "";
	if (table_own(t)->files[0])
		files_of(s, &l->conn, t, files);
	if (rows_next(&r) && !identity_differs(then, r.at[0]) && !strcmp(files, table_own(t)->files))
		return 0;
	return err_say(err, -EIO,
		       "%s: its definition was changed while the copy ran, or another table got its name",
		       s->job.uri->shown);
}

int identity_note(struct session *s, struct err *err)
{
	int status = 0;
	strings_fini(&s->before);
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		const char *db = s->job.databases->at[i];
		AUTO(rows_fini) struct rows r = { 0 };
		status = conn_select(
			&s->control, &r, err,
			"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			"AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
			db);
		while (!status && rows_next(&r))
			if (session_wants(s, db, r.at[0]) && (strings_add(&s->before, db, strlen(db)) ||
							      strings_add(&s->before, r.at[0], r.len[0])))
				status = err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	}
	return status;
}

int identity_complete(struct session *s, const struct catalog *c, struct err *err)
{
	for (size_t i = 0; i + 1 < s->before.count; i += 2)
		if (!catalog_find_table(c, s->before.at[i], s->before.at[i + 1]))
			return err_say(err, -EIO, "%s: table %s.%s was dropped or renamed as the copy began",
				       s->job.uri->shown, s->before.at[i], s->before.at[i + 1]);
	return 0;
}
