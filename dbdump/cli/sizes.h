/* sizes.h - how large databases and their tables are, and how long a copy should take: collected, then printed. A plain
 * value that owns its names; one owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "dbdump/catalog.h"
#include "dbdump/cli/rates.h"
#include "xfer/base/event.h"
#include "xfer/base/line.h"

struct size_row {
	char *database, *schema, *name;	  /* of a database: schema and name NULL */
	uint64_t data_bytes, index_bytes, /* on disk */
		rows;			  /* the server's estimate */
	size_t tables;
};

struct sizes {
	struct size_row *databases, *tables;
	size_t database_count, table_count;
	struct size_row total;
	double seconds_per_gb;	   /* of a copy */
	const char *measured;	   /* with which server: static */
	const struct rates *rates; /* where it comes from a rehearsal; NULL. Borrowed */
};

void sizes_fini(struct sizes *s);
/* All tables of a catalog; database: which one it is of, NULL where each table's schema is its database. 0 or -ENOMEM. */
int sizes_add(struct sizes *s, const char *database, const struct catalog *c);
/* One of which nothing was found yet: an empty database is one too. 0 or -ENOMEM. */
int sizes_add_database(struct sizes *s, const char *name);
/* The largest first. */
void sizes_sort(struct sizes *s);

/* Of data and indexes, 10^9 bytes each. */
double sizes_gigabytes(const struct sizes *s);
double sizes_expected_s(const struct sizes *s);
/* For people; all tables, or the largest ones. */
void sizes_text(struct line *to, const struct sizes *s, int verbose);
/* The members of the event `report`, and of one `item` for each table. */
void sizes_event(struct event *e, const struct sizes *s);
/* The same, without what is expected of a copy. */
void sizes_event_found(struct event *e, const struct sizes *s);
void sizes_event_table(struct event *e, const struct size_row *table);
