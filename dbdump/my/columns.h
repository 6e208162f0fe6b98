/* columns.h - what this engine keeps of a table, and how the values of its columns become text that loses nothing.
 *
 * A float is read as the double that it is, not in its six digits; an enum, set or bit by its number, whatever the
 * characters of its members; what LOAD DATA with CHARACTER SET binary would take for something else (a UUID's
 * text for its 16 bytes: NULL) goes through a variable that says what it is. */
#pragma once
#include <stdbool.h>

#include "dbdump/catalog.h"
#include "dbdump/my/conn.h"

struct my_column {
	char *read;   /* expression at the source */
	bool counted; /* AUTO_INCREMENT */
	char *write; /* expression over the variable at the target, in which @v stands for it; NULL: the text goes in as it is */
};

struct my_table {
	char *target;	/* its database at the destination */
	char *create;	/* SHOW CREATE TABLE */
	char *created;	/* CREATE_TIME as it was before anything else was read of it; "": not known */
	char files[40]; /* which of InnoDB's tables it is (identity.h); "": not known, or of no interest */
	bool innodb;
	bool compressed;	 /* ROW_FORMAT=COMPRESSED */
	bool versioned, history; /* with system versioning, and its history goes along */
	bool has_primary;
	char *range_column; /* leads the primary key and is an integer; NULL: none */
	bool range_unsigned;
	struct my_column *columns; /* those of the table, in its order */
};

/* Are the rows of this engine's tables in the table? Others' are another table's, another server's, or made up: nothing is read
 * from them, loaded or emptied. */
bool table_keeps_rows(const char *engine);
struct my_table *table_own(const struct table *t);
/* catalog.free_own */
void table_own_free(void *own);
/* A column of information_schema.COLUMNS as it is for reading and writing. false: it is generated, and not copied. */
struct column_facts {
	const char *name, *type, *data_type, *charset, *extra, *expression;
};
bool column_is_copied(const struct column_facts *f, bool history);
int column_describe(struct my_column *out, const struct column_facts *f);
/* Is it one of the expressions that column.write may be? An archive says what it is, and may say anything. */
bool column_writes(const char *expression);
/* When all columns are described. LOAD DATA with SET forgets that a counted column was given: its 0 would be made a new number.
 * So that column goes through SET too. */
int columns_complete(struct table *t);
