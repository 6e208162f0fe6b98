/* Round trips by a seeded generator, and everything that must be refused. */
#include "xfer/tree/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const uint32_t types[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
static char names[NAME_LIMIT + 1], targets[TARGET_LIMIT + 1];
static uint64_t seed;

static uint64_t number(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 20) % below;
}

static uint64_t wide(void)
{
	return (number(1 << 30) << 34 ^ number(1 << 30) << 10 ^ number(1 << 30)) >> number(64);
}

static int set_up(void **state)
{
	(void)state;
	seed = 1;
	for (size_t i = 0; i < sizeof names; i++)
		names[i] = (char)(i % 46 + '0');
	memset(targets, 't', sizeof targets);
	return 0;
}

static struct entry any_entry(const struct entry_state *s, uint64_t seq)
{
	struct entry e = { .seq = seq, .name = names, .name_len = 1 + number(NAME_LIMIT) };
	e.mode = number(3) ? types[number(7)] | (uint32_t)number(010000) : s->mode;
	if (!e.mode)
		e.mode = S_IFREG | 0644;
	e.uid = number(3) ? (uint32_t)wide() : s->uid;
	e.gid = number(3) ? (uint32_t)wide() : s->gid;
	e.mtime = (int64_t)wide() * (number(2) ? 1 : -1);
	e.mtime_ns = (uint32_t)number(1000000000);
	if (S_ISREG(e.mode)) {
		e.size = wide() & INT64_MAX;
		e.sparse = number(2);
		e.alloc = e.sparse ? wide() : 0;
	} else if (S_ISLNK(e.mode)) {
		e.target = targets;
		e.target_len = 1 + number(TARGET_LIMIT);
	} else if (S_ISCHR(e.mode) || S_ISBLK(e.mode)) {
		e.rdev = wide();
	}
	e.linked = !S_ISDIR(e.mode) && number(2);
	e.leader = e.linked ? number(seq + 1) : 0;
	if (number(2)) {
		e.attrs = (const uint8_t *)targets;
		e.attrs_len = 1 + number(500);
	}
	e.have_content = number(2);
	if (e.have_content)
		e.content = hash_of(&e.size, sizeof e.size);
	return e;
}

static void assert_entry(const struct entry *a, const struct entry *b)
{
	assert_int_equal(a->name_len, b->name_len);
	assert_memory_equal(a->name, b->name, a->name_len);
	assert_true(a->seq == b->seq && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid);
	assert_true(a->size == b->size && a->alloc == b->alloc && a->rdev == b->rdev);
	assert_true(a->mtime == b->mtime && a->mtime_ns == b->mtime_ns);
	assert_int_equal(a->target_len, b->target_len);
	if (a->target_len)
		assert_memory_equal(a->target, b->target, a->target_len);
	assert_true(a->sparse == b->sparse && a->linked == b->linked && a->leader == b->leader);
	assert_int_equal(a->attrs_len, b->attrs_len);
	if (a->attrs_len)
		assert_memory_equal(a->attrs, b->attrs, a->attrs_len);
	assert_int_equal(a->have_content, b->have_content);
	assert_memory_equal(a->content.byte, b->content.byte, DIGEST_SIZE);
}

static void every_entry_comes_back_as_it_was(void **state)
{
	(void)state;
	for (int frame = 0; frame < 200; frame++) {
		struct entry sent[50];
		struct entry_state out = { 0 }, in = { 0 };
		struct buf b;
		buf_init(&b, 1 << 24);
		for (uint64_t i = 0; i < 50; i++) {
			sent[i] = any_entry(&out, 1 + i);
			entry_put(&b, &out, &sent[i], RECORD_ENTRY);
		}
		struct reader r = reader_of(b.data, b.len);
		for (uint64_t i = 0; i < 50; i++) {
			struct entry e = { .seq = 1 + i };
			assert_int_equal(reader_u8(&r), RECORD_ENTRY);
			assert_int_equal(entry_get(&r, &in, &e, RECORD_ENTRY), 0);
			assert_entry(&e, &sent[i]);
		}
		assert_true(reader_done(&r));
		buf_fini(&b);
	}
}

