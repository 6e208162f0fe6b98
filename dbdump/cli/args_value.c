#include "dbdump/cli/args_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/base/size.h"

static void *field(const struct opt_row *row, struct options *o)
{
	return (char *)o + row->at;
}

/* Digits, nothing else: what strtoul takes besides is a typing error. */
static int set_whole(const struct opt_row *row, unsigned *to, const char *text, struct err *err)
{
	unsigned long v = 0;
	errno = 0;
	bool good = *text && !text[strspn(text, "0123456789")];
	if (good)
		v = strtoul(text, NULL, 10);
	if (!good || errno || v < row->min || v > row->max)
		return err_say(err, -EINVAL, "option --%s: \"%s\" is not a whole number from %u to %u",
			       row->name, text, row->min, row->max);
	*to = (unsigned)v;
	return 0;
}

static int set_string(const struct opt_row *row, char **to, const char *text, struct err *err)
{
	if (!*text)
		return err_say(err, -EINVAL, "option --%s: the value is empty", row->name);
	char *s = strdup(text);
	if (!s)
		return err_set(err, -ENOMEM, "option --%s", row->name);
	free(*to);
	*to = s;
	return 0;
}

static int add(const struct opt_row *row, struct strings *to, const char *text, size_t n, struct err *err)
{
	if (!n)
		return err_say(err, -EINVAL, "option --%s: the value is empty", row->name);
	int r = strings_add(to, text, n);
	return r ? err_set(err, r, "option --%s", row->name) : 0;
}

/* The words between the bars are counted; -1: it is none of them. */
static int choice(const struct opt_row *row, const char *text)
{
	int n = 0;
	for (const char *at = row->choices; *at; n++) {
		size_t len = strcspn(at, "|");
		if (strlen(text) == len && !memcmp(at, text, len))
			return n;
		at += len + (at[len] == '|');
	}
	return -1;
}

static int not_a_choice(const struct opt_row *row, const char *text, struct err *err)
{
	return err_say(err, -EINVAL, "option --%s: \"%s\" is none of %s", row->name, text, row->choices);
}

static int set_choice(const struct opt_row *row, enum verify_mode *to, const char *text, struct err *err)
{
	int n = choice(row, text);
	if (n < 0)
		return not_a_choice(row, text, err);
	*to = (enum verify_mode)n;
	return 0;
}

static int set_rate(const struct opt_row *row, uint64_t *to, const char *text, struct err *err)
{
	if (size_parse_rate(to, text) < 0)
		return err_say(err, -EINVAL, "option --%s: \"%s\" " SIZE_RATE_HINT, row->name, text);
	return 0;
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
	void *to = field(row, o);
	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)to = true;
		return 0;
	case OPT_COUNT:
		*(int *)to += 1;
		return 0;
	case OPT_WHOLE:
		return set_whole(row, to, text, err);
	case OPT_RATE:
		return set_rate(row, to, text, err);
	case OPT_STRING:
		return set_string(row, to, text, err);
	case OPT_LIST:
		return add(row, to, text, strlen(text), err);
	case OPT_CHOICE:
		return set_choice(row, to, text, err);
	case OPT_WORD:
		return choice(row, text) < 0 ? not_a_choice(row, text, err) : set_string(row, to, text, err);
	case OPT_RENAME:
		return set_rename(row, to, text, err);
	case OPT_HELP:
	case OPT_VERSION:
		break;
	}
	err_broken(__FILE__, __LINE__, "an option with a field");
}
