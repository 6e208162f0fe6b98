/* shop.c - a shop's database, the same on every machine: 209 tables, of which one has two thirds of the bytes; narrow rows and
 * wide ones, text and numbers.
 *
 *   shop tables                         their names
 *   shop schema mariadb|postgresql      SQL that makes them
 *   shop rows TABLE SCALE               a table's rows as COPY and LOAD DATA take them; SCALE 1: 2.5 GB in all tables
 *   shop indexes mariadb|postgresql     SQL for indexes and foreign keys, to be run when the rows are there
 *
 * A value comes from the table, the number of its row and its column alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 4 << 20, COLUMNS = 10, MODULES = 204 };

enum kind {
	END,
	REF,	/* to a row of the table whose number low is */
	NUMBER, /* low to high */
	MONEY,
	REAL,
	TIME,
	MAYBE_TIME, /* NULL one time in eight */
	CODE,	    /* unique */
	STATE,
	WORDS, /* of low to high bytes */
	TEXT,  /* the same, with lines, and more of it */
};

struct column {
	const char *name;
	enum kind kind;
	long low, high;
};

struct table {
	const char *name;
	long rows; /* at full size */
	struct column columns[COLUMNS];
};

enum { CUSTOMERS, PRODUCTS, ORDERS };

static const struct table tables[] = {
	[CUSTOMERS] = { "customers",
			150000,
			{ { "email", CODE, 0, 0 },
			  { "name", WORDS, 10, 40 },
			  { "street", WORDS, 15, 60 },
			  { "city", WORDS, 5, 30 },
			  { "created", TIME, 0, 0 },
			  { "note", TEXT, 0, 300 } } },
	[PRODUCTS] = { "products",
		       40000,
		       { { "sku", CODE, 0, 0 },
			 { "title", WORDS, 20, 120 },
			 { "price", MONEY, 0, 0 },
			 { "stock", NUMBER, 0, 5000 },
			 { "description", TEXT, 1500, 9000 },
			 { "changed", TIME, 0, 0 } } },
	[ORDERS] = { "orders",
		     700000,
		     { { "customer_id", REF, CUSTOMERS, 0 },
		       { "state", STATE, 0, 0 },
		       { "total", MONEY, 0, 0 },
		       { "placed", TIME, 0, 0 },
		       { "shipped", MAYBE_TIME, 0, 0 },
		       { "comment", WORDS, 0, 60 } } },
	{ "order_lines",
	  2600000,
	  { { "order_id", REF, ORDERS, 0 },
	    { "product_id", REF, PRODUCTS, 0 },
	    { "quantity", NUMBER, 1, 20 },
	    { "price", MONEY, 0, 0 },
	    { "weight", REAL, 0, 0 },
	    { "added", TIME, 0, 0 },
	    { "payload", TEXT, 200, 800 } } },
	{ "stock_log",
	  1000000,
	  { { "product_id", REF, PRODUCTS, 0 }, { "delta", NUMBER, -20, 20 }, { "at", TIME, 0, 0 } } },
};
enum { TABLES = sizeof tables / sizeof *tables };

static const struct column module_columns[COLUMNS] = {
	{ "code", CODE, 0, 0 },	   { "title", WORDS, 10, 80 },	    { "amount", MONEY, 0, 0 },
	{ "level", NUMBER, 0, 9 }, { "changed", MAYBE_TIME, 0, 0 }, { "value", TEXT, 100, 800 }
};

static const char *const states[] = { "new", "paid", "sent", "returned", "done" };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "shop: %s\n", what);
	exit(1);
}

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static long between(uint64_t *state, long low, long high)
{
	return low + (long)(next(state) % (uint64_t)(high - low + 1));
}

/* The table of this number, from 0 to TABLES + MODULES - 1; its name is the caller's to hold. */
static struct table table_of(int number, char name[16])
{
	if (number < TABLES)
		return tables[number];
	struct table t = { .name = name, .rows = 600 + (number * 37 % MODULES) * 20 };
	snprintf(name, 16, "module_%03u", (unsigned)(number - TABLES + 1) % 1000);
	memcpy(t.columns, module_columns, sizeof t.columns);
	return t;
}