/* Sends e and tries to take it. */
static int pass(const struct entry *e, enum record_kind kind)
{
	struct entry_state out = { 0 }, in = { 0 };
	struct entry got = { .seq = e->seq };
	struct buf b;
	buf_init(&b, 1 << 20);
	entry_put(&b, &out, e, kind);
	struct reader r = reader_of(b.data + 1, b.len - 1);
	int code = entry_get(&r, &in, &got, kind);
	buf_fini(&b);
	return code;
}

static struct entry named(const char *name, size_t len)
{
	return (struct entry){ .seq = 9, .mode = S_IFREG | 0644, .name = name, .name_len = len };
}

static void a_name_is_one_component_and_nothing_else(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t len;
		int code;
	} t[] = { { "a", 1, 0 },	  { "...", 3, 0 },
		  { ".a", 2, 0 },	  { "..a", 3, 0 },
		  { "\n\xff", 2, 0 },	  { names, NAME_LIMIT, 0 },
		  { "", 0, -EPROTO },	  { ".", 1, -EPROTO },
		  { "..", 2, -EPROTO },	  { "/", 1, -EPROTO },
		  { "a/b", 3, -EPROTO },  { "a/", 2, -EPROTO },
		  { "../x", 4, -EPROTO }, { "a\0b", 3, -EPROTO },
		  { "\0", 1, -EPROTO },	  { names, NAME_LIMIT + 1, -EPROTO } };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct entry e = named(t[i].name, t[i].len);
		assert_int_equal(pass(&e, RECORD_ENTRY), t[i].code);
	}
}

static void a_root_is_a_directory_without_a_name(void **state)
{
	(void)state;
	struct entry e = { .mode = S_IFDIR | 0755, .name = "", .name_len = 0 };
	assert_int_equal(pass(&e, RECORD_ROOT), 0);
	e.mode = S_IFREG | 0644;
	assert_int_equal(pass(&e, RECORD_ROOT), -EPROTO);
	e.mode = S_IFDIR | 0755;
	e.name = "x", e.name_len = 1;
	assert_int_equal(pass(&e, RECORD_ROOT), -EPROTO);
}

static void a_mode_has_a_known_type_and_no_other_bits(void **state)
{
	(void)state;
	for (uint32_t type = 0; type < 16; type++) {
		bool known = false;
		for (size_t i = 0; i < 7; i++)
			known |= types[i] == type << 12;
		struct entry e = named("a", 1);
		e.mode = type << 12 | 0644;
		e.target = "t", e.target_len = 1;
		assert_int_equal(pass(&e, RECORD_ENTRY), known ? 0 : -EPROTO);
		e.mode |= 1 << 16;
		assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	}
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	struct entry e = named("a", 1);
	e.mtime_ns = 999999999;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.mtime_ns++;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	e.mtime_ns = 0;
	e.size = INT64_MAX;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.size++;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
}

static void a_target_is_text_of_a_legal_length(void **state)
{
	(void)state;
	struct entry e = named("a", 1);
	e.mode = S_IFLNK | 0777;
	e.target = targets;
	e.target_len = TARGET_LIMIT;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.target_len++;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	e.target_len = 0;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	e.target = "a\0b", e.target_len = 3;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
}

static void attributes_have_a_limit(void **state)
{
	(void)state;
	struct entry e = named("a", 1);
	uint8_t *blob = calloc(1, ATTRS_LIMIT + 1);
	e.attrs = blob;
	e.attrs_len = ATTRS_LIMIT;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.attrs_len++;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	free(blob);
}

static void a_leader_came_before_and_directories_have_none(void **state)
{
	(void)state;
	struct entry e = named("a", 1);
	e.linked = true;
	e.leader = 8;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.leader = 9;
	assert_int_equal(pass(&e, RECORD_ENTRY), 0);
	e.leader = 10;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
	e.leader = 8;
	e.mode = S_IFDIR | 0755;
	assert_int_equal(pass(&e, RECORD_ENTRY), -EPROTO);
}

