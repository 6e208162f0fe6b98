/* liar_receiver - a receiver that lies: about what it wants, about the end, and in what it says for people. As a client it
 * also lies about its configuration. The source that it is given has the file "a" and the directory "d", in which is
 * the file "b". See liar.h for how it is run. */
#include <errno.h>
#include <sys/stat.h>

#include "tests/hostile/liar.h"

static void say_ready(struct liar *t)
{
	await(t, FRAME_START);
	send_frame(t, FRAME_READY, 0, "\1\1\1", 3);
	flush(t);
}

/* Pairs of a seq's distance and a verdict. */
static void say_want(struct liar *t, uint64_t offset, const char *pairs, size_t n)
{
	send_frame(t, FRAME_WANT, offset, pairs, n);
	flush(t);
}

static void listed(struct liar *t)
{
	say_ready(t);
	await(t, FRAME_LIST);
}

static void say_final(struct liar *t)
{
	struct buf b;
	struct account a = { .items.copied = 3 };
	buf_init(&b, FRAME_MAX);
	account_put(&b, &a);
	send_frame(t, FRAME_FINAL, 0, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

/* Wants. */

static void want_unknown(struct liar *t)
{
	listed(t);
	say_want(t, 1000, NULL, 0);
}

static void want_beyond_offset(struct liar *t)
{
	listed(t);
	say_want(t, 1, "\2\1", 2);
}

static void want_backwards(struct liar *t)
{
	listed(t);
	say_want(t, 3, NULL, 0);
	say_want(t, 2, NULL, 0);
}

static void want_again(struct liar *t)
{
	listed(t);
	say_want(t, 3, NULL, 0);
	say_want(t, 3, "\2\1", 2);
}

static void want_twice(struct liar *t)
{
	listed(t);
	say_want(t, 4, "\1\1\0\1", 4);
}

/* Of two entries of the root one is a directory. */
static void want_directory(struct liar *t)
{
	listed(t);
	say_want(t, 3, "\1\1\1\1", 4);
}

static void want_root(struct liar *t)
{
	listed(t);
	say_want(t, 3, "\0\1", 2);
}

static void want_verdict(struct liar *t)
{
	listed(t);
	say_want(t, 3, "\1\7", 2);
}

static void want_cut(struct liar *t)
{
	listed(t);
	say_want(t, 3, "\1", 1);
}

static void want_wraps(struct liar *t)
{
	listed(t);
	say_want(t, 3, "\2\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1", 13);
}

/* Everything left out, and nobody says why; both digests are those of nothing. */
static void leave_all(struct liar *t)
{
	listed(t);
	say_want(t, 4, "\0\2\1\2\1\2\1\2", 8);
	await(t, FRAME_DONE);
	say_final(t);
}

static void want_all(struct liar *t)
{
	listed(t);
	say_want(t, 4, NULL, 0);
	await(t, FRAME_DONE);
}

static void final_other_digest(struct liar *t)
{
	want_all(t);
	say_final(t);
}

static void final_garbage(struct liar *t)
{
	want_all(t);
	send_frame(t, FRAME_FINAL, 0, "x", 1);
}

static void final_early(struct liar *t)
{
	listed(t);
	say_final(t);
}

static void final_first(struct liar *t)
{
	await(t, FRAME_START);
	say_final(t);
}

static void ready_twice(struct liar *t)
{
	say_ready(t);
	say_ready(t);
}

static void ready_cut(struct liar *t)
{
	await(t, FRAME_START);
	send_frame(t, FRAME_READY, 0, "\1", 1);
}

static void ready_empty(struct liar *t)
{
	await(t, FRAME_START);
	send_frame(t, FRAME_READY, 0, NULL, 0);
}

static void frame_list(struct liar *t)
{
	say_ready(t);
	send_frame(t, FRAME_LIST, 1, "\1\0", 2);
}

static void frame_done(struct liar *t)
{
	say_ready(t);
	send_frame(t, FRAME_DONE, 1, NULL, 0);
}

static void frame_start(struct liar *t)
{
	say_ready(t);
	send_frame(t, FRAME_START, 0, "\0\0", 2);
}

/* What is told to people. */

static void say_abort(struct liar *t, uint32_t status, const char *text, size_t n)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u32(&b, status);
	buf_bytes(&b, text, n);
	await(t, FRAME_START);
	send_frame(t, FRAME_ABORT, 0, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

static char dirt[FRAME_MAX - 64];

/* Escape sequences, newlines and text directions, many times over. */
static void fill_dirt(void)
{
	static const char piece[] = "\33[31mRED\33]0;title\7\r\nOK: all\n\xe2\x80\xae\xc2\x9b";
	for (size_t i = 0; i < sizeof dirt; i++)
		dirt[i] = piece[i % (sizeof piece - 1)];
}

static void abort_dirty(struct liar *t)
{
	fill_dirt();
	say_abort(t, 2, dirt, sizeof dirt);
}

static void abort_ok(struct liar *t)
{
	say_abort(t, 0, "all is well", 11);
}

static void abort_vanished(struct liar *t)
{
	say_abort(t, 24, "some files vanished", 19);
}

static void abort_large(struct liar *t)
{
	say_abort(t, 0x7fffffff, "", 0);
}

static void say_note(struct liar *t, int kind, const char *text, size_t n)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, (uint8_t)kind);
	if (kind == 1) {
		buf_string(&b, "<f+++++++++", 11);
		buf_string(&b, text, n);
		buf_u8(&b, 1);
		buf_string(&b, "", 0);
	} else if (kind == 2) {
		buf_string(&b, text, n);
		buf_string(&b, "reason\33[31m", 11);
		buf_varint(&b, 13);
	} else {
		buf_string(&b, text, n);
	}
	send_frame(t, FRAME_NOTE, 0, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

static void notes_dirty(struct liar *t)
{
	fill_dirt();
	say_ready(t);
	for (int kind = 1; kind <= 3; kind++) {
		say_note(t, kind, dirt, 200);
		say_note(t, kind, dirt, sizeof dirt);
	}
	await(t, FRAME_LIST);
	say_want(t, 4, NULL, 0);
	await(t, FRAME_DONE);
	say_final(t);
}

static void note_unknown(struct liar *t)
{
	say_ready(t);
	say_note(t, 9, "", 0);
}

static void note_change(struct liar *t)
{
	say_ready(t);
	send_frame(t, FRAME_NOTE, 0, "\1\3\33[m\1x\0\0", 9);
}

/* A client's configuration: role, operands, options. */

static void config(struct liar *t, char role, const char *operand, size_t n, const char *option)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "liar", 4);
	buf_u8(&b, (uint8_t)role);
	buf_u8(&b, 0);
	buf_varint(&b, operand != NULL);
	if (operand)
		buf_string(&b, operand, n);
	buf_varint(&b, option != NULL);
	if (option)
		buf_string(&b, option, strlen(option));
	send_frame(t, FRAME_CONFIG, 0, b.data, b.len);
	send_frame(t, FRAME_CONFIG, 0, NULL, 0);
	buf_fini(&b);
}

static void config_role(struct liar *t)
{
	config(t, 'x', "/", 1, NULL);
}

static void config_no_role(struct liar *t)
{
	config(t, '\0', "/", 1, NULL);
}

static void config_option(struct liar *t)
{
	config(t, 's', "/", 1, "--evil\33[31m");
}

static void config_local_option(struct liar *t)
{
	config(t, 's', "/", 1, "--log-file=planted");
}

static void config_value(struct liar *t)
{
	config(t, 's', "/", 1, "--timeout=-1");
}

static void config_nul(struct liar *t)
{
	config(t, 's', "/\0x", 3, NULL);
}

static void config_no_operand(struct liar *t)
{
	config(t, 'r', NULL, 0, NULL);
}

static void config_filter(struct liar *t)
{
	config(t, 's', "/", 1, "--filter=what is this");
}

static void config_chmod(struct liar *t)
{
	config(t, 's', "/", 1, "--chmod=\33[31m");
}

static void config_count(struct liar *t)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "liar", 4);
	send_frame(t, FRAME_CONFIG, 0, "s\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11);
	send_frame(t, FRAME_CONFIG, 0, NULL, 0);
}

