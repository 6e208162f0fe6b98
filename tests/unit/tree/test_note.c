#include "xfer/tree/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What came out, as text. */
static char heard[3000];
static unsigned calls;

static void hear_item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx;
	calls++;
	snprintf(heard, sizeof heard, "item %s %.*s%s", change, (int)len, name, suffix ? suffix : " (none)");
}

static void hear_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx;
	calls++;
	snprintf(heard, sizeof heard, "failure %.*s: %s %d", (int)len, name, error, errnum);
}

static void hear_warning(void *ctx, const char *text)
{
	(void)ctx;
	calls++;
	snprintf(heard, sizeof heard, "warning %s", text);
}

static void hear_list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		      const char *target, size_t target_len)
{
	(void)ctx;
	calls++;
	snprintf(heard, sizeof heard, "list %o %llu %lld %.*s -> %.*s", mode, (unsigned long long)size,
		 (long long)mtime, (int)len, name, (int)target_len, target ? target : "");
}

static void hear_progress(void *ctx, const struct progress *p)
{
	(void)ctx;
	calls++;
	snprintf(heard, sizeof heard, "progress %d/%d %d/%d %d/%d %d/%d %d", (int)p->done_bytes,
		 (int)p->total_bytes, (int)p->done_items, (int)p->total_items, (int)p->handled_bytes,
		 (int)p->asked_bytes, (int)p->handled_items, (int)p->asked_items, (int)p->moved_bytes);
}

static const struct tell ears = { .item = hear_item,
				  .failure = hear_failure,
				  .warning = hear_warning,
				  .list = hear_list,
				  .progress = hear_progress };

struct wire {
	struct link *a, *b;
	struct notes notes;
	struct tell tell;
};

static int set_up(void **state)
{
	struct wire *w = calloc(1, sizeof *w);
	struct chan *c[2];
	struct err err;
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 || chan_open_fds(&c[0], fds[0], fds[0], &err) < 0 ||
	    chan_open_fds(&c[1], fds[1], fds[1], &err) < 0)
		return -1;
	if (link_new(&w->a, c[0], LINK_PLAIN, &err) < 0 || link_new(&w->b, c[1], LINK_PLAIN, &err) < 0)
		return -1;
	w->notes = (struct notes){ .link = w->a, .items = true };
	w->tell = notes_tell(&w->notes);
	*state = w;
	*heard = '\0';
	calls = 0;
	return 0;
}

static int tear_down(void **state)
{
	struct wire *w = *state;
	link_free(w->a);
	link_free(w->b);
	free(w);
	return 0;
}

static struct frame next(struct wire *w)
{
	struct frame f;
	struct err err = { 0 };
	assert_int_equal(link_flush(w->a, &err), 0);
	assert_int_equal(link_recv(w->b, &f, &err), 0);
	assert_int_equal(f.type, FRAME_NOTE);
	return f;
}

static void hears(struct wire *w, const char *want)
{
	struct err err = { 0 };
	struct frame f = next(w);
	assert_int_equal(note_deliver(&f, &ears, &err), 0);
	assert_string_equal(heard, want);
}

static void what_is_told_is_heard_on_the_other_side(void **state)
{
	struct wire *w = *state;
	w->tell.item(w->tell.ctx, ">f+++++++++", "a/bXX", 3, " -> target");
	hears(w, "item >f+++++++++ a/b -> target");
	w->tell.item(w->tell.ctx, ".d..t......", "d/", 2, NULL);
	hears(w, "item .d..t...... d/ (none)");
	w->tell.item(w->tell.ctx, ".d..t......", "d/", 2, "");
	hears(w, "item .d..t...... d/");
	w->tell.failure(w->tell.ctx, "n\xff", 2, "open: no", EACCES);
	hears(w, "failure n\xff: open: no 13");
	w->tell.failure(w->tell.ctx, "", 0, "gone", 0);
	hears(w, "failure : gone 0");
	w->tell.warning(w->tell.ctx, "careful");
	hears(w, "warning careful");
	w->tell.warning(w->tell.ctx, "");
	hears(w, "warning ");
	w->tell.list(w->tell.ctx, 0120777, UINT64_MAX, -5, "l", 1, "to", 2);
	hears(w, "list 120777 18446744073709551615 -5 l -> to");
	w->tell.list(w->tell.ctx, 0100644, 1, 2, "f", 1, NULL, 0);
	hears(w, "list 100644 1 2 f -> ");
}

