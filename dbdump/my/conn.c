#include "dbdump/my/conn.h"

#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/my/sql.h"
#include "dbdump/sockets.h"

enum { BRIEF_S = 3, RESULTS_MOST = 64 };

/* Of the server's numbers, those that mean something of their own to us. */
static const struct {
	unsigned number;
	int code;
} codes[] = {
	{ CR_CONNECTION_ERROR, -ECONNREFUSED },
	{ CR_CONN_HOST_ERROR, -ECONNREFUSED },
	{ CR_UNKNOWN_HOST, -ECONNREFUSED },
	{ CR_SERVER_GONE_ERROR, -ECONNRESET },
	{ CR_SERVER_LOST, -ECONNRESET },
	{ CR_SERVER_LOST_EXTENDED, -ECONNRESET },
	{ ER_SERVER_SHUTDOWN, -ECONNRESET },
	{ ER_CONNECTION_KILLED, -ECONNRESET },
	{ ER_NET_READ_ERROR, -ECONNRESET },
	{ ER_NET_READ_INTERRUPTED, -ECONNRESET },
	{ ER_NET_ERROR_ON_WRITE, -ECONNRESET },
	{ ER_NET_WRITE_INTERRUPTED, -ECONNRESET },
	{ ER_LOCK_DEADLOCK, -EAGAIN },
	{ ER_CHECKREAD, -EAGAIN },
	{ CR_OUT_OF_MEMORY, -ENOMEM },
	{ ER_ACCESS_DENIED_ERROR, -EACCES },
	{ 1698, -EACCES }, /* ER_ACCESS_DENIED_NO_PASSWORD_ERROR */
	{ ER_BAD_DB_ERROR, -ENOENT },
	{ ER_DBACCESS_DENIED_ERROR, -EPERM },
	{ ER_TABLEACCESS_DENIED_ERROR, -EPERM },
	{ ER_COLUMNACCESS_DENIED_ERROR, -EPERM },
	{ ER_SPECIFIC_ACCESS_DENIED_ERROR, -EPERM },
	{ ER_PROCACCESS_DENIED_ERROR, -EPERM },
	{ ER_CANT_CREATE_USER_WITH_GRANT, -EPERM },
	{ ER_VIEW_NO_EXPLAIN, -EPERM },
	{ ER_RECORD_FILE_FULL, -ENOSPC },
	{ ER_DISK_FULL, -ENOSPC },
	{ ER_QUERY_INTERRUPTED, -EINTR },
	{ ER_LOCK_WAIT_TIMEOUT, -ETIMEDOUT },
};

unsigned conn_errno(struct conn *c)
{
	return c->db ? mysql_errno(c->db) : 0;
}

int conn_code(unsigned number, const char *text)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].number == number)
			return codes[i].code;
	/* what a storage engine could not write carries the system's errno in its text */
	return strstr(text, "No space left on device") ? -ENOSPC : -EIO;
}

int conn_error(struct conn *c, struct err *err)
{
	unsigned number = mysql_errno(c->db);
	const char *text = mysql_error(c->db);
	if (!number)
		return err_say(err, -EIO, "%s: the server answers another thing than it was asked", c->shown);
	return err_say(err, conn_code(number, text), "%s: %s (error %u)", c->shown, text, number);
}

/* Without host the port would be forgotten, and the local socket taken. */
static void choose_transport(MYSQL *db, const struct uri *uri)
{
	unsigned tcp = MYSQL_PROTOCOL_TCP, socket = MYSQL_PROTOCOL_SOCKET;
	bool local = !uri->host || !strcmp(uri->host, "localhost");
	if (uri_param(uri, "socket"))
		mysql_options(db, MYSQL_OPT_PROTOCOL, &socket);
	else if (local && uri->port)
		mysql_options(db, MYSQL_OPT_PROTOCOL, &tcp);
}