static int number_of(const char *name)
{
	char room[16];
	for (int i = 0; i < TABLES + MODULES; i++)
		if (!strcmp(table_of(i, room).name, name))
			return i;
	die("no such table");
}

static void print_tables(void)
{
	char name[16];
	for (int i = 0; i < TABLES + MODULES; i++)
		puts(table_of(i, name).name);
}

/* Definitions. */

static void print_type(const struct column *c, bool pg)
{
	switch (c->kind) {
	case REF:
		printf("bigint NOT NULL");
		break;
	case NUMBER:
		printf("int NOT NULL");
		break;
	case MONEY:
		printf("decimal(12,2) NOT NULL");
		break;
	case REAL:
		printf("double precision");
		break;
	case TIME:
	case MAYBE_TIME:
		printf("%s%s", pg ? "timestamp" : "datetime", c->kind == TIME ? " NOT NULL" : "");
		break;
	case CODE:
		printf("varchar(40) NOT NULL");
		break;
	case STATE:
		printf(pg ? "varchar(16) NOT NULL DEFAULT 'new'"
			  : "enum('new','paid','sent','returned','done') NOT NULL DEFAULT 'new'");
		break;
	case WORDS:
		printf("varchar(%ld) NOT NULL", c->high);
		break;
	case TEXT:
		printf("text");
		break;
	case END:
		die("a column of no kind");
	}
}

static void print_schema(bool pg)
{
	char name[16];
	for (int i = 0; i < TABLES + MODULES; i++) {
		struct table t = table_of(i, name);
		printf("CREATE TABLE %s (id bigint %s PRIMARY KEY", t.name,
		       pg ? "GENERATED BY DEFAULT AS IDENTITY" : "NOT NULL AUTO_INCREMENT");
		for (const struct column *c = t.columns; c->kind; c++) {
			printf(", %s ", c->name);
			print_type(c, pg);
		}
		puts(pg ? ");" : ") ENGINE=InnoDB CHARSET=utf8mb4;");
	}
}

/* MariaDB makes the index of a foreign key by itself. */
static void print_index(const struct table *t, const struct column *c, bool pg)
{
	char name[16];
	if (c->kind == REF && pg)
		printf("CREATE INDEX %s_%s ON %s (%s);\n", t->name, c->name, t->name, c->name);
	if (c->kind == REF)
		printf("ALTER TABLE %s ADD CONSTRAINT %s_%s_fk FOREIGN KEY (%s) REFERENCES %s (id);\n",
		       t->name, t->name, c->name, c->name, table_of((int)c->low, name).name);
	else if (c->kind == CODE)
		printf("CREATE UNIQUE INDEX %s_%s ON %s (%s);\n", t->name, c->name, t->name, c->name);
	else if (c->kind == TIME)
		printf("CREATE INDEX %s_%s ON %s (%s);\n", t->name, c->name, t->name, c->name);
}

static void print_indexes(bool pg)
{
	char name[16];
	if (!pg)
		puts("SET foreign_key_checks = 0;");
	for (int i = 0; i < TABLES + MODULES; i++) {
		struct table t = table_of(i, name);
		if (pg)
			printf("SELECT setval(pg_get_serial_sequence('%s', 'id'), max(id)) FROM %s;\n",
			       t.name, t.name);
		for (const struct column *c = t.columns; c->kind; c++)
			print_index(&t, c, pg);
	}
}

/* Rows. */

static char *make_pool(void)
{
	static const char *const words[] = {
		"the ",
		"order ",
		"is ",
		"sent ",
		"to ",
		"a ",
		"new ",
		"address",
		".\n",
		"caf\u00e9 ",
		"Gr\u00f6\u00dfe ",
		"blue ",
		"cotton ",
		"with ",
		"two ",
		"pockets",
		", ",
		"and ",
		"free ",
		"shipping ",
		"within ",
		"days",
		"; ",
		"\"quoted\" ",
		"it's ",
		"100% ",
		"back\\slash ",
		"\t",
		"price ",
		"of ",
		"each ",
		"piece ",
		"{\"size\":42,",
		"\"colour\":\"red\"} ",
		"http://example.com/",
		"please ",
		"return ",
		"unused ",
		"items ",
		"only",
		"! ",
	};
	char *pool = malloc(POOL + 64);
	uint64_t state = 1;
	if (!pool)
		die("no memory");
	for (size_t n = 0; n < POOL;) {
		const char *word = words[next(&state) % (sizeof words / sizeof *words)];
		size_t len = strlen(word);
		memcpy(pool + n, word, len);
		n += len;
	}
	return pool;
}

