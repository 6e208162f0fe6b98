/* dump_impl.h - what dump.c and dump_files.c share. */
#pragma once
#include "dbdump/archive/dump.h"
#include "dbdump/archive/files.h"
#include "dbdump/plan.h"
#include "dbdump/scan.h"

struct dump;

/* One session's databases on their way. */
struct part_dump {
	struct run *run;
	struct dump *dump;
	uint32_t section;
	const struct strings *to;
	struct script script;
	struct plan plan;
	uint32_t *ranks;
	char mark[MARK_MOST]; /* where somebody loads at the same time */
	struct buf head;      /* the section, packed */
	struct lanes *lanes;
	struct files_out files;
	bool ferries;		  /* tables may go as their files */
	size_t rows_parts;	  /* behind so many come those of tables that go so, table by table */
	struct scan_task *tasks;  /* one a part of the plan */
	struct rows_digest *read; /* of each; its thread's while it runs */
	size_t first_table, first_failure; /* in the report */
};

/* Reads so many tasks, from first on. */
int dump_scan(struct part_dump *d, size_t first, size_t count, struct err *err);
/* The part is over: what was read of it, or why it is not whole. */
void dump_end_part(struct part_dump *d, const struct scan_task *task);
/* Is it of a table that goes as its file? Its rows are read to be compared, and not sent. */
bool dump_is_file(const struct part_dump *d, const struct scan_task *task);

/* Brings the plan's parts into the order of rows_parts. dump_files.c */
int dump_sort_parts(struct part_dump *d, struct err *err);
/* What follows the rows: what the tables had that went as their files, and the rows of those that did not after all. */
int dump_file_tables(struct part_dump *d, struct err *err);
