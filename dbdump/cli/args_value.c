#include "dbdump/cli/args_table.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/front/value.h"

static void *field(const struct opt_row *row, struct options *o)
{
	return (char *)o + row->at;
}

static int add(const struct opt_row *row, struct strings *to, const char *text, size_t n, struct err *err)
{
	if (!n)
		return err_say(err, -EINVAL, "option --%s: the value is empty", row->name);
	int r = strings_add(to, text, n);
	return r ? err_set(err, r, "option --%s", row->name) : 0;
}

static int set_choice(enum verify_mode *to, const struct value *v, const char *choices)
{
	unsigned n;
	int r = value_choice(&n, v, choices);
	if (!r)
		*to = (enum verify_mode)n;
	return r;
}

static int set_word(char **to, const struct value *v, const char *choices)
{
	unsigned n;
	int r = value_choice(&n, v, choices);
	return r ? r : value_string(to, v);
}

static int set_whole(unsigned *to, const struct value *v, const struct opt_row *row)
{
	int64_t n;
	int r = value_whole(&n, v, row->min, row->max);
	if (!r)
		*to = (unsigned)n;
	return r;
}

static int set_rename(const struct opt_row *row, struct strings *to, const char *text, struct err *err)
{
	const char *is = strchr(text, '=');
	if (!is || is == text || !is[1])
		return err_say(err, -EINVAL, "option --%s: \"%s\" is not of the form A=B", row->name, text);
	for (size_t i = 0; i < to->count; i += 2)
		if (strlen(to->at[i]) == (size_t)(is - text) &&
		    !strncmp(to->at[i], text, (size_t)(is - text)))
			return err_say(err, -EINVAL, "option --%s: %s is renamed twice", row->name,
				       to->at[i]);
	int r = add(row, to, text, (size_t)(is - text), err);
	return r ? r : add(row, to, is + 1, strlen(is + 1), err);
}

int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err)
{
	const struct value v = { row->name, text, err };
	void *to = field(row, o);
	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)to = true;
		return 0;
	case OPT_COUNT:
		*(int *)to += 1;
		return 0;
	case OPT_WHOLE:
		return set_whole(to, &v, row);
	case OPT_RATE:
		return value_rate(to, &v);
	case OPT_STRING:
		return value_string(to, &v);
	case OPT_LIST:
		return add(row, to, text, strlen(text), err);
	case OPT_CHOICE:
		return set_choice(to, &v, row->choices);
	case OPT_WORD:
		return set_word(to, &v, row->choices);
	case OPT_RENAME:
		return set_rename(row, to, text, err);
	case OPT_HELP:
	case OPT_VERSION:
		break;
	}
	err_broken(__FILE__, __LINE__, "an option with a field");
}
