#include "xfer/cli/args_table.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/cli/args.h"
#include "xfer/base/strings.h"
#include "xfer/front/value.h"

/* Beyond nine -v nothing more is said; a peer that counts on does not overflow. */
enum { COUNT_MAX = 9 };

static_assert(sizeof(enum io_mode) == sizeof(unsigned) && sizeof(enum compress_mode) == sizeof(unsigned),
	      "choices and switches are accessed as unsigned");

void options_init(struct options *o)
{
	*o = (struct options){
		.max_size = UINT64_MAX,
		.max_delete = -1,
		.max_delete_percent = -1,
		.space_check = true,
		.json_fd = -1,
		.contimeout = -1,
	};
}

static void *field(const struct opt_row *row, const struct options *o)
{
	return (char *)(uintptr_t)o + row->at;
}

static bool is_string(const struct opt_row *row)
{
	return row->kind == OPT_STRING || row->kind == OPT_STRING_ONCE || row->kind == OPT_STRING_JOIN;
}

void options_fini(struct options *o)
{
	for (size_t i = 0; i < opt_row_count; i++) {
		if (is_string(&opt_rows[i]))
			free(*(char **)field(&opt_rows[i], o));
		else if (opt_rows[i].kind == OPT_LIST)
			strings_fini(field(&opt_rows[i], o));
	}
	free(o->chown);
	options_init(o);
}

static int set_string(char **to, const struct value *v, enum opt_kind kind)
{
	if (!*to || !*v->text || kind == OPT_STRING)
		return value_string(to, v);
	if (kind == OPT_STRING_ONCE)
		return err_say(v->err, -EINVAL,
			       "option --%s: an earlier --%s or --chown says already what to map", v->option,
			       v->option);
	char *s;
	if (asprintf(&s, "%s,%s", *to, v->text) < 0)
		return err_set(v->err, -ENOMEM, "option --%s", v->option);
	free(*to);
	*to = s;
	return 0;
}

static int set_int(int *to, const struct value *v, int64_t min, int64_t max)
{
	int64_t n;
	int r = value_whole(&n, v, min, max);
	if (!r)
		*to = (int)n;
	return r;
}

static int set_max_delete(const struct opt_row *row, struct options *o, const char *text, struct err *err)
{
	size_t n = strlen(text);
	bool percent = n && text[n - 1] == '%';
	char digits[24] = ""; /* longer is not a number anyway */
	int64_t v;
	if (n < sizeof digits)
		memcpy(digits, text, percent ? n - 1 : n);
	if (value_parse_whole(&v, digits, 0, percent ? 100 : INT64_MAX))
		return err_say(err, -EINVAL,
			       "option --%s: \"%s\" is neither a whole number nor a percentage up to 100%%",
			       row->name, text);
	o->max_delete = percent ? -1 : v;
	o->max_delete_percent = percent ? (int)v : -1;
	return 0;
}

int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err)
{
	const struct value v = { row->name, text, err };
	const int64_t max = row->max ? row->max : INT_MAX;
	void *to = field(row, o);
	int r;

	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)to = true;
		return 0;
	case OPT_SWITCH:
		*(unsigned *)to = 1;
		return 0;
	case OPT_COUNT:
		*(int *)to += *(int *)to < COUNT_MAX;
		return 0;
	case OPT_INT:
		return set_int(to, &v, row->min, max);
	case OPT_INT64:
		return value_whole(to, &v, row->min, max);
	case OPT_SIZE:
		return value_size(to, &v);
	case OPT_RATE:
		return value_rate(to, &v);
	case OPT_STRING:
	case OPT_STRING_ONCE:
	case OPT_STRING_JOIN:
		return set_string(to, &v, row->kind);
	case OPT_LIST:
		r = strings_add(to, text, strlen(text));
		return r ? err_set(err, r, "option --%s", row->name) : 0;
	case OPT_CHOICE:
		return value_choice(to, &v, row->choices);
	case OPT_MAX_DELETE:
		return set_max_delete(row, o, text, err);
	default:
		err_broken(__FILE__, __LINE__, "a row with a field");
	}
}