static void items_are_sent_only_when_somebody_looks(void **state)
{
	struct wire *w = *state;
	w->notes.items = false;
	w->tell.item(w->tell.ctx, ">f+++++++++", "a", 1, NULL);
	w->tell.warning(w->tell.ctx, "first");
	hears(w, "warning first");
}

/* Found by fuzzing: what is left is reckoned from these. */
static void no_more_is_done_than_there_is_whatever_a_peer_says(void **state)
{
	struct wire *w = *state;
	const struct progress p = {
		.phase = "transfer",
		.done_bytes = 9,
		.total_bytes = 5,
		.done_items = 8,
		.total_items = 4,
		.handled_bytes = 7,
		.asked_bytes = 3,
		.handled_items = 6,
		.asked_items = 2,
		.moved_bytes = 5,
	};
	w->notes.progress = true;
	w->tell = notes_tell(&w->notes);
	w->tell.progress(w->tell.ctx, &p);
	hears(w, "progress 5/5 4/4 3/3 2/2 3");
}

static void a_name_beyond_a_frame_is_cut(void **state)
{
	struct wire *w = *state;
	size_t len = 3 * (size_t)FRAME_MAX;
	char *name = malloc(len + 1);
	memset(name, 'n', len);
	name[len] = '\0';
	pid_t child = fork(); /* more than the socket holds: somebody must read */
	struct err err = { 0 };
	if (child == 0) {
		w->tell.failure(w->tell.ctx, name, len, "too long", ENAMETOOLONG);
		w->tell.warning(w->tell.ctx, name);
		_exit(link_flush(w->a, &err) == 0 ? 0 : 1);
	}
	for (unsigned n = 1; n <= 2; n++) {
		struct frame f;
		assert_int_equal(link_recv(w->b, &f, &err), 0);
		assert_int_equal(note_deliver(&f, &ears, &err), 0);
		assert_int_equal(calls, n);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	free(name);
}

static void every_truncation_is_refused(void **state)
{
	struct wire *w = *state;
	struct err err = { 0 };
	for (int kind = 0; kind < 4; kind++) {
		if (kind == 0)
			w->tell.item(w->tell.ctx, ">f+++++++++", "name", 4, "suffix");
		else if (kind == 1)
			w->tell.failure(w->tell.ctx, "name", 4, "error", 13);
		else if (kind == 2)
			w->tell.warning(w->tell.ctx, "warning");
		else
			w->tell.list(w->tell.ctx, 0100644, 1, 2, "name", 4, "target", 6);
		struct frame f = next(w);
		calls = 0;
		for (uint32_t cut = 0; cut < f.len; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1);
			memcpy(exact, f.data, cut);
			struct frame part = { .type = FRAME_NOTE, .data = exact, .len = cut };
			assert_int_equal(note_deliver(&part, &ears, &err), -EPROTO);
			free(exact);
		}
		assert_int_equal(calls, 0);
	}
}

static int deliver(const void *bytes, uint32_t len)
{
	struct err err = { 0 };
	struct frame f = { .type = FRAME_NOTE, .data = bytes, .len = len };
	return note_deliver(&f, &ears, &err);
}

static void what_is_no_note_is_refused(void **state)
{
	(void)state;
	assert_int_equal(deliver("\0", 1), -EPROTO);
	assert_int_equal(deliver("\5", 1), -EPROTO);
	assert_int_equal(deliver("\3\1x", 3), 0);
	assert_int_equal(deliver("\3\1xy", 4), -EPROTO);
	/* an item's code has eleven letters */
	assert_int_equal(deliver("\1\x0b>f+++++++++\1n\0\0", 17), 0);
	assert_int_equal(deliver("\1\x0a>f++++++++\1n\0\0", 16), -EPROTO);
	assert_int_equal(deliver("\1\x0c>f++++++++++\1n\0\0", 18), -EPROTO);
	assert_int_equal(deliver("\2\1n\1e\xff\xff\3", 8), 0);
	assert_string_equal(heard, "failure n: e 4095");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_told_is_heard_on_the_other_side),
		TEST(items_are_sent_only_when_somebody_looks),
		TEST(no_more_is_done_than_there_is_whatever_a_peer_says),
		TEST(a_name_beyond_a_frame_is_cut),
		TEST(every_truncation_is_refused),
		TEST(what_is_no_note_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