/* With a CA the library wants a certificate of it; VERIFY_SERVER_CERT is that, from wherever the CA is, and the host's name. */
static void choose_tls(MYSQL *db, const char *mode, const char *ca)
{
	my_bool yes = 1;
	if (ca)
		mysql_options(db, MYSQL_OPT_SSL_CA, ca);
	if (!mode || !strcmp(mode, "PREFERRED") || !strcmp(mode, "DISABLED"))
		return;
	mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &yes);
	if ((!strcmp(mode, "VERIFY_CA") && !ca) || !strcmp(mode, "VERIFY_IDENTITY"))
		mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static void choose_brief(MYSQL *db)
{
	unsigned seconds = BRIEF_S;
	mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(db, MYSQL_OPT_READ_TIMEOUT, &seconds);
	mysql_options(db, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
}

static void choose(MYSQL *db, const struct uri *uri, bool sends_rows)
{
	const char *file = uri_param(uri, "default-file"), *timeout = uri_param(uri, "connect_timeout");
	unsigned seconds = timeout ? (unsigned)strtoul(timeout, NULL, 10) : 10;
	unsigned infile =
		sends_rows; /* a server may ask for files of ours where it is allowed to ask at all */
	size_t packet = 1 << 30, buffer = 1 << 20;
	if (file)
		mysql_options(db, MYSQL_READ_DEFAULT_FILE, file);
	mysql_options(db, MYSQL_READ_DEFAULT_GROUP, "dbdump");
	mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(db, MYSQL_OPT_LOCAL_INFILE, &infile);
	mysql_options(db, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_options(db, MYSQL_OPT_NET_BUFFER_LENGTH, &buffer);
	choose_transport(db, uri);
	choose_tls(db, uri_param(uri, "ssl-mode"), uri_param(uri, "ssl-ca"));
}

/* 10.3 begins with "5.5.5-" where the client does not take that away. */
static int check_version(struct conn *c, struct err *err)
{
	const char *text = mysql_get_server_info(c->db);
	c->version = mysql_get_server_version(c->db);
	c->mariadb = strstr(text, "MariaDB") != NULL;
	unsigned long least = c->mariadb ? 100300 : 80000;
	if (c->version < least)
		return err_say(err, -EPROTONOSUPPORT,
			       "%s: version %s is too old: MariaDB 10.3 or MySQL 8.0 at least", c->shown,
			       text);
	return 0;
}

int conn_settings(struct conn *c, struct err *err)
{
	static const char settings[] =
		"SET SESSION character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci, "
		"character_set_results = utf8mb4, time_zone = '+00:00', foreign_key_checks = 0, "
		"sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
		"wait_timeout = 28800, net_read_timeout = 28800, net_write_timeout = 28800, "
		"auto_increment_increment = 1, auto_increment_offset = 1, sql_quote_show_create = 1, "
		"long_query_time = 31536000";
	struct err why = { 0 };
	int status = conn_run(c, &why, "%s, innodb_lock_wait_timeout = 28800", settings);
	if (status == -EIO && mysql_errno(c->db) == ER_UNKNOWN_SYSTEM_VARIABLE) /* it is without InnoDB */
		status = conn_run(c, err, "%s", settings);
	else if (status && err)
		*err = why;
	if (!status && c->mariadb)
		status = conn_run(
			c, err,
			"SET SESSION max_statement_time = 0, check_constraint_checks = 0, system_versioning_alter_history = KEEP%s",
			c->version >= 101100 ? ", system_versioning_insert_history = 1" : "");
	/* tables that an older or more lenient server made can be made again; MySQL wants a privilege for that */
	if (!status)
		conn_run(c, NULL, "SET SESSION innodb_strict_mode = 0");
	return status;
}

static int refuse_init(void **handle, const char *name, void *ctx)
{
	(void)name;
	(void)ctx;
	*handle = NULL;
	return 1;
}

static int refuse_read(void *handle, char *to, unsigned room)
{
	(void)handle;
	(void)to;
	(void)room;
	return -1;
}

static void refuse_end(void *handle)
{
	(void)handle;
}

static int refuse_error(void *handle, char *text, unsigned room)
{
	(void)handle;
	snprintf(text, room, "the server asks for a file of ours, and gets none");
	return CR_UNKNOWN_ERROR;
}

void conn_refuse_files(struct conn *c)
{
	mysql_set_local_infile_handler(c->db, refuse_init, refuse_read, refuse_end, refuse_error, NULL);
}

int conn_open(struct conn *c, const struct uri *uri, bool sends_rows, struct err *err)
{
	*c = (struct conn){ .shown = uri->shown, .db = mysql_init(NULL), .brief = c->brief };
	if (!c->db)
		return err_set(err, -ENOMEM, "%s", uri->shown);
	/* the library goes on without a file that is not there, as somebody else */
	const char *file = uri_param(uri, "default-file");
	if (file && access(file, R_OK) < 0) {
		err_say(err, -EINVAL, "%s: default-file: %s", uri->shown, strerror(errno));
		conn_close(c);
		return -EINVAL;
	}
	choose(c->db, uri, sends_rows);
	conn_refuse_files(c);
	if (c->brief)
		choose_brief(c->db);
	unsigned port = uri->port ? (unsigned)strtoul(uri->port, NULL, 10) : 0;
	const char *socket = uri_param(uri, "socket");
	if (!mysql_real_connect(c->db, socket ? NULL : uri->host, uri->user, uri->password, NULL, port,
				socket, 0)) {
		int status = conn_error(c, err);
		conn_close(c);
		return status == -EIO ? err->code = -ECONNREFUSED : status;
	}
	c->socket = sockets_add((int)mysql_get_socket(c->db));
	int status = c->socket < 0 ? err_set(err, c->socket, "%s", c->shown) : check_version(c, err);
	if (!status)
		status = conn_settings(c, err);
	if (status)
		conn_close(c);
	return status;
}

void conn_close(struct conn *c)
{
	sockets_drop(c->socket);
	c->socket = 0;
	if (c->db)
		mysql_close(c->db);
	c->db = NULL;
}

/* Why an answer could not be taken. */
static int not_taken(struct conn *c, int status, struct err *err)
{
	return status == -EMSGSIZE
		       ? err_say(err, -EIO,
				 "%s: the server's answer has no end, or is too large: not believed",
				 c->shown)
		       : conn_error(c, err);
}

int conn_send(struct conn *c, const char *sql, size_t len, struct err *err)
{
	if (mysql_real_query(c->db, sql, len))
		return conn_error(c, err);
	/* a CALL or a package has more results than one */
	for (unsigned i = 0; i < RESULTS_MOST; i++) {
		int status = rows_pass(c->db);
		if (status)
			return not_taken(c, status, err);
		int more = mysql_next_result(c->db);
		if (more > 0)
			return conn_error(c, err);
		if (more < 0)
			return 0;
	}
	sockets_end((int)mysql_get_socket(c->db));
	return not_taken(c, -EMSGSIZE, err);
}

int conn_run(struct conn *c, struct err *err, const char *fmt, ...)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	va_list ap;
	va_start(ap, fmt);
	sql_vadd(&sql, fmt, ap);
	va_end(ap);
	if (sql.failed)
		return err_set(err, -ENOMEM, "%s", c->shown);
	return conn_send(c, (const char *)sql.data, sql.len, err);
}

/* What an answer may come to; an allowance that is used up stays 1. */
static size_t most_of(const struct conn *c, size_t most)
{
	return c->allowance && c->allowance < most ? c->allowance : most;
}

static int select_rows(struct conn *c, struct rows *out, struct err *err, size_t most, const struct buf *sql)
{
	*out = (struct rows){ 0 };
	if (sql->failed)
		return err_set(err, -ENOMEM, "%s", c->shown);
	if (mysql_real_query(c->db, (const char *)sql->data, sql->len))
		return conn_error(c, err);
	int status = rows_take(out, c->db, most_of(c, most));
	if (status)
		return not_taken(c, status, err);
	if (c->allowance)
		c->allowance = c->allowance > out->data.len ? c->allowance - out->data.len : 1;
	return 0;
}

int conn_select(struct conn *c, struct rows *out, struct err *err, const char *fmt, ...)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	va_list ap;
	va_start(ap, fmt);
	sql_vadd(&sql, fmt, ap);
	va_end(ap);
	return select_rows(c, out, err, RESULT_MOST, &sql);
}

int conn_define(struct conn *c, struct rows *out, struct err *err, const char *fmt, ...)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	va_list ap;
	va_start(ap, fmt);
	sql_vadd(&sql, fmt, ap);
	va_end(ap);
	return select_rows(c, out, err, DEFINITION_MOST, &sql);
}

int conn_value(struct conn *c, char *out, size_t cap, struct err *err, const char *fmt, ...)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	AUTO(rows_fini) struct rows r = { 0 };
	va_list ap;
	out[0] = '\0';
	va_start(ap, fmt);
	sql_vadd(&sql, fmt, ap);
	va_end(ap);
	int status = select_rows(c, &r, err, RESULT_MOST, &sql);
	if (status || !rows_next(&r))
		return status;
	size_t n = r.len[0] < cap ? r.len[0] : cap - 1;
	memcpy(out, r.at[0], n);
	out[n] = '\0';
	return 0;
}

void conn_kill(struct conn *c, const char *what, unsigned long id)
{
	conn_run(c, NULL, "KILL %s %U", what, (uint64_t)id);
}