void opt_unset(const struct opt_row *row, struct options *o)
{
	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)field(row, o) = false;
		break;
	case OPT_COUNT:
		*(int *)field(row, o) = 0;
		break;
	case OPT_SWITCH:
		*(unsigned *)field(row, o) = 2;
		break;
	default:
		err_broken(__FILE__, __LINE__, "a row that can be negated");
	}
}

/* One packed string: "--", then the formatted text. */
__attribute__((format(printf, 2, 3))) static size_t put(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0 || n > ARGS_STRING_MAX)
		out->failed = true; /* the other side would refuse it */
	else
		buf_string(out, text, (size_t)n);
	if (n >= 0)
		free(text);
	return 1;
}

static size_t pack_list(const struct opt_row *row, struct buf *out, const struct strings *list)
{
	for (size_t i = 0; i < list->count && !out->failed; i++)
		put(out, "--%s=%s", row->name, list->at[i]);
	return list->count;
}

static size_t pack_changed(const struct opt_row *row, struct buf *out, const struct options *o)
{
	const void *from = field(row, o);
	const char *word;
	size_t n;

	switch (row->kind) {
	case OPT_FLAG:
		return put(out, "--%s%s", *(const bool *)from ? "" : "no-", row->name);
	case OPT_SWITCH:
		return put(out, "--%s%s", *(const unsigned *)from == 1 ? "" : "no-", row->name);
	case OPT_COUNT:
		for (int i = 0; i < *(const int *)from; i++)
			put(out, "--%s", row->name);
		return (size_t) * (const int *)from;
	case OPT_INT:
		return put(out, "--%s=%d", row->name, *(const int *)from);
	case OPT_INT64:
		return put(out, "--%s=%lld", row->name, (long long)*(const int64_t *)from);
	case OPT_SIZE:
	case OPT_RATE:
		return put(out, "--%s=%llu", row->name, (unsigned long long)*(const uint64_t *)from);
	case OPT_CHOICE:
		word = value_word(row->choices, *(const unsigned *)from, &n);
		CHECK(word);
		return put(out, "--%s=%.*s", row->name, (int)n, word);
	case OPT_MAX_DELETE:
		if (o->max_delete_percent >= 0)
			return put(out, "--%s=%d%%", row->name, o->max_delete_percent);
		return put(out, "--%s=%lld", row->name, (long long)o->max_delete);
	case OPT_LIST:
		return pack_list(row, out, from);
	default:
		return put(out, "--%s=%s", row->name, *(char *const *)from);
	}
}

size_t opt_pack(const struct opt_row *row, struct buf *out, const struct options *o)
{
	struct options plain;
	options_init(&plain);
	return opt_equal(row, &plain, o) ? 0 : pack_changed(row, out, o);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_list(const struct strings *a, const struct strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i], b->at[i]))
			return false;
	return true;
}

bool opt_equal(const struct opt_row *row, const struct options *a, const struct options *b)
{
	const void *p = field(row, a), *q = field(row, b);
	switch (row->kind) {
	case OPT_FLAG:
		return *(const bool *)p == *(const bool *)q;
	case OPT_COUNT:
	case OPT_INT:
		return *(const int *)p == *(const int *)q;
	case OPT_SWITCH:
	case OPT_CHOICE:
		return *(const unsigned *)p == *(const unsigned *)q;
	case OPT_INT64:
	case OPT_SIZE:
	case OPT_RATE:
		return *(const uint64_t *)p == *(const uint64_t *)q;
	case OPT_MAX_DELETE:
		return a->max_delete == b->max_delete && a->max_delete_percent == b->max_delete_percent;
	case OPT_LIST:
		return same_list(p, q);
	case OPT_STRING:
	case OPT_STRING_ONCE:
	case OPT_STRING_JOIN:
		return same_text(*(char *const *)p, *(char *const *)q);
	default:
		return true; /* no field */
	}
}
