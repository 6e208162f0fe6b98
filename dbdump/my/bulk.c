#include "dbdump/my/bulk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/sql.h"
#include "dbdump/my/taken.h"

enum {
	ROWS = 2000,	    /* of a packet; more are no faster */
	VALUES = 64 * 1024, /* of a packet: 17 bytes each here */
	BYTES = 1 << 20,    /* of a packet */
	VALUE_HEAD = 10,    /* what a value has in a packet besides its bytes, at most */
	PACKET_HEAD = 64,   /* ... and a packet besides its values and two bytes for the type of each place */
	KEEP = 8 << 20,	    /* memory of a large row is given back */
};

/* A place for a value in the statement. A column may have several, all of which get its value. */
struct place {
	char **value;
	unsigned long *len;
	char *null;
};

struct bulk {
	const struct bulk_job *job;
	uint64_t *taken; /* rows */
	MYSQL_STMT *stmt;
	MYSQL_BIND *binds; /* by place */
	struct place *places;
	unsigned *first; /* of each column, and behind the last one their number */
	unsigned most;	 /* rows of a packet */
	unsigned rows;	 /* that wait to be sent */
	size_t bytes;	 /* of these */
	struct buf text; /* lines that the values stand in */
};

static size_t count_places(const struct my_column *column)
{
	size_t n = 0;
	for (const char *v = column->write; v && (v = strstr(v, "@v")) != NULL; v += 2)
		n++;
	return column->write ? n : 1;
}

static void add_places(struct buf *sql, const struct my_column *column)
{
	const char *rest = column->write ? column->write : "@v";
	for (const char *v; (v = strstr(rest, "@v")) != NULL; rest = v + 2) {
		buf_bytes(sql, rest, (size_t)(v - rest));
		buf_u8(sql, '?');
	}
	sql_add(sql, "%s", rest);
}

static void add_statement(struct buf *sql, const struct table *t)
{
	sql_add(sql, "INSERT IGNORE INTO %i.%i (", table_own(t)->target, t->name);
	for (size_t i = 0; i < t->column_count; i++)
		sql_add(sql, i ? ",%i" : "%i", t->columns[i].name);
	sql_add(sql, ") VALUES (");
	for (size_t i = 0; i < t->column_count; i++) {
		if (i)
			buf_u8(sql, ',');
		add_places(sql, &table_own(t)->columns[i]);
	}
	buf_u8(sql, ')');
}

static void bulk_fini(struct bulk *b)
{
	unsigned places = b->first ? b->first[b->job->rows.table->column_count] : 0;
	if (b->stmt)
		mysql_stmt_close(b->stmt);
	for (unsigned i = 0; b->places && i < places; i++) {
		free(b->places[i].value);
		free(b->places[i].len);
		free(b->places[i].null);
	}
	free(b->places);
	free(b->binds);
	free(b->first);
	buf_fini(&b->text);
}

static bool make_place(struct bulk *b, unsigned i)
{
	struct place *p = &b->places[i];
	*p = (struct place){ .value = calloc(b->most, sizeof *p->value),
			     .len = calloc(b->most, sizeof *p->len),
			     .null = calloc(b->most, sizeof *p->null) };
	b->binds[i] = (MYSQL_BIND){
		.buffer_type = MYSQL_TYPE_BLOB, .buffer = p->value, .length = p->len, .u.indicator = p->null
	};
	return p->value && p->len && p->null;
}

static bool make_places(struct bulk *b)
{
	const struct table *t = b->job->rows.table;
	unsigned places = 0;
	if (!(b->first = calloc(t->column_count + 1, sizeof *b->first)))
		return false;
	for (size_t i = 0; i < t->column_count; i++) {
		b->first[i] = places;
		places += (unsigned)count_places(&table_own(t)->columns[i]);
	}
	b->places = calloc(places + 1, sizeof *b->places);
	b->binds = calloc(places + 1, sizeof *b->binds);
	if (!b->places || !b->binds)
		return false;
	b->first[t->column_count] = places;
	b->most = VALUES / (places + 1) < ROWS ? VALUES / (places + 1) : ROWS;
	for (unsigned i = 0; i < places; i++)
		if (!make_place(b, i))
			return false;
	return true;
}

/* Not all failures of a statement are the connection's too. */
static int statement_error(struct bulk *b, struct err *err)
{
	struct conn *c = b->job->rows.conn;
	unsigned number = mysql_stmt_errno(b->stmt);
	const char *text = mysql_stmt_error(b->stmt);
	return conn_errno(c)
		       ? conn_error(c, err)
		       : err_say(err, conn_code(number, text), "%s: %s (error %u)", c->shown, text, number);
}

static int begin(struct bulk *b, struct err *err)
{
	struct conn *c = b->job->rows.conn;
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	add_statement(&sql, b->job->rows.table);
	if (sql.failed || !make_places(b) || !(b->stmt = mysql_stmt_init(c->db)))
		return err_set(err, -ENOMEM, "%s", c->shown);
	if (mysql_stmt_prepare(b->stmt, (const char *)sql.data, sql.len))
		return statement_error(b, err);
	/* (it says how many of ours the library looks at) */
	return mysql_stmt_param_count(b->stmt) == b->first[b->job->rows.table->column_count]
		       ? 0
		       : err_say(err, -EIO, "%s: the server wants another number of values than there are",
				 c->shown);
}

