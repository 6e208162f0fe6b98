#include "scheduler/store/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"

enum { SQL_MOST = 4096, ROW_MOST = 8192 };

static int code_of(int rc)
{
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
		return -EEXIST;
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EAGAIN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EIO;
	}
}

int sql_error(sqlite3 *db, const char *what, struct err *err)
{
	int code = code_of(sqlite3_extended_errcode(db));
	/* the index of its log is a file that it fills, too, and calls that an error of the disk */
	if (code == -EIO && sqlite3_system_errno(db) == ENOSPC)
		return err_set(err, -ENOSPC, "%s", what);
	return err_say(err, code, "%s: %s", what, sqlite3_errmsg(db));
}

static void finalize(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}

static int bind(sqlite3_stmt *st, int at, const struct value *v)
{
	if (v->kind == VALUE_INT)
		return sqlite3_bind_int64(st, at, v->i);
	if (v->kind == VALUE_REAL)
		return sqlite3_bind_double(st, at, v->r);
	return sqlite3_bind_text(st, at, v->s, -1, SQLITE_TRANSIENT);
}

static int prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, const struct value *values,
		   struct err *err)
{
	if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
		return sql_error(db, sql, err);
	for (int i = 0; values[i].kind != VALUE_END; i++)
		if (bind(*out, i + 1, &values[i]) != SQLITE_OK)
			return sql_error(db, sql, err);
	return 0;
}

int sql_each(sqlite3 *db, const char *sql, const struct value *values,
	     int (*fn)(void *arg, sqlite3_stmt *row), void *arg, struct err *err)
{
	AUTO(finalize) sqlite3_stmt *st = NULL;
	int status = prepare(&st, db, sql, values, err), rc = SQLITE_ROW;
	while (!status && (rc = sqlite3_step(st)) == SQLITE_ROW)
		status = fn(arg, st);
	if (!status && rc != SQLITE_DONE)
		status = sql_error(db, "store", err);
	return status;
}

static int ignore_row(void *arg, sqlite3_stmt *row)
{
	(void)arg;
	(void)row;
	return 0;
}

int sql_run(sqlite3 *db, const char *sql, const struct value *values, struct err *err)
{
	return sql_each(db, sql, values, ignore_row, NULL, err);
}

static struct value value_of(const struct field *f, const void *row)
{
	const char *p = (const char *)row + f->at;
	if (f->kind == FIELD_INT)
		return (struct value)INT(*(const int64_t *)(const void *)p);
	if (f->kind == FIELD_REAL)
		return (struct value)REAL(*(const double *)(const void *)p);
	if (f->kind == FIELD_STATE)
		return (struct value)TEXT(f->states->name(*(const unsigned *)(const void *)p));
	return (struct value)TEXT(p);
}

static bool is_of_kind(const struct field *f, int type)
{
	if (f->kind == FIELD_INT)
		return type == SQLITE_INTEGER;
	if (f->kind == FIELD_REAL)
		return type == SQLITE_FLOAT || type == SQLITE_INTEGER;
	return type == SQLITE_TEXT;
}

/* What the file says may be anything. -EIO: no value of this field. */
static int take(const struct field *f, void *row, sqlite3_stmt *st, int column)
{
	char *p = (char *)row + f->at;
	if (!is_of_kind(f, sqlite3_column_type(st, column)))
		return -EIO;
	if (f->kind == FIELD_INT)
		*(int64_t *)(void *)p = sqlite3_column_int64(st, column);
	if (f->kind == FIELD_REAL)
		*(double *)(void *)p = sqlite3_column_double(st, column);
	if (f->kind == FIELD_INT || f->kind == FIELD_REAL)
		return 0;
	const char *text = (const char *)sqlite3_column_text(st, column);
	if (!text || (f->kind == FIELD_TEXT && strlen(text) >= f->size))
		return -EIO;
	if (f->kind == FIELD_STATE)
		return f->states->parse((unsigned *)(void *)p, text) ? -EIO : 0;
	memcpy(p, text, strlen(text) + 1);
	return 0;
}