/* An ENTRY by hand: flags as given, and whatever could follow them. */
static int by_hand(uint64_t flags, uint64_t mode, uint64_t uid)
{
	struct entry_state s = { 0 };
	struct entry e = { .seq = 9 };
	struct buf b;
	buf_init(&b, 1000);
	buf_varint(&b, flags);
	buf_string(&b, "a", 1);
	buf_varint(&b, mode);
	buf_varint(&b, uid);
	for (int i = 0; i < 40; i++)
		buf_u8(&b, 0);
	struct reader r = reader_of(b.data, b.len);
	int code = entry_get(&r, &s, &e, RECORD_ENTRY);
	buf_fini(&b);
	return code;
}

static void unknown_flags_and_wide_numbers_are_refused(void **state)
{
	(void)state;
	assert_int_equal(by_hand(0, 0100644, 0), 0);
	assert_int_equal(by_hand(64, 0100644, 0), 0);
	assert_int_equal(by_hand(128, 0100644, 0), 0);
	assert_int_equal(by_hand(128 | 256 | 512, 0100644, 0), 0);
	assert_int_equal(by_hand(256, 0100644, 0), -EPROTO); /* by its name, and no message */
	assert_int_equal(by_hand(128, 0040755, 0), -EPROTO);
	assert_int_equal(by_hand(512, 0040755, 0), -EPROTO);
	assert_int_equal(by_hand(1024, 0100644, 0), -EPROTO);
	assert_int_equal(by_hand(UINT64_C(1) << 40, 0100644, 0), -EPROTO);
	assert_int_equal(by_hand(8, 0100644, 0), 0);
	assert_int_equal(by_hand(8 | 16, 0100644, 0), -EPROTO); /* leader and follower */
	assert_int_equal(by_hand(0, UINT64_C(0x100000000) | 0100644, 0), -EPROTO);
	assert_int_equal(by_hand(0, 0100644, UINT64_C(0x100000000)), -EPROTO);
	assert_int_equal(by_hand(1, 0, 0), -EPROTO); /* "as before" in the first one: no type */
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		struct entry_state out = { 0 };
		struct entry e = any_entry(&out, 5);
		struct buf b;
		buf_init(&b, 1 << 20);
		entry_put(&b, &out, &e, RECORD_ENTRY);
		for (size_t cut = 1; cut<b.len; cut += b.len> 300 ? 13 : 1) {
			uint8_t *exact = malloc(cut);
			struct entry_state in = { 0 };
			struct entry got = { .seq = 5 };
			memcpy(exact, b.data, cut);
			struct reader r = reader_of(exact + 1, cut - 1);
			assert_int_equal(entry_get(&r, &in, &got, RECORD_ENTRY), -EPROTO);
			free(exact);
		}
		buf_fini(&b);
	}
}

static void a_path_hash_depends_on_directory_and_name(void **state)
{
	(void)state;
	struct digest root = { { 0 } }, a = path_hash(&root, "a", 1), b = path_hash(&root, "b", 1);
	struct digest ab = path_hash(&a, "b", 1), ba = path_hash(&b, "a", 1), again = path_hash(&a, "bx", 1);
	assert_false(digest_equal(&a, &b));
	assert_false(digest_equal(&ab, &ba));
	assert_false(digest_equal(&ab, &b));
	assert_true(digest_equal(&ab, &again));
	path_hash(&root, names, NAME_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_comes_back_as_it_was),
		cmocka_unit_test(a_name_is_one_component_and_nothing_else),
		cmocka_unit_test(a_root_is_a_directory_without_a_name),
		cmocka_unit_test(a_mode_has_a_known_type_and_no_other_bits),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(a_target_is_text_of_a_legal_length),
		cmocka_unit_test(attributes_have_a_limit),
		cmocka_unit_test(a_leader_came_before_and_directories_have_none),
		cmocka_unit_test(unknown_flags_and_wide_numbers_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_path_hash_depends_on_directory_and_name),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
