/* look.h - both ends of a copy while they are looked at before it: what engine.preflight is made of. The driver looks for what is the
 * same with every engine; an engine adds how it connects and asks, and what it alone looks for.
 *
 * In a query $J stands for the number of connections that a copy makes, any other $ with a letter for the names of that end's databases.
 * The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/checks.h"
#include "xfer/base/buf.h"

struct look;

/* What an end is, by its own words: valid while it is connected. */
struct look_server {
	unsigned long version; /* as in a check's since */
	const char *shown, *vendor;
};

struct look_part {
	const char *what; /* that is unseen when a server refuses it */
	int (*look)(struct look *l, struct err *err);
	bool both; /* there has to be a target */
};

struct look_engine {
	/* -EPROTONOSUPPORT: it is too old, or another server than the URI says. */
	int (*open)(struct session *s, const struct session_job *job, struct look_server *out,
		    struct err *err);
	/* Of one that is not open too. */
	void (*close)(struct session *s);
	int (*ask)(struct session *s, const char *sql, struct answer *out, struct err *err);
	void (*add_names)(struct buf *sql, const struct strings *names);
	/* The next three as a copy has them. */
	int (*same)(struct session *source, struct session *target, bool *same, struct err *err);
	int (*check_empty)(struct session *target, const struct strings *databases, struct err *err);
	bool (*replaces)(const struct session *target);
	/* What the databases of one end take on its disk, as far as they are copied. */
	int (*bytes)(struct look *l, enum check_end end, uint64_t *bytes, struct err *err);
	bool (*is_local)(struct session *target);
	const char *directory; /* a query */
	unsigned long series;  /* version / series: what does not differ in it knows the same things */
	unsigned beside;       /* connections of a copy besides those for rows */
	bool tables_alone;     /* as in asker, with --only-table */
	const struct check *checks;
	size_t check_count;
	const struct look_part *parts;
	size_t part_count;
};

struct look {
	const struct look_engine *engine;
	const struct preflight_job *job;
	struct session *at[2]; /* enum check_end */
	struct look_server server[2];
	struct asker asker;
};

/* engine.preflight. at: two sessions of the engine's own that were not opened yet; they are closed afterwards. */
int look_run(const struct look_engine *engine, struct session *const at[2], const struct preflight_job *job,
	     struct err *err);

/* Asks one end; -EINTR after quit. */
int look_ask(struct look *l, enum check_end end, const char *sql, struct answer *out, struct err *err);
/* The number in the first row; 0: there is no row. */
int look_number(struct look *l, enum check_end end, const char *sql, uint64_t *out, struct err *err);
/* What is said of a row of a part's own making: kind, schema, name, $1, $2. */
enum { LOOK_CELLS = 5 };
int look_found(struct look *l, const struct check *c, const char *const cells[LOOK_CELLS], struct err *err);
/* Of an end as a whole. */
int look_found_server(struct look *l, const struct check *c, const char *one, const char *two,
		      struct err *err);