static void add(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

/* "a, b, c" of all columns but the id, each followed by tail. */
static void add_columns(struct buf *b, const struct table *t, const char *tail)
{
	for (size_t i = 1; i < t->count; i++) {
		add(b, i > 1 ? ", " : "");
		add(b, t->fields[i].column);
		add(b, tail);
	}
}

static const char *text_of(struct buf *b)
{
	buf_u8(b, 0);
	return b->failed ? NULL : (const char *)b->data;
}

enum { FIELDS_MOST = 24 };

static void values_of(struct value out[FIELDS_MOST + 2], const struct table *t, const void *row)
{
	CHECK(t->count <= FIELDS_MOST);
	for (size_t i = 1; i < t->count; i++)
		out[i - 1] = value_of(&t->fields[i], row);
	out[t->count - 1] = (struct value){ .kind = VALUE_END };
}

int row_insert(sqlite3 *db, const struct table *t, void *row, struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_MOST };
	struct value values[FIELDS_MOST + 2];
	values_of(values, t, row);
	add(&sql, "INSERT INTO ");
	add(&sql, t->name);
	add(&sql, " (");
	add_columns(&sql, t, "");
	add(&sql, ") VALUES (?");
	for (size_t i = 2; i < t->count; i++)
		add(&sql, ", ?");
	add(&sql, ")");
	const char *text = text_of(&sql);
	int status = text ? sql_run(db, text, values, err) : err_set(err, -ENOMEM, "store");
	if (!status)
		*(int64_t *)row = sqlite3_last_insert_rowid(db);
	return status;
}

int row_update(sqlite3 *db, const struct table *t, void *row, struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_MOST };
	struct value values[FIELDS_MOST + 2];
	int64_t *version = (int64_t *)(void *)((char *)row + t->fields[1].at);
	values_of(values, t, row);
	values[0].i++; /* the version, as the id is not among them */
	values[t->count - 1] = value_of(&t->fields[0], row);
	values[t->count] = (struct value)INT(*version);
	values[t->count + 1] = (struct value){ .kind = VALUE_END };
	add(&sql, "UPDATE ");
	add(&sql, t->name);
	add(&sql, " SET ");
	add_columns(&sql, t, " = ?");
	add(&sql, " WHERE id = ? AND version = ?");
	const char *text = text_of(&sql);
	int status = text ? sql_run(db, text, values, err) : err_set(err, -ENOMEM, "store");
	if (!status && sqlite3_changes(db) != 1)
		status = err_say(err, -ESTALE, "%s: somebody else has changed it meanwhile", t->name);
	if (!status)
		++*version;
	return status;
}

struct each {
	const struct table *table;
	int (*fn)(void *arg, const void *row);
	void *arg;
	struct err *err;
};

static int take_row(void *arg, sqlite3_stmt *st)
{
	struct each *e = arg;
	_Alignas(max_align_t) char row[ROW_MOST];
	CHECK(e->table->row_size <= sizeof row);
	memset(row, 0, e->table->row_size);
	for (size_t i = 0; i < e->table->count; i++)
		if (take(&e->table->fields[i], row, st, (int)i))
			return err_say(e->err, -EIO,
				       "store: %s %lld: the column %s holds nothing that belongs there",
				       e->table->name, (long long)sqlite3_column_int64(st, 0),
				       e->table->fields[i].column);
	return e->fn(e->arg, row);
}

int row_each(sqlite3 *db, const struct table *t, const char *where, const struct value *values,
	     int (*fn)(void *arg, const void *row), void *arg, struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_MOST };
	struct each each = { t, fn, arg, err };
	add(&sql, "SELECT id, ");
	add_columns(&sql, t, "");
	add(&sql, " FROM ");
	add(&sql, t->name);
	add(&sql, " WHERE ");
	add(&sql, where);
	const char *text = text_of(&sql);
	return text ? sql_each(db, text, values, take_row, &each, err) : err_set(err, -ENOMEM, "store");
}

struct found {
	size_t size;
	void *row;
	bool is;
};

static int keep_row(void *arg, const void *row)
{
	struct found *f = arg;
	if (!f->is)
		memcpy(f->row, row, f->size);
	f->is = true;
	return 0;
}

int row_find(sqlite3 *db, const struct table *t, const char *where, const struct value *values, void *row,
	     struct err *err)
{
	struct found f = { t->row_size, row, false };
	int status = row_each(db, t, where, values, keep_row, &f, err);
	return status ? status : f.is ? 0 : -ENOENT;
}
