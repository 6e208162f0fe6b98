/* Frames through zstd, and the frame that ends a link. */
#include "tests/unit/wire/link_pair.h"

static void a_packed_frame_arrives_as_it_was(void **state)
{
	struct pair *p = *state;
	struct link_stats s;
	uint8_t *data = calloc(1, FRAME_MAX);
	memset(data, 'x', FRAME_MAX / 2);
	link_set_compress(p->a, LINK_PACKED);
	for (size_t len = 1; len <= FRAME_MAX; len *= 4) {
		send_frame(p->a, FRAME_BUNDLE, len, data, len);
		flush(p->a);
		struct frame f = receive(p->b);
		assert_int_equal(f.type, FRAME_BUNDLE);
		assert_int_equal(f.offset, len);
		assert_int_equal(f.len, len);
		assert_memory_equal(f.data, data, len);
	}
	link_get_stats(p->a, &s);
	assert_true(s.packed_from > FRAME_MAX && s.packed_to < s.packed_from / 100);
	assert_true(s.sent < s.packed_from / 100);
	/* the two small ones went as they are */
	assert_int_equal(s.packed_from, 256 + 1024 + 4096 + 16384 + 65536 + 262144 + 1048576);
	free(data);
}

static void compression_may_be_turned_off_in_between(void **state)
{
	struct pair *p = *state;
	struct link_stats s;
	static uint8_t zeros[1000];
	link_set_compress(p->a, LINK_PACKED);
	send_frame(p->a, FRAME_LIST, 1, zeros, sizeof zeros);
	link_set_compress(p->a, LINK_PLAIN);
	send_frame(p->a, FRAME_LIST, 2, zeros, sizeof zeros);
	flush(p->a);
	link_get_stats(p->a, &s);
	assert_int_equal(s.packed_from, sizeof zeros);
	assert_int_equal(s.sent, 2 * FRAME_HEAD + s.packed_to + sizeof zeros);
	uint64_t packed = s.packed_to;
	assert_int_equal(receive(p->b).len, sizeof zeros);
	assert_int_equal(receive(p->b).len, sizeof zeros);
	/* who unpacks counts it as well */
	link_get_stats(p->b, &s);
	assert_int_equal(s.packed_from, sizeof zeros);
	assert_int_equal(s.packed_to, packed);
}

static void a_frame_that_does_not_unpack_is_refused(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f = { .type = FRAME_LIST | FRAME_PACKED,
			   .data = (const uint8_t *)"not zstd at all",
			   .len = 15 };
	uint8_t bytes[FRAME_HEAD + 15];
	frame_pack(bytes, &f);
	memcpy(bytes + FRAME_HEAD, f.data, 15);
	assert_int_equal(write(p->raw_a, bytes, sizeof bytes), sizeof bytes);
	assert_int_equal(link_recv(p->b, &f, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "unpack"));
}

static int parse(const void *payload, size_t len, char *text, size_t cap)
{
	struct frame f = { .type = FRAME_ABORT, .data = payload, .len = (uint32_t)len };
	return link_abort_parse(&f, text, cap);
}

static void an_abort_is_taken_apart_within_its_bounds(void **state)
{
	(void)state;
	char text[8];
	assert_int_equal(parse("\x0b\0\0\0why", 7, text, sizeof text), 11);
	assert_string_equal(text, "why");
	assert_int_equal(parse("\x0b\0\0\0a long reason", 17, text, sizeof text), 11);
	assert_string_equal(text, "a long ");
	assert_int_equal(parse("\x0b\0\0\0", 4, text, sizeof text), 11);
	assert_string_equal(text, "it does"); /* not say why */
	assert_int_equal(parse("\x0b\0\0", 3, text, 1), 2);
	assert_string_equal(text, "");
	/* how a complete run ends, and what is no exit status, is no way to give up */
	static const char complete[] = { 23, 24, 25, 40 };
	for (size_t i = 0; i < sizeof complete; i++)
		assert_int_equal(parse((const char[]){ complete[i], 0, 0, 0 }, 4, text, sizeof text), 2);
	assert_int_equal(parse("\0\0\0\0x", 5, text, sizeof text), 2);
	assert_int_equal(parse("\x80\0\0\0x", 5, text, sizeof text), 2);
	assert_int_equal(parse("\xff\xff\xff\xffx", 5, text, sizeof text), 2);
	assert_int_equal(parse("\x7f\0\0\0x", 5, text, sizeof text), 127);
}

static void an_abort_goes_behind_what_was_queued(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	char text[600], reason[600];
	struct frame f;
	memset(reason, 'r', sizeof reason);
	reason[sizeof reason - 1] = '\0';
	send_frame(p->a, FRAME_NOTE, 5, "queued", 6);
	link_abort(p->a, 11, reason);
	assert_int_equal(receive(p->b).offset, 5);
	f = receive(p->b);
	assert_int_equal(f.type, FRAME_ABORT);
	assert_int_equal(link_abort_parse(&f, text, sizeof text), 11);
	reason[ERR_TEXT] = '\0';
	assert_string_equal(text, reason);
	assert_int_equal(link_recv(p->b, &f, &err), -ECONNRESET);
	assert_int_equal(link_recv(p->a, &f, &err), -ESHUTDOWN);
}

/* Sends until that fails. */
static int send_on(struct link *l, struct err *err)
{
	static uint8_t data[FRAME_MAX];
	int r = 0;
	while (r == 0)
		r = link_send(l, FRAME_DATA, 0, data, sizeof data, err);
	return r;
}

static void who_only_writes_hears_why_the_peer_takes_nothing_any_more(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f;
	send_frame(p->b, FRAME_LIST, 1, "one", 3);
	send_frame(p->b, FRAME_LIST, 2, "two", 3);
	link_abort(p->b, 20, "stopped by somebody");
	f = receive(p->a); /* what else came is in the link's buffer now */
	hang_up(&p->b, &p->raw_b);
	assert_int_equal(send_on(p->a, &err), -ECONNABORTED);
	assert_string_equal(err.text, "stopped by somebody");
	assert_int_equal(link_abort_status(p->a), 20);
	assert_memory_equal(f.data, "one", 3);
	assert_int_equal(send_on(p->a, &err), -ECONNABORTED);
}

static void without_an_abort_a_broken_pipe_is_just_that(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	send_frame(p->b, FRAME_LIST, 1, "one", 3);
	flush(p->b);
	assert_int_equal(write(p->raw_b, "\3\0\0\0half of a frame", 19), 19);
	hang_up(&p->b, &p->raw_b);
	assert_int_equal(send_on(p->a, &err), -EPIPE);
	assert_int_equal(link_abort_status(p->a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packed_frame_arrives_as_it_was),
		TEST(compression_may_be_turned_off_in_between),
		TEST(a_frame_that_does_not_unpack_is_refused),
		cmocka_unit_test(an_abort_is_taken_apart_within_its_bounds),
		TEST(an_abort_goes_behind_what_was_queued),
		TEST(who_only_writes_hears_why_the_peer_takes_nothing_any_more),
		TEST(without_an_abort_a_broken_pipe_is_just_that),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
