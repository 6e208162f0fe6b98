/* conn.h - one connection to a PostgreSQL server, with what a session may be set to pinned, and its errors made ours.
 *
 * What a server, a database or a role sets by default must not change what rows look like or what statements mean: pg_open
 * sets all of it. Used by one thread at a time, but for cancel (cancel.h). */
#pragma once
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdint.h>

#include "dbdump/pg/cancel.h"
#include "dbdump/uri.h"
#include "xfer/base/err.h"
#include "xfer/base/strings.h"

enum { CONN_WHERE = 256 };

/* How much of what a server says nobody asked for. */
struct heard {
	PGconn *pg;
	unsigned notices;  /* of the connection, and what is told to who listens */
	unsigned results;  /* of the statement */
	uint64_t begun;	   /* bytes that had come over the network before it */
	uint64_t most;	   /* that may come from there on */
	const char *fault; /* static: why it is asked nothing more; NULL */
};

struct conn {
	PGconn *pg;
	struct cancel *cancel;
	int socket;		 /* sockets.h; 0: none */
	int pid;		 /* of its backend: libpq forgets it when the connection is lost; 0: none */
	const atomic_bool *stop; /* set: what begins, or ends with an error, is -EINTR */
	struct heard *heard;	 /* owned */
	char where[CONN_WHERE];	 /* what errors begin with: the database and its server */
};

/* How to connect, keyword by keyword. */
struct conn_params {
	struct strings keys, values;
};

/* All that libpq makes of the URI, the environment, services and password files, but for the database's name. */
int conn_params_of(struct conn_params *out, const struct uri *uri, struct err *err);
/* Sets one, in place of what it was. 0 or -ENOMEM. */
int conn_params_set(struct conn_params *p, const char *key, const char *value);
/* NULL: not set. */
const char *conn_params_get(const struct conn_params *p, const char *key);
/* From here on what connects reaches the very server that c is connected to, where the URI names several. */
int conn_params_pin(struct conn_params *p, const struct conn *c);
void conn_params_fini(struct conn_params *p);

/* Connects and pins the settings. All zeros is a closed connection. */
int pg_open(struct conn *c, const struct conn_params *p, const char *database, const atomic_bool *stop,
	    struct err *err);
void pg_close(struct conn *c);
/* Major version, 15. */
int conn_major(const struct conn *c);

/* Runs one statement; what says, for people, what it was for. The rows are out's; out NULL: none are wanted. */
int conn_query(PGresult **out, struct conn *c, const char *what, const char *sql, struct err *err);
int pg_run(struct conn *c, const char *what, const char *sql, struct err *err);
/* The same for statements of somebody else: exactly one, whatever it holds. */
int conn_run_one(struct conn *c, const char *what, const char *sql, struct err *err);
/* As PQexec, or with one as PQexecParams; but of rows without columns there is one at most, and an answer that is too large ends the connection, and one of COPY is returned at once. NULL: it
 * could not be sent, or not heard. */
PGresult *conn_exec(struct conn *c, const char *sql, bool one);
/* The same for a statement that was sent. */
PGresult *conn_answer(struct conn *c);
/* As PQgetResult and PQgetCopyData, which nobody else calls: libpq keeps all that it is told while it waits for what it was asked. */
PGresult *conn_next(struct conn *c);
int conn_line(struct conn *c, char **line);
/* Forgets what it told whoever listens: nobody does. */
void conn_hush(struct conn *c);
/* Ends the connection when more has come than can be asked for: libpq keeps each setting that it is told of, and tells nobody. By what came
 * over TCP: a server at a unix socket is one of this machine's. */
void conn_weigh(struct conn *c);
/* A value; "" where there is NULL, or no such row; or no such column, and then the server is asked nothing more. */
char *pg_cell(const PGresult *r, int row, int column);
/* libpq's notice receiver: ctx is a struct heard. */
void conn_hear_notice(void *ctx, const PGresult *r);
/* The first value of the first row, for the caller to free. */
int pg_value(char **out, struct conn *c, const char *what, const char *sql, struct err *err);

/* Fills err from what the server said: r, or the connection itself when r is NULL. Takes r. */
int conn_fail(struct conn *c, PGresult *r, const char *what, struct err *err);
/* The five letters of the last failure that conn_fail saw, "" when there were none: of err's text. */
bool conn_failed_as(const struct err *err, const char *sqlstate);
void conn_clearp(PGresult **r);
