/* todo.h - what the pairs of a copy still have to do, in which order, and how far each table is.
 *
 * Statements of a table become due as soon as its last part was written, and go before further parts: in their order, each
 * when the one before it is over, but at the same time where they may be run apart. One of two tables becomes due when all else
 * with these is over. It keeps the tables' reports and the progress. Any thread, but for new and free. */
#pragma once
#include "dbdump/workers.h"

struct todo;

enum todo_kind { TODO_NOTHING, TODO_PART, TODO_STATEMENT };

struct todo_item {
	enum todo_kind kind;
	size_t table;
	size_t part;			   /* TODO_PART: of the plan's */
	const char *where;		   /* of it */
	const struct statement *statement; /* TODO_STATEMENT */
};

/* The job is borrowed. -ENOMEM. */
int todo_new(struct todo **out, const struct workers_job *job, struct err *err);
/* Accepts NULL. */
void todo_free(struct todo *t);

/* The next thing for pair number to do; pairs from job->readers on, and those that are blind, only run statements. Waits while there is none, but others
 * are at work that may bring some. TODO_NOTHING: there will be none, or the run stops. */
struct todo_item todo_next(struct todo *t, unsigned pair);

/* A row of GATE_LARGE bytes and more was seen in this table; was one, or is one expected? */
void todo_set_large(struct todo *t, size_t table);
bool todo_is_large(struct todo *t, size_t table);
/* So many bytes of its lines were written. */
void todo_moved(struct todo *t, size_t table, size_t bytes);

struct todo_result {
	int rc; /* with err */
	struct err err;
	struct rows_digest read;
	uint64_t taken;
};
/* The part is over. What failed is reported, and of its table no other part is begun. */
void todo_part_over(struct todo *t, size_t table, const struct todo_result *result);
/* Instead: the pair cannot read any more, because of err. Another one does the part; when there is none, the run stops. */
void todo_blind(struct todo *t, const struct todo_item *item, unsigned pair, const struct err *err);
void todo_statement_over(struct todo *t, const struct statement *st);
