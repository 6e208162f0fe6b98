#include "dbdump/checks.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/buf.h"

enum { NAME_COLUMNS = 3, OF_TABLE = 4, TEXT_LIMIT = 1 << 20 };

void answer_fini(struct answer *a)
{
	strings_fini(&a->cells);
	a->columns = 0;
}

size_t answer_rows(const struct answer *a)
{
	return a->columns ? a->cells.count / a->columns : 0;
}

const char *answer_cell(const struct answer *a, size_t row, size_t column)
{
	return column < a->columns ? a->cells.at[row * a->columns + column] : "";
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "findings");
}

static void add(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

static const char *end_text(struct buf *b)
{
	buf_u8(b, '\0');
	return b->failed ? NULL : (const char *)b->data;
}

/* text with the cells behind the names for $1 ... */
static const char *fill(struct buf *b, const char *text, const char *const *cells, size_t count)
{
	for (; *text; text++) {
		size_t n = *text == '$' && text[1] >= '1' && text[1] <= '9' ? (size_t)(text[1] - '0') : 0;
		if (!n) {
			buf_u8(b, (uint8_t)*text);
			continue;
		}
		add(b, n + NAME_COLUMNS - 1 < count ? cells[n + NAME_COLUMNS - 1] : "");
		text++;
	}
	return end_text(b);
}

/* "table shop.orders", "account app@%", "source server" */
static const char *name_object(struct buf *b, enum check_end end, const char *const *cells)
{
	if (!strcmp(cells[0], "server")) {
		add(b, end == END_SOURCE ? "source server" : "destination server");
		return end_text(b);
	}
	add(b, cells[0]);
	add(b, " ");
	add(b, cells[1]);
	add(b, *cells[1] && *cells[2] ? "." : "");
	add(b, cells[2]);
	return end_text(b);
}

static bool is_like_a_table(const char *kind)
{
	static const char *const kinds[] = { "table", "foreign table", "view", "materialized view",
					     "sequence" };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

static bool is_wanted(const struct asker *a, const char *const *cells, const char *table)
{
	if (*table)
		return options_want_table(a->options, cells[1], table);
	if (is_like_a_table(cells[0]))
		return options_want_table(a->options, cells[1], cells[2]);
	return !*cells[1] || !a->tables_alone;
}

int checks_found(const struct asker *a, const struct check *c, const char *const *cells, size_t count,
		 struct err *err)
{
	AUTO(buf_fini) struct buf object = { .limit = TEXT_LIMIT }, reason = { .limit = TEXT_LIMIT };
	AUTO(buf_fini) struct buf remedy = { .limit = TEXT_LIMIT };
	enum check_end end = c->kind == CHECK_TARGET ? END_TARGET : END_SOURCE;
	CHECK(count >= NAME_COLUMNS);
	const char *table = c->of_table && count > OF_TABLE ? cells[OF_TABLE] : "";
	if (!is_wanted(a, cells, table))
		return 0;
	const struct finding_text text = { name_object(&object, end, cells),
					   fill(&reason, c->reason, cells, count),
					   fill(&remedy, c->remedy, cells, count) };
	if (!text.object || !text.reason || !text.remedy ||
	    findings_add(a->found, c->severity, c->code, text))
		return no_memory(err);
	return 0;
}

int checks_unseen(const struct asker *a, const char *what, int status, struct err *err)
{
	if (status != -EPERM && status != -EIO)
		return status;
	return findings_unseen(a->found, what, err ? err->text : "") ? no_memory(err) : 0;
}

/* The row of other whose first column is this; answer_rows: there is none. */
static size_t find(const struct answer *other, const char *first)
{
	size_t rows = answer_rows(other), row = 0;
	while (row < rows && strcmp(answer_cell(other, row, 0), first) != 0)
		row++;
	return row;
}

/* Is this row of the answer a finding? At a change, *changed is what it became. */
static bool is_found(const struct check *c, const struct answer *at, size_t row, const struct answer *other,
		     const char **changed)
{
	const char *name = answer_cell(at, row, 2), *first = answer_cell(at, row, NAME_COLUMNS);
	size_t there = find(other, c->kind == CHECK_CHANGED ? name : first);
	bool found = there < answer_rows(other);
	switch (c->kind) {
	case CHECK_ABSENT:
		return !found;
	case CHECK_PRESENT:
		return found;
	case CHECK_CHANGED:
		*changed = found ? answer_cell(other, there, 1) : "";
		return found && strcmp(*changed, first) != 0;
	default:
		return true;
	}
}

static int take(const struct asker *a, const struct check *c, const struct answer *at,
		const struct answer *other, struct err *err)
{
	int r = 0;
	if (answer_rows(at) && at->columns < NAME_COLUMNS)
		return err_say(err, -EIO, "%s: the server answers something else than it was asked", c->code);
	for (size_t row = 0; !r && row < answer_rows(at); row++) {
		const char *cells[NAME_COLUMNS + 9], *changed = "";
		size_t count = 0;
		for (; count < at->columns && count < sizeof cells / sizeof *cells - 1; count++)
			cells[count] = answer_cell(at, row, count);
		bool found = is_found(c, at, row, other, &changed);
		if (c->kind == CHECK_CHANGED)
			cells[count++] = changed;
		if (found)
			r = checks_found(a, c, cells, count, err);
	}
	return r;
}

static bool has_version(const struct asker *a, const struct check *c)
{
	bool source = c->kind != CHECK_TARGET, target = c->kind != CHECK_SOURCE;
	return (!source || a->version[END_SOURCE] >= c->since) &&
	       (!target || a->version[END_TARGET] >= c->since);
}

static bool makes_sense(const struct asker *a, const struct check *c)
{
	const struct options *o = a->options;
	bool keeps = !o->definer || !strcmp(o->definer, "keep");
	unsigned not = (o->data_only ? WHEN_DEFINITIONS : 0) | (o->schema_only ? WHEN_ROWS : 0) |
		       (o->users ? WHEN_NO_USERS : WHEN_USERS) | (keeps ? 0 : WHEN_KEEP_DEFINER) |
		       (a->replaces ? WHEN_MERGE : WHEN_REPLACE) | (o->allow_outside ? WHEN_INSIDE : 0);
	return !(c->when & not ) && (a->has_target || c->kind == CHECK_SOURCE) && has_version(a, c);
}

static int run(const struct asker *a, const struct check *c, struct err *err)
{
	AUTO(answer_fini) struct answer at = { 0 }, other = { 0 };
	struct err why = { 0 };
	int r = a->ask(a->ctx, c->kind == CHECK_TARGET ? END_TARGET : END_SOURCE, c->sql, &at, &why);
	/* what nothing is to be compared with needs not be looked at */
	if (!r && c->other && answer_rows(&at))
		r = a->ask(a->ctx, END_TARGET, c->other, &other, &why);
	if (r && checks_unseen(a, c->code, r, &why)) {
		*err = why;
		return r;
	}
	return r ? 0 : take(a, c, &at, &other, err);
}

int checks_run(const struct asker *a, const struct check *checks, size_t count, struct err *err)
{
	int r = 0;
	for (size_t i = 0; !r && i < count; i++)
		if (makes_sense(a, &checks[i]))
			r = run(a, &checks[i], err);
	return r;
}
