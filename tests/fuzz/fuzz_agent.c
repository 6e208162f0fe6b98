/* What one side of an agent's link is told by the other, which may be anybody: it ends in an error that has a text, or is taken and can
 * be told to people and programs.
 *
 *   input = u8 what, and then, as what % 4 says,
 *   0  messages of tell.h, each a varint length and its bytes
 *   1  an order: what is understood packs to what is understood as the same
 *   2  a greeting: packs to the same
 *   3  frames as session.h has them, over the link of a lasting stream: what is taken of it is its DATA, in order */
#include "tests/fuzz/session.h"

#include "dbdump/agent/greeting.h"
#include "dbdump/agent/lasting.h"
#include "dbdump/agent/order.h"
#include "dbdump/agent/tell.h"
#include "tests/fuzz/telling.h"

enum { WINDOW = 4096, STREAM_MOST = 1 << 20 };

/* Messages. */

static void on_progress(void *ctx, const struct progress *p)
{
	(void)ctx;
	CHECK(strlen(p->phase) < 64 && p->done_bytes <= p->total_bytes && p->done_items <= p->total_items);
}

static void on_warning(void *ctx, const char *text)
{
	CHECK(strlen(text) <= *(size_t *)ctx);
}

static void on_failure(void *ctx, const struct failure *f)
{
	CHECK(f->kind && strlen(f->name) <= *(size_t *)ctx && strlen(f->text) <= *(size_t *)ctx);
	CHECK(f->code <= 0 && f->code > -4096);
}

static void on_connected(void *ctx, bool source, const struct server_info *info, const struct snapshot *s)
{
	(void)ctx, (void)source;
	CHECK(memchr(info->version, '\0', sizeof info->version));
	CHECK(!s || (memchr(s->how, '\0', sizeof s->how) && memchr(s->position, '\0', sizeof s->position)));
}

static void messages(struct reader *in, size_t size)
{
	const struct observer observer = { on_progress, on_warning, on_failure, on_connected, .ctx = &size };
	struct report report = { 0 };
	struct strings words = { 0 };
	struct hearing h = { .observer = &observer, .report = &report, .words = &words };
	int r = 0;
	while (r == 0 && in->at < in->end) {
		struct err err = { 0 };
		size_t len;
		const uint8_t *message = fuzz_part(in, &len);
		r = hearing_take(&h, message, len, &err);
		if (r < 0)
			telling_failed(r, &err);
	}
	CHECK(words.count <= 256 && report.table_count <= size && report.failure_count <= size);
	telling_print(&report);
	report_fini(&report);
	strings_fini(&words);
}

/* An order, a greeting. */

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void order(struct reader *in)
{
	struct order o, again;
	struct err err = { 0 };
	struct buf b;
	int r = order_unpack(&o, in->at, fuzz_left(in), &err);
	if (r < 0) {
		telling_failed(r, &err);
		return;
	}
	CHECK(o.uri && o.options.jobs >= 1 && o.options.renames.count % 2 == 0);
	buf_init(&b, STREAM_MOST);
	r = order_pack(&b, &o, &err);
	if (r < 0) {
		CHECK(o.options.deadline);
		telling_failed(r, &err);
	} else {
		CHECK(order_unpack(&again, b.data, b.len, &err) == 0);
		CHECK(same_text(o.uri, again.uri) && same_text(o.options.definer, again.options.definer));
		CHECK(o.role == again.role && o.databases.count == again.databases.count);
		CHECK(o.options.jobs == again.options.jobs && o.options.bwlimit == again.options.bwlimit);
		order_fini(&again);
	}
	order_fini(&o);
	buf_fini(&b);
}

static void greeting(const struct reader *in)
{
	struct greeting g;
	struct err err = { 0 };
	uint8_t bytes[GREETING_SIZE];
	AUTO(buf_fini) struct buf b;
	struct frame f = { .type = FRAME_HELLO, .data = in->at, .len = (uint32_t)fuzz_left(in) };
	uint8_t head[FRAME_HEAD];
	buf_init(&b, STREAM_MOST);
	frame_pack(head, &f);
	buf_bytes(&b, head, sizeof head);
	buf_bytes(&b, f.data, f.len);
	int r = greeting_parse(&g, b.data, b.len, &err);
	if (r < 0) {
		telling_failed(r, &err);
		return;
	}
	greeting_pack(bytes, &g);
	CHECK(b.len == sizeof bytes);
	/* (what is no 0 is a 1) */
	struct greeting again;
	CHECK(greeting_parse(&again, bytes, sizeof bytes, &err) == 0 && again.again == g.again &&
	      again.received == g.received && again.silence_s == g.silence_s);
	CHECK(!memcmp(again.secret, g.secret, sizeof g.secret));
}

/* A link. */

/* What has come is taken, and is what was sent. */
static void take(struct lasting *s, const struct buf *sent, uint64_t *taken)
{
	const uint8_t *from;
	for (size_t n; (n = lasting_come(s, &from)) > 0; lasting_take(s, n)) {
		CHECK(*taken + n <= sent->len && !memcmp(from, sent->data + *taken, n));
		*taken += n;
	}
	CHECK(!lasting_is_over(s) || lasting_knows_end(s));
}

static void answer(struct lasting *s)
{
	const uint8_t *from;
	uint8_t *to;
	size_t room = lasting_room(s, &to);
	CHECK(room <= WINDOW);
	memset(to, 'o', room < 100 ? room : 100);
	lasting_put(s, room < 100 ? room : 100);
	for (size_t n; (n = lasting_next(s, &from)) > 0;)
		lasting_written(s, n);
}

static void lasting(struct reader *in)
{
	struct lasting *s;
	struct frame f;
	struct err err = { 0 };
	struct buf sent, bytes;
	uint64_t taken = 0;
	uint8_t how;
	int r = 0;
	buf_init(&sent, STREAM_MOST);
	CHECK(lasting_new(&s, WINDOW, &err) == 0 && lasting_join(s, 0, NULL, 0, &err) == 0);
	while (r == 0 && session_frame(&f, &how, in)) {
		buf_init(&bytes, SESSION_MAX);
		session_put(&bytes, &f, how, session_zstd());
		/* (a packed one is of another type: nobody unpacks here) */
		if (f.type == FRAME_DATA && f.offset == sent.len)
			buf_bytes(&sent, f.data, f.len);
		for (size_t at = 0, n; r == 0 && at < bytes.len; at += n) {
			uint8_t *to;
			n = lasting_ear(s, &to);
			CHECK(n > 0);
			n = n < bytes.len - at ? n : bytes.len - at;
			memcpy(to, bytes.data + at, n);
			r = lasting_heard(s, n, &err);
			take(s, &sent, &taken);
		}
		buf_fini(&bytes);
		answer(s);
	}
	if (r < 0)
		telling_failed(r, &err);
	buf_fini(&sent);
	lasting_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	uint8_t what = reader_u8(&in);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	switch (what % 4) {
	case 0:
		messages(&in, size);
		break;
	case 1:
		order(&in);
		break;
	case 2:
		greeting(&in);
		break;
	default:
		lasting(&in);
	}
	return 0;
}
