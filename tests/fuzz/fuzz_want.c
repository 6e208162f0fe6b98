/* A receiver's WANTs: only what was listed, has content and is not decided yet can be wanted, and each entry is settled
 * once, so that the sender comes to its end. Entries are listed and wants answered in between, as the input says.
 *
 *   input = *( 'a' to 'z': so many regular files | 'A' to 'Z': other things | '.' a want is answered |
 *              else: varint offset beyond what is decided, varint length, WANT payload ) */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "xfer/tree/options.h"
#include "xfer/tree/sender_impl.h"

static void announce(struct sender *s, struct dir *at, unsigned count, mode_t mode)
{
	static const struct digest root;
	while (count-- && pending_room(s)) {
		struct entry e = {
			.seq = s->newest ? s->newest : 1, .name = "n", .name_len = 1, .mode = mode, .size = 5
		};
		e.attrs = (const uint8_t *)"attrs";
		e.attrs_len = S_ISREG(mode) ? 5 : 0;
		CHECK(pending_add(s, &e, at, &root, false) == 0);
	}
}

static void answer(struct sender *s)
{
	if (!s->want_count)
		return;
	struct pending *p = pending_at(s, s->want[s->want_first]);
	CHECK(p->used && p->wanted && p->at);
	want_pop(s);
	pending_drop(s, p);
}

static int decide(struct sender *s, struct reader *in)
{
	struct err err = { 0 };
	struct frame f = { .type = FRAME_WANT };
	size_t len;
	f.offset = s->decided + reader_varint(in);
	f.data = fuzz_part(in, &len);
	f.len = (uint32_t)len;
	if (in->failed)
		return -EPROTO;
	int r = pending_decide(s, &f, &err);
	CHECK(r == 0 || (r == -EPROTO && err.code == r && err.text[0]));
	CHECK(r < 0 || s->decided == f.offset);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = { .recurse = true };
	struct sender_job job = { .options = &o };
	struct sender s = { .job = &job };
	struct reader in = reader_of(data, size);
	struct dirs *pool = dirs_new(0);
	struct dir *root = dir_root(pool, open("/", O_PATH | O_CLOEXEC), "/");
	CHECK(root && pending_init(&s) == 0);
	int r = 0;
	while (r == 0 && in.at < in.end) {
		uint8_t op = reader_u8(&in);
		if (op >= 'a' && op <= 'z')
			announce(&s, root, op - 'a' + 1U, S_IFREG | 0644);
		else if (op >= 'A' && op <= 'Z')
			announce(&s, root, op - 'A' + 1U, S_IFDIR | 0755);
		else if (op == '.')
			answer(&s);
		else
			r = decide(&s, &in);
		CHECK(s.oldest <= s.decided && s.decided <= s.newest && s.want_count <= s.newest - s.oldest);
	}
	while (s.want_count)
		answer(&s);
	/* what is decided is gone, all of it, and what it held */
	CHECK(s.oldest == s.decided || r < 0);
	CHECK(s.oldest != s.newest || s.attrs_bytes == 0);
	pending_fini(&s);
	dir_unref(root);
	dirs_free(pool);
	return 0;
}
