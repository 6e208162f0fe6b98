#include "xfer/front/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/size.h"

int value_parse_whole(int64_t *out, const char *text, int64_t min, int64_t max)
{
	const char *digits = text + (*text == '-');
	if (!*digits || digits[strspn(digits, "0123456789")])
		return -EINVAL;
	errno = 0;
	long long v = strtoll(text, NULL, 10);
	if (errno || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int value_whole(int64_t *out, const struct value *v, int64_t min, int64_t max)
{
	if (value_parse_whole(out, v->text, min, max))
		return err_say(v->err, -EINVAL, "option --%s: \"%s\" is not a whole number from %lld to %lld",
			       v->option, v->text, (long long)min, (long long)max);
	return 0;
}

int value_size(uint64_t *out, const struct value *v)
{
	if (size_parse(out, v->text))
		return err_say(v->err, -EINVAL,
			       "option --%s: \"%s\" is not a size such as 500, 10K, 1.5m or 2GB", v->option,
			       v->text);
	return 0;
}

int value_rate(uint64_t *out, const struct value *v)
{
	if (size_parse_rate(out, v->text))
		return err_say(v->err, -EINVAL, "option --%s: \"%s\" " SIZE_RATE_HINT, v->option, v->text);
	return 0;
}

int value_string(char **out, const struct value *v)
{
	if (!*v->text)
		return err_say(v->err, -EINVAL, "option --%s: the value is empty", v->option);
	char *s = strdup(v->text);
	if (!s)
		return err_set(v->err, -ENOMEM, "option --%s", v->option);
	free(*out);
	*out = s;
	return 0;
}

const char *value_word(const char *choices, unsigned n, size_t *len)
{
	const char *at = choices;
	while (n-- && at) {
		at = strchr(at, '|');
		at = at ? at + 1 : NULL;
	}
	*len = at ? strcspn(at, "|") : 0;
	return at;
}

int value_choice(unsigned *out, const struct value *v, const char *choices)
{
	const char *word;
	size_t len;
	for (unsigned n = 0; (word = value_word(choices, n, &len)); n++)
		if (strlen(v->text) == len && !memcmp(word, v->text, len)) {
			*out = n;
			return 0;
		}
	return err_say(v->err, -EINVAL, "option --%s: \"%s\" is none of %s", v->option, v->text, choices);
}
