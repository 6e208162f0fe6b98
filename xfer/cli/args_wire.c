/* The packed form: see args.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/cli/args.h"
#include "xfer/cli/args_table.h"

int args_pack(struct buf *out, const struct options *o)
{
	AUTO(buf_fini) struct buf strings; /* apart, because their count comes first */
	buf_init(&strings, out->limit - out->len);
	size_t count = 0;
	for (size_t i = 0; i < opt_row_count; i++)
		if (opt_is_packed(&opt_rows[i]))
			count += opt_pack(&opt_rows[i], &strings, o);

	buf_varint(out, count);
	buf_bytes(out, strings.data, strings.len);
	if (strings.failed)
		out->failed = true;
	return out->failed ? -EMSGSIZE : 0;
}

/* Sets what one packed string says, text being terminated. */
static int unpack_one(struct options *o, const char *text, struct err *err)
{
	if (strncmp(text, "--", 2))
		return err_say(err, -EPROTO, "the other side sent \"%s\" among its options", text);
	const char *name = text + 2, *value = strchr(name, '=');
	size_t n = value ? (size_t)(value++ - name) : strlen(name);

	const struct opt_row *row = opt_by_packed_name(name, n);
	bool no = !row && n > 3 && !memcmp(name, "no-", 3);
	if (no)
		row = opt_by_packed_name(name + 3, n - 3);
	if (!row || (no && !opt_is_negatable(row)))
		return err_say(err, -EPROTO,
			       "the other side uses option --%.*s, which this version of xfer does not have",
			       (int)n, name);
	if ((value != NULL) != (!no && opt_takes_value(row)))
		return err_say(err, -EPROTO, "the other side uses option --%.*s %s a value", (int)n, name,
			       value ? "with" : "without");
	if (no) {
		opt_unset(row, o);
		return 0;
	}

	struct err why = { 0 };
	int r = opt_set(row, o, value, &why);
	return r ? err_say(err, r == -EINVAL ? -EPROTO : r, "the other side's options: %s", why.text) : 0;
}

static void freep(char **p)
{
	free(*p);
}

int args_unpack(struct options *o, const uint8_t *data, size_t len, struct err *err)
{
	struct reader r = reader_of(data, len);
	uint64_t count = reader_varint(&r);
	for (uint64_t i = 0; i < count && !r.failed; i++) {
		size_t n;
		const char *bytes = reader_string(&r, &n, ARGS_STRING_MAX);
		if (r.failed)
			break;
		if (memchr(bytes, 0, n))
			return err_say(err, -EBADMSG, "the other side's options: a NUL byte in a string");
		AUTO(freep) char *text = strndup(bytes, n);
		if (!text)
			return err_set(err, -ENOMEM, "the other side's options");
		int failed = unpack_one(o, text, err);
		if (failed)
			return failed;
	}
	if (!reader_done(&r))
		return err_say(err, -EBADMSG, "the other side's options: cut short, or longer than they say");
	return 0;
}
