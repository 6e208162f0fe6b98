#include <errno.h>
#include <stdio.h>

#include "xfer/cli/args.h"
#include "tests/unit/front/args_case.h"
#include "xfer/cli/args_table.h"

static int pack(struct buf *b, const struct options *o)
{
	buf_init(b, ARGS_PACK_MAX);
	return args_pack(b, o);
}

static void assert_same(const struct options *a, const struct options *b)
{
	for (size_t i = 0; i < opt_row_count; i++)
		if (opt_is_packed(&opt_rows[i]) && !opt_equal(&opt_rows[i], a, b))
			fail_msg("--%s differs", opt_rows[i].name);
}

/* A value that is not the default, as a user may give it. */
static const char *sample(const struct opt_row *row)
{
	switch (row->kind) {
	case OPT_MAX_DELETE:
		return "7%";
	case OPT_CHOICE:
		return strrchr(row->choices, '|') + 1;
	case OPT_STRING:
	case OPT_STRING_ONCE:
	case OPT_STRING_JOIN:
	case OPT_LIST:
		return "a=b --c\377\n%s";
	default:
		return "12";
	}
}

static void every_row_survives_the_journey(void **state)
{
	(void)state;
	size_t packed = 0;
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		if (!opt_is_packed(row))
			continue;
		for (int off = 0; off < (opt_is_negatable(row) ? 2 : 1); off++) {
			struct options from, to, plain;
			struct err err = { 0 };
			struct buf b;
			options_init(&from);
			options_init(&to);
			options_init(&plain);
			if (off)
				opt_unset(row, &from);
			else
				assert_int_equal(opt_set(row, &from,
							 opt_takes_value(row) ? sample(row) : NULL, &err),
						 0);

			assert_int_equal(pack(&b, &from), 0);
			bool changed = !opt_equal(row, &from, &plain);
			assert_int_equal(b.data[0], changed); /* one string, and no other row's */
			packed += changed;
			if (args_unpack(&to, b.data, b.len, &err))
				fail_msg("--%s: %s", row->name, err.text);
			assert_same(&from, &to);
			buf_fini(&b);
			options_fini(&from);
			options_fini(&to);
		}
	}
	assert_true(packed > 45);
}

static const char everything[] =
	"-aHAXSnivvuxcRWOJmI --delete-excluded --max-delete=12% --ignore-errors --include=a --exclude=b --existing "
	"--ignore-existing --size-only --modify-window=3 --min-size=1k --max-size=2.5G --chmod=F644 --chown=u:g "
	"--numeric-ids --safe-links --mkpath --timeout=9 --fsync --state-dir=/s --stats --list-only --verify --allow-empty-source "
	"--no-space-check --jobs=7 --nice --io=plain --no-compress --files-from=/dev/null --no-perms";

static void everything_at_once_survives_too(void **state)
{
	(void)state;
	struct args_case c;
	struct options to;
	struct buf b;
	case_good(&c, ARGS_SYNC, everything);
	for (int i = 0; i < 500; i++)
		assert_int_equal(strings_add(&c.o.files_from, "some/name/", i % 2 ? 10 : 9), 0);
	assert_true(c.o.acls && !c.o.perms); /* nothing is implied a second time */

	options_init(&to);
	assert_int_equal(pack(&b, &c.o), 0);
	assert_int_equal(args_unpack(&to, b.data, b.len, &c.err), 0);
	assert_same(&c.o, &to);
	assert_int_equal(to.files_from.count, 500);
	buf_fini(&b);
	options_fini(&to);
	case_free(&c);
}

static void what_is_the_users_own_stays_here(void **state)
{
	(void)state;
	struct args_case c;
	struct buf b;
	case_good(
		&c, ARGS_SYNC,
		"-e secret --bootstrap-file=secret --log-file=secret --json --json-fd=4 --progress -h -q --contimeout=3 "
		"--bwlimit=1m --bwlimit-file=secret --deadline=+5");
	assert_int_equal(pack(&b, &c.o), 0);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.data[0], 0);
	buf_fini(&b);
	case_free(&c);
}

static int unpack_strings(struct err *err, size_t n, const char *const *strings)
{
	struct options o;
	struct buf b;
	options_init(&o);
	buf_init(&b, ARGS_PACK_MAX);
	buf_varint(&b, n);
	for (size_t i = 0; i < n; i++)
		buf_string(&b, strings[i], strlen(strings[i]));
	int r = args_unpack(&o, b.data, b.len, err);
	buf_fini(&b);
	options_fini(&o);
	return r;
}

