/* record_agent.c - makes the seeds of fuzz_agent.c and fuzz_carry.c: what dbdump says of a copy that had a bit of everything.
 *
 *   record_agent CORPUS     writes into its folders agent and carry */
#include <errno.h>
#include <stdio.h>

#include "dbdump/agent/greeting.h"
#include "dbdump/agent/order.h"
#include "dbdump/agent/tell.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reported.h"
#include "xfer/wire/frame.h"

enum { TELLS, ORDER, GREETING, LINK, SEED_MOST = 1 << 16 };

static const char *corpus;

static void begin(struct buf *b, unsigned what)
{
	buf_init(b, SEED_MOST);
	buf_u8(b, (uint8_t)what);
}

static void end(struct buf *b, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", corpus, name);
	FILE *f = fopen(path, "w");
	CHECK(f && !b->failed && fwrite(b->data, 1, b->len, f) == b->len && fclose(f) == 0);
	buf_fini(b);
}

/* As session.h has a frame. */
static void put_frame(struct buf *b, enum frame_type type, uint64_t offset, const void *data, size_t len)
{
	buf_u8(b, (uint8_t)(type - 1));
	buf_u8(b, 0);
	buf_varint(b, offset);
	buf_string(b, data, len);
}

static int as_message(void *ctx, const void *message, size_t len)
{
	buf_string(ctx, message, len);
	return 0;
}

static int as_frame(void *ctx, const void *message, size_t len)
{
	put_frame(ctx, FRAME_NOTE, 0, message, len);
	return 0;
}

static void tell_all(struct buf *b, tell_send *send, const struct report *r)
{
	static const struct progress progress = { .phase = "copy", .done_bytes = 7, .total_bytes = 9 };
	struct server_info info = { .version = "MariaDB 11.4", .disk_bytes = 5 };
	struct teller t;
	teller_init(&t, send, b);
	tell_progress(&t, &progress);
	tell_warning(&t, "careful");
	tell_failure(&t, &r->failures[0]);
	tell_connected(&t, true, &info, &r->moments[0].snapshot);
	tell_connected(&t, false, &info, NULL);
	CHECK(tell_report(&t, r) == 0);
	teller_fini(&t);
}

static void put_order(struct buf *b)
{
	struct order o = { .role = ORDER_LOAD,
			   .uri = (char *)(uintptr_t) "mysql://u@h/shop",
			   .options = { .jobs = 4,
					.definer = (char *)(uintptr_t) "current",
					.deadline = (char *)(uintptr_t) "+60" } };
	struct err err;
	strings_add(&o.databases, "shop", 4);
	strings_add(&o.options.renames, "a", 1);
	strings_add(&o.options.renames, "b", 1);
	strings_add(&o.options.only_tables, "t*", 2);
	CHECK(order_pack(b, &o, &err) == 0);
	strings_fini(&o.databases);
	strings_fini(&o.options.renames);
	strings_fini(&o.options.only_tables);
}

static void put_link(struct buf *b)
{
	put_frame(b, FRAME_WANT, 0, NULL, 0);
	put_frame(b, FRAME_DATA, 0, "some bytes", 10);
	put_frame(b, FRAME_PING, 0, NULL, 0);
	put_frame(b, FRAME_DATA, 10, "more", 4);
	put_frame(b, FRAME_WANT, 100, NULL, 0);
	put_frame(b, FRAME_DONE, 14, NULL, 0);
}

int main(int argc, char **argv)
{
	struct report report = { 0 };
	struct buf b, from;
	corpus = argv[argc - 1];
	CHECK(argc == 2);
	reported_fill(&report);

	begin(&b, TELLS);
	tell_all(&b, as_message, &report);
	end(&b, "agent/seed-told");
	begin(&b, ORDER);
	put_order(&b);
	end(&b, "agent/seed-order");

	uint8_t greeting[GREETING_SIZE];
	greeting_pack(greeting, &(struct greeting){ .wait_s = 60, .silence_s = 30 });
	begin(&b, GREETING);
	buf_bytes(&b, greeting + FRAME_HEAD, sizeof greeting - FRAME_HEAD);
	end(&b, "agent/seed-greeting");
	begin(&b, LINK);
	put_link(&b);
	end(&b, "agent/seed-link");

	buf_init(&from, SEED_MOST);
	put_frame(&from, FRAME_DATA, 0, "an archive", 10);
	tell_all(&from, as_frame, &report);
	put_frame(&from, FRAME_DONE, 0, NULL, 0);
	buf_init(&b, SEED_MOST);
	buf_string(&b, from.data, from.len);
	put_frame(&b, FRAME_READY, 0, NULL, 0);
	tell_all(&b, as_frame, &report);
	put_frame(&b, FRAME_FINAL, 0, NULL, 0);
	end(&b, "carry/seed-copy");
	buf_fini(&from);
	report_fini(&report);
	return 0;
}