/* Whole characters, of a length in bytes; escaped when lines are allowed, else in one line without what must be escaped. */
static void put_text(const char *pool, uint64_t *state, const struct column *c)
{
	size_t len = (size_t)between(state, c->low, c->high);
	const char *at = pool + next(state) % (POOL - 10000), *end;
	while ((*at & 0xc0) == 0x80)
		at++;
	for (end = at + len; end > at && (*end & 0xc0) == 0x80;)
		end--;
	for (; at < end; at++) {
		char special = *at == '\n' ? 'n' : *at == '\t' ? 't' : *at == '\\' ? '\\' : 0;
		if (!special)
			putchar_unlocked(*at);
		else if (c->kind == TEXT)
			putchar_unlocked('\\'), putchar_unlocked(special);
		else
			putchar_unlocked(' ');
	}
}

static void put_time(uint64_t *state)
{
	uint64_t v = next(state);
	printf("20%02u-%02u-%02u %02u:%02u:%02u", 10 + (unsigned)(v % 16), 1 + (unsigned)(v / 16 % 12),
	       1 + (unsigned)(v / 200 % 28), (unsigned)(v / 6000 % 24), (unsigned)(v / 150000 % 60),
	       (unsigned)(v / 9000000 % 60));
}

static long rows_of(const struct table *t, double scale)
{
	long rows = (long)((double)t->rows * scale);
	return rows ? rows : 1;
}

static void put_value(const struct column *c, uint64_t *state, long row, double scale, const char *pool)
{
	switch (c->kind) {
	case REF:
		printf("%ld", between(state, 1, rows_of(&tables[c->low], scale)));
		break;
	case NUMBER:
		printf("%ld", between(state, c->low, c->high));
		break;
	case MONEY:
		printf("%ld.%02ld", between(state, 0, 9999), between(state, 0, 99));
		break;
	case REAL:
		printf("%.17g", (double)(next(state) >> 11) * 0x1p-50);
		break;
	case MAYBE_TIME:
		if (next(state) % 8 == 0) {
			printf("\\N");
			break;
		}
		put_time(state);
		break;
	case TIME:
		put_time(state);
		break;
	case CODE:
		printf("%08" PRIx64 "-%ld@example.com", next(state) >> 32, row);
		break;
	case STATE:
		printf("%s", states[next(state) % (sizeof states / sizeof *states)]);
		break;
	case WORDS:
	case TEXT:
		put_text(pool, state, c);
		break;
	case END:
		die("a column of no kind");
	}
}

static void print_rows(int number, double scale)
{
	char name[16];
	struct table t = table_of(number, name);
	char *pool = make_pool();
	long rows = rows_of(&t, scale);
	for (long row = 1; row <= rows; row++) {
		uint64_t state = (uint64_t)number * 0xd6e8feb86659fd93 + (uint64_t)row;
		printf("%ld", row);
		for (const struct column *c = t.columns; c->kind; c++) {
			putchar_unlocked('\t');
			put_value(c, &state, row, scale, pool);
		}
		putchar_unlocked('\n');
	}
	free(pool);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool pg = argc == 3 && !strcmp(argv[2], "postgresql");
	if (!strcmp(verb, "tables") && argc == 2)
		print_tables();
	else if (!strcmp(verb, "schema") && argc == 3)
		print_schema(pg);
	else if (!strcmp(verb, "indexes") && argc == 3)
		print_indexes(pg);
	else if (!strcmp(verb, "rows") && argc == 4)
		print_rows(number_of(argv[2]), strtod(argv[3], NULL));
	else
		die("usage: shop tables | schema SERVER | rows TABLE SCALE | indexes SERVER");
	if (fflush(stdout) != 0)
		die(strerror(errno));
	return 0;
}
