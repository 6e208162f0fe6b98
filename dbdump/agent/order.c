#include "dbdump/agent/order.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dbdump/archive/text.h"
#include "xfer/base/clock.h"
#include "xfer/base/deadline.h"

enum { ORDER_VERSION = 2, JOBS_MOST = 1024 };

void order_fini(struct order *o)
{
	free(o->uri);
	strings_fini(&o->databases);
	strings_fini(&o->options.only_tables);
	strings_fini(&o->options.exclude_tables);
	strings_fini(&o->options.renames);
	free(o->options.definer);
	free(o->options.deadline);
	free(o->options.pg_dump);
	free(o->options.toast);
	*o = (struct order){ 0 };
}

static int put_deadline(struct buf *out, const char *deadline, struct err *err)
{
	char left[32];
	uint64_t ns;
	struct timespec now;
	if (!deadline) {
		put_text(out, NULL);
		return 0;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	if (deadline_parse(&ns, deadline, now) < 0)
		return err_say(err, -EINVAL, "--deadline: %s is neither +SECONDS nor a time of RFC 3339",
			       deadline);
	snprintf(left, sizeof left, "+%llu", (unsigned long long)(ns / CLOCK_SECOND));
	put_text(out, left);
	return 0;
}

static unsigned flags_of(const struct options *o)
{
	return o->schema_only | o->data_only << 1 | o->drop_existing << 2 | o->users << 3 |
	       o->no_analyze << 4 | o->allow_outside << 5;
}

int order_pack(struct buf *out, const struct order *o, struct err *err)
{
	const struct options *from = &o->options;
	buf_u32(out, ORDER_VERSION);
	buf_u8(out, (uint8_t)o->role);
	put_text(out, o->uri);
	put_texts(out, &o->databases);
	buf_varint(out, from->jobs);
	buf_u8(out, (uint8_t)flags_of(from));
	buf_u8(out, (uint8_t)from->verify);
	buf_u8(out, (uint8_t)from->damaged);
	buf_u8(out, (uint8_t)from->mode);
	put_texts(out, &from->only_tables);
	put_texts(out, &from->exclude_tables);
	put_texts(out, &from->renames);
	put_text(out, from->definer);
	buf_varint(out, from->lock_wait_s);
	buf_varint(out, from->bwlimit);
	buf_varint(out, from->max_load);
	put_text(out, from->pg_dump);
	put_text(out, from->toast);
	int rc = put_deadline(out, from->deadline, err);
	return rc == 0 && out->failed ? err_set(err, -ENOMEM, "the order") : rc;
}

static unsigned get_number(struct reader *in, uint64_t least, uint64_t most)
{
	uint64_t n = reader_varint(in);
	in->failed = in->failed || n < least || n > most;
	return (unsigned)n;
}

static unsigned get_word(struct reader *in, unsigned most)
{
	unsigned n = reader_u8(in);
	in->failed = in->failed || n > most;
	return n;
}

static void get_options(struct options *o, struct reader *in)
{
	o->json_fd = -1;
	o->jobs = get_number(in, 1, JOBS_MOST);
	unsigned flags = reader_u8(in);
	o->schema_only = flags & 1;
	o->data_only = flags >> 1 & 1;
	o->drop_existing = flags >> 2 & 1;
	o->users = flags >> 3 & 1;
	o->no_analyze = flags >> 4 & 1;
	o->allow_outside = flags >> 5 & 1;
	o->verify = (enum verify_mode)get_word(in, VERIFY_NONE);
	o->damaged = (enum damaged_mode)get_word(in, DAMAGED_SKIP);
	o->mode = (enum copy_mode)get_word(in, MODE_TABLESPACE);
	get_texts(in, &o->only_tables);
	get_texts(in, &o->exclude_tables);
	get_texts(in, &o->renames);
	o->definer = get_text(in);
	o->lock_wait_s = get_number(in, 0, UINT_MAX);
	o->bwlimit = reader_varint(in);
	o->max_load = get_number(in, 0, UINT_MAX);
	o->pg_dump = get_text(in);
	o->toast = get_text(in);
	o->deadline = get_text(in);
	in->failed = in->failed || o->renames.count % 2;
}

int order_unpack(struct order *out, const uint8_t *data, size_t len, struct err *err)
{
	struct reader in = reader_of(data, len);
	*out = (struct order){ 0 };
	uint32_t version = reader_u32(&in);
	if (!in.failed && version != ORDER_VERSION)
		return err_say(err, -EPROTONOSUPPORT,
			       "it is told in version %u of what dbdump's agents understand, and knows %d",
			       version, ORDER_VERSION);
	out->role = (enum order_role)get_word(&in, ORDER_LOAD);
	out->uri = get_text(&in);
	get_texts(&in, &out->databases);
	get_options(&out->options, &in);
	if (!reader_done(&in) || !out->uri) {
		order_fini(out);
		return err_say(err, -EBADMSG, "what it is told to do does not parse");
	}
	return 0;
}