static void what_this_version_does_not_know_is_named(void **state)
{
	static const struct {
		const char *sent, *says;
	} bad[] = {
		{ "--teleport=now", "--teleport, which this version" },
		{ "--no-teleport", "--no-teleport, which this version" },
		{ "--rsh=rm", "--rsh, which" }, /* no peer chooses a command */
		{ "--log-file=/etc/passwd", "--log-file, which" },
		{ "--no-timeout", "--no-timeout, which" },
		{ "--archive", "--archive, which" },
		{ "--exclude=x", "--exclude, which" },
		{ "--chown=u", "--chown, which" },
		{ "--help", "--help, which" },
		{ "--", "--, which" },
		{ "--=", "--, which" },
		{ "-a", "\"-a\"" },
		{ "", "\"\"" },
		{ "--perms=1", "--perms with a value" },
		{ "--no-perms=1", "--no-perms with a value" },
		{ "--timeout", "--timeout without a value" },
		{ "--timeout=x", "--timeout: \"x\"" },
		{ "--max-size=-1", "--max-size: \"-1\"" },
		{ "--io=quantum", "--io: \"quantum\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = { 0 };
		int r = unpack_strings(&err, 1, &bad[i].sent);
		if (r != -EPROTO || err.code != r || !strstr(err.text, bad[i].says))
			fail_msg("%s: %d %s", bad[i].sent, r, err.text);
	}
	struct err err = { 0 };
	const char *const twice[] = { "--usermap=a:b", "--usermap=a:c" };
	assert_int_equal(unpack_strings(&err, 2, twice), -EPROTO);
}

static void a_count_that_the_bytes_do_not_hold_is_refused(void **state)
{
	static const uint64_t counts[] = { 1, 2, 1000000, UINT64_MAX };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct options o;
		struct err err = { 0 };
		struct buf b;
		options_init(&o);
		buf_init(&b, 100);
		buf_varint(&b, counts[i]);
		if (counts[i] > 1)
			buf_string(&b, "--perms", 7);
		assert_int_equal(args_unpack(&o, b.data, b.len, &err), -EBADMSG);
		buf_fini(&b);
		options_fini(&o);
	}
}

static void broken_bytes_are_refused(void **state)
{
	static const struct {
		size_t n;
		const char *bytes;
	} bad[] = {
		{ 0, "" },
		{ 2, "\x00x" },						 /* more than it says */
		{ 11, "\x01\x09--rsh=a\0b" },				 /* a NUL inside */
		{ 12, "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01-" }, /* a length beyond everything */
		{ 11, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct options o;
		struct err err = { 0 };
		options_init(&o);
		assert_int_equal(args_unpack(&o, (const uint8_t *)bad[i].bytes, bad[i].n, &err), -EBADMSG);
		options_fini(&o);
	}
}

/* Any result will do, as long as it is one, and what was accepted can be packed again. */
static void try_bytes(const uint8_t *bytes, size_t n)
{
	struct options o;
	struct err err = { 0 };
	uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees a read past the end */
	assert_non_null(exact);
	memcpy(exact, bytes, n);
	options_init(&o);
	int r = args_unpack(&o, exact, n, &err);
	assert_true(r == 0 || r == -EPROTO || r == -EBADMSG);
	assert_int_equal(r, err.code);
	if (!r) {
		struct buf b;
		assert_int_equal(pack(&b, &o), 0);
		buf_fini(&b);
	}
	options_fini(&o);
	free(exact);
}

static void no_bytes_do_harm(void **state)
{
	(void)state;
	struct args_case c;
	struct buf b;
	uint8_t bytes[4096];
	case_good(&c, ARGS_SYNC, everything);
	assert_int_equal(strings_add(&c.o.files_from, "a/b", 3), 0);
	assert_int_equal(pack(&b, &c.o), 0);
	assert_true(b.len < sizeof bytes);

	for (size_t n = 0; n < b.len; n++) {
		struct options o;
		options_init(&o);
		assert_int_equal(args_unpack(&o, b.data, n, &c.err), -EBADMSG); /* cut anywhere */
		options_fini(&o);
		try_bytes(b.data, n);
	}
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		memcpy(bytes, b.data, b.len);
		for (int k = 0; k <= i % 4; k++)
			bytes[(size_t)random() % b.len] = (uint8_t)random();
		try_bytes(bytes, b.len);
	}
	buf_fini(&b);
	case_free(&c);
}

static void what_is_too_long_to_travel_is_not_sent(void **state)
{
	(void)state;
	struct options o;
	struct buf b;
	options_init(&o);
	char *name = malloc(ARGS_STRING_MAX + 1);
	assert_non_null(name);
	memset(name, 'x', ARGS_STRING_MAX);
	name[ARGS_STRING_MAX] = 0;
	assert_int_equal(strings_add(&o.filters, name, ARGS_STRING_MAX), 0);
	assert_int_equal(pack(&b, &o), -EMSGSIZE);
	buf_fini(&b);
	free(name);
	options_fini(&o);

	buf_init(&b, 4);
	options_init(&o);
	o.perms = true;
	assert_int_equal(args_pack(&b, &o), -EMSGSIZE);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_survives_the_journey),
		cmocka_unit_test(everything_at_once_survives_too),
		cmocka_unit_test(what_is_the_users_own_stays_here),
		cmocka_unit_test(what_this_version_does_not_know_is_named),
		cmocka_unit_test(a_count_that_the_bytes_do_not_hold_is_refused),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(no_bytes_do_harm),
		cmocka_unit_test(what_is_too_long_to_travel_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
