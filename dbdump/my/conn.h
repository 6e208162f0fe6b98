/* conn.h - one connection to a MariaDB or MySQL server: opened as the URI and ~/.my.cnf say, statements with their results,
 * the server's errors as ours. One thread at a time, but for conn_stop. */
#pragma once
#include <mysql.h>
#include <stdbool.h>

#include "dbdump/my/result.h"
#include "dbdump/uri.h"
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

struct conn {
	MYSQL *db;
	int socket;	       /* sockets.h; 0: none */
	bool brief;	       /* set before conn_open: asks only what a server answers at once */
	const char *shown;     /* the URI without its password, borrowed: named in errors */
	bool mariadb;	       /* not MySQL */
	unsigned long version; /* 101106: 10.11.6 */
	size_t allowance; /* bytes that all answers from here on may come to, each also RESULT_MOST; 0: each that */
};

/* Connects, and makes a session in which rows come and go as they are stored: UTC, no limits of time, our own sql_mode.
 * sends_rows: LOAD DATA LOCAL is allowed. A server that asks for a file gets none of ours, whatever it answers with that, and whatever
 * the library's files say (local-infile in ~/.my.cnf comes after what we ask for): at most the rows that write.c has for it then. */
int conn_open(struct conn *c, const struct uri *uri, bool sends_rows, struct err *err);
void conn_close(struct conn *c);
/* The session's settings as conn_open made them, whatever statements did to them. */
int conn_settings(struct conn *c, struct err *err);
/* Whoever asks for a file gets none: as it is but for the time of a LOAD DATA LOCAL of our own. */
void conn_refuse_files(struct conn *c);

/* Runs a statement and throws away what it returns. fmt: sql.h. */
int conn_run(struct conn *c, struct err *err, const char *fmt, ...);
int conn_send(struct conn *c, const char *sql, size_t len, struct err *err);
int conn_select(struct conn *c, struct rows *out, struct err *err, const char *fmt, ...);
/* The same for what defines one object: DEFINITION_MOST. */
int conn_define(struct conn *c, struct rows *out, struct err *err, const char *fmt, ...);
/* The first column of the first row, or "" for none, into out. */
int conn_value(struct conn *c, char *out, size_t cap, struct err *err, const char *fmt, ...);

/* The last failure of c, in *err. Returns its code. */
int conn_error(struct conn *c, struct err *err);
/* What a number of the server's, or the library's, with this text is among our errors. */
int conn_code(unsigned number, const char *text);
/* The server's number of the last failure. */
unsigned conn_errno(struct conn *c);
/* KILL QUERY or CONNECTION of another one. c is one that nobody else uses at the moment. */
void conn_kill(struct conn *c, const char *what, unsigned long id);