static void config_endless(struct liar *t)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "liar", 4);
	for (int i = 0; i < 1000; i++)
		send_frame(t, FRAME_CONFIG, 0, dirt, sizeof dirt);
}

static void config_note(struct liar *t)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "liar", 4);
	say_note(t, 3, "note", 4);
}

static void note_to_server(struct liar *t)
{
	say_ready(t);
	say_note(t, 3, "note", 4);
}

#define L(name, statuses)                    \
	{                                    \
#name, statuses, name, false \
	}
#define G(name, statuses)                   \
	{                                   \
#name, statuses, name, true \
	}

static const struct lie lies[] = {
	L(want_unknown, "2"),
	L(want_beyond_offset, "2"),
	L(want_backwards, "2"),
	L(want_again, "2"),
	L(want_twice, "2"),
	L(want_directory, "2"),
	L(want_root, "2"),
	L(want_verdict, "2"),
	L(want_cut, "2"),
	L(want_wraps, "2"),
	L(leave_all, "23"),
	L(final_other_digest, "40"),
	L(final_garbage, "2"),
	L(final_early, "2"),
	L(final_first, "2"),
	L(ready_twice, "2"),
	L(ready_cut, "2 30"),
	L(ready_empty, "2 30"),
	L(frame_list, "2"),
	L(frame_done, "2"),
	L(frame_start, "2"),
	L(abort_dirty, "2"),
	L(abort_ok, "2"),
	L(abort_vanished, "2"),
	L(abort_large, "2"),
	L(notes_dirty, "23"),
	L(note_unknown, "2"),
	L(note_change, "2"),
	L(stall, "30"),
	/* of a client alone */
	G(config_role, "2"),
	G(config_no_role, "2"),
	G(config_option, "2"),
	G(config_local_option, "2"),
	G(config_value, "2"),
	G(config_nul, "2"),
	G(config_no_operand, "2"),
	G(config_filter, "1 2"),
	G(config_chmod, "1 2"),
	G(config_count, "2 12"),
	G(config_endless, "2"),
	G(config_note, "2"),
	L(note_to_server, "2"),
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 's');
}