static int send_rows(struct bulk *b, struct err *err)
{
	if (!b->rows)
		return 0;
	mysql_stmt_attr_set(b->stmt, STMT_ATTR_ARRAY_SIZE, &b->rows);
	b->rows = 0;
	b->bytes = 0;
	if (mysql_stmt_bind_param(b->stmt, b->binds) || mysql_stmt_execute(b->stmt))
		return statement_error(b, err);
	*b->taken += mysql_stmt_affected_rows(b->stmt);
	return taken_check(b->job->rows.conn, err);
}

size_t bulk_value(uint8_t *value, size_t n)
{
	const uint8_t *end = value + n, *from = memchr(value, '\\', n);
	if (!from)
		return n;
	uint8_t *to = value + (from - value);
	while (from < end) {
		uint8_t c = *from++;
		if (c == '\\' && from < end) {
			c = *from++;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		*to++ = c;
	}
	return (size_t)(to - value);
}

static void put_value(struct bulk *b, size_t column, uint8_t *value, size_t n)
{
	bool null = n == 2 && !memcmp(value, "\\N", 2);
	size_t len = null ? 0 : bulk_value(value, n);
	for (unsigned i = b->first[column]; i < b->first[column + 1]; i++) {
		b->places[i].value[b->rows] = (char *)value;
		b->places[i].len[b->rows] = len;
		b->places[i].null[b->rows] = null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
		b->bytes += len + VALUE_HEAD;
	}
}

/* The feed's lines are its own, and values are taken out of their escapes: so a line is copied, behind those that wait. It ends with
 * its newline. */
static void put_row(struct bulk *b, const uint8_t *from, size_t len)
{
	uint8_t *line = b->text.data + b->text.len, *end = line + len - 1;
	size_t columns = b->job->rows.table->column_count;
	buf_bytes(&b->text, from, len);
	for (size_t i = 0; i < columns; i++) {
		uint8_t *over = i + 1 < columns ? memchr(line, '\t', (size_t)(end - line)) : NULL;
		over = over ? over : end;
		put_value(b, i, line, (size_t)(over - line));
		line = over < end ? over + 1 : end;
	}
	b->rows++;
}

/* What the values of a packet may come to, for the server. */
static size_t packet_room(const struct bulk *b)
{
	const struct insert_job *in = &b->job->rows;
	size_t head = PACKET_HEAD + 2 * (size_t)b->first[in->table->column_count];
	return in->packet > head ? in->packet - head : 0;
}

static int take_line(struct bulk *b, const uint8_t *line, size_t len, struct err *err)
{
	const struct insert_job *in = &b->job->rows;
	size_t room = packet_room(b), most = room < BYTES ? room : BYTES;
	size_t row = len + (size_t)b->first[in->table->column_count] * VALUE_HEAD;
	int status = b->rows == b->most || b->bytes + row > most ? send_rows(b, err) : 0;
	if (status)
		return status;
	if (row <= most) {
		put_row(b, line, len);
		return 0;
	}
	if (b->job->large)
		return b->job->large(in->conn, in->table, line, len, b->taken, err);
	put_row(b, line, len);
	if (b->bytes > room)
		return err_say(err, -EIO,
			       "%s: a row of %zu bytes is too large: max_allowed_packet is %zu there, and "
			       "local_infile is OFF",
			       in->conn->shown, b->bytes, in->packet);
	return send_rows(b, err);
}

static int take_lines(struct bulk *b, const uint8_t *lines, size_t len, struct err *err)
{
	int status = 0;
	/* room for all, since values must stay where they are; what a large row has of it is never touched */
	if (!buf_reserve(&b->text, len))
		return err_set(err, -ENOMEM, "%s", b->job->rows.conn->shown);
	for (const uint8_t *end = lines + len, *over; !status && lines < end; lines = over) {
		over = memchr(lines, '\n', (size_t)(end - lines));
		over = over ? over + 1 : end;
		status = take_line(b, lines, (size_t)(over - lines), err);
	}
	if (!status)
		status = send_rows(b, err);
	b->text.len = 0;
	if (b->text.cap > KEEP)
		buf_fini(&b->text);
	return status;
}

int bulk_rows(const struct bulk_job *job, uint64_t *rows, bool *gave_up, struct err *err)
{
	struct feed *feed = job->rows.feed;
	struct bulk b = { .job = job, .taken = rows, .text = { .limit = (size_t)4 << 30 } };
	struct err fed = { 0 };
	const uint8_t *lines;
	size_t len;
	int status = begin(&b, err), more = 1;
	while (!status && (more = feed->next(feed, &lines, &len, &fed)) > 0)
		status = take_lines(&b, lines, len, err);
	*gave_up = more < 0;
	if (more < 0) {
		if (err)
			*err = fed;
		status = more;
	}
	bulk_fini(&b);
	return status;
}

bool bulk_is_understood(struct conn *c)
{
	unsigned long extended = 0;
	return c->mariadb &&
	       !mariadb_get_infov(c->db, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &extended) &&
	       (extended & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32));
}
