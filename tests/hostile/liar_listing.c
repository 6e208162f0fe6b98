/* liar_listing - a sender that lies about its tree: names, types and the order of records. See liar.h for how it is run. */
#include "tests/hostile/liar_tree.h"

/* Names. */

static void with_name(struct liar *t, const char *name, size_t len)
{
	struct entry e = entry_of("", S_IFIFO | 0644);
	e.name = name;
	e.name_len = len;
	list_dir(t, 0);
	list_put(t, e); /* in no digest: there it has no place */
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

static void name_slash(struct liar *t)
{
	with_name(t, "../outside/planted", 18);
}

static void name_inner_slash(struct liar *t)
{
	with_name(t, "a/b", 3);
}

static void name_dotdot(struct liar *t)
{
	with_name(t, "..", 2);
}

static void name_dot(struct liar *t)
{
	with_name(t, ".", 1);
}

static void name_empty(struct liar *t)
{
	with_name(t, "", 0);
}

static void name_nul(struct liar *t)
{
	with_name(t, "a\0b", 3);
}

static void name_256(struct liar *t)
{
	char name[256];
	memset(name, 'n', sizeof name);
	with_name(t, name, sizeof name);
}

static void name_megabyte(struct liar *t)
{
	static char name[FRAME_MAX - 64];
	memset(name, 'n', sizeof name);
	with_name(t, name, sizeof name);
}

/* As an earlier version lists what interrupted runs of this one have left; with the seqs 1, 2 and 3. */
static void list_left_over(struct liar *t)
{
	list_dir(t, 0);
	list_file(t, ".xfer-0123456789abcdef", 5);
	list_link(t, ".xfer-0123456789abcdef0123456789abcdef01234567", "../outside");
	list_subdir(t, ".xfer-0123456789abcdef0123456789abcdef01234568");
	list_end(t, 0);
	list_dir(t, 3);
	list_file(t, "planted", 5);
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
}

static void name_temporary(struct liar *t)
{
	list_left_over(t);
	send_done(t, t->next);
}

static void name_temporary_sent(struct liar *t)
{
	list_left_over(t);
	send_small(t, 1, "lies!");
	send_done(t, t->next);
}

static void name_twice(struct liar *t)
{
	list_dir(t, 0);
	list_subdir(t, "d");
	list_link(t, "d", "../outside");
	list_subdir(t, "d");
	list_end(t, 0);
	list_dir(t, 1);
	list_file(t, "planted", 0);
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
	send_small(t, 4, "");
	send_done(t, t->next);
}

/* Types. */

static void type_none(struct liar *t)
{
	only_entry(t, entry_of("f", 0644));
}

static void type_unknown(struct liar *t)
{
	only_entry(t, entry_of("f", 0170000 | 0644));
}

static void mode_large(struct liar *t)
{
	only_entry(t, entry_of("f", 0x80000000 | S_IFIFO | 0644));
}

static void target_nul(struct liar *t)
{
	struct entry e = entry_of("l", S_IFLNK | 0777);
	e.target = "a\0b";
	e.target_len = 3;
	only_entry(t, e);
}

static void target_empty(struct liar *t)
{
	only_entry(t, entry_of("l", S_IFLNK | 0777));
}

static void target_long(struct liar *t)
{
	static char target[TARGET_LIMIT + 1];
	struct entry e = entry_of("l", S_IFLNK | 0777);
	memset(target, 't', sizeof target);
	e.target = target;
	e.target_len = sizeof target;
	only_entry(t, e);
}

static void nanoseconds_many(struct liar *t)
{
	struct entry e = entry_of("f", S_IFIFO | 0644);
	e.mtime_ns = 1000000000;
	only_entry(t, e);
}

static void size_negative(struct liar *t)
{
	struct entry e = entry_of("f", S_IFREG | 0644);
	e.size = UINT64_MAX;
	only_entry(t, e);
}

/* Order. */

static void inside_of(struct liar *t, uint64_t seq)
{
	list_end(t, 0);
	list_dir(t, seq);
	list_file(t, "planted", 0);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

static void inside_link(struct liar *t)
{
	list_dir(t, 0);
	inside_of(t, list_link(t, "l", "../outside"));
}

static void inside_file(struct liar *t)
{
	list_dir(t, 0);
	inside_of(t, list_file(t, "f", 0));
}

static void dir_unknown(struct liar *t)
{
	list_dir(t, 0);
	inside_of(t, 77);
}

static void dir_twice(struct liar *t)
{
	list_dir(t, 0);
	inside_of(t, 0);
}

static void dir_within(struct liar *t)
{
	list_dir(t, 0);
	list_dir(t, list_subdir(t, "d"));
	inside_of(t, 0);
}

static void dir_early(struct liar *t)
{
	inside_of(t, 1);
}

static void end_alone(struct liar *t)
{
	list_end(t, 0);
	list_send(t);
}

static void entry_alone(struct liar *t)
{
	list_subdir(t, "d");
	list_send(t);
}

static void root_twice(struct liar *t)
{
	list_dir(t, 0);
	list_root(t, S_IFDIR | 0755, 0);
	list_root(t, S_IFDIR | 0755, 0);
	list_send(t);
}

static void root_late(struct liar *t)
{
	list_dir(t, 0);
	list_subdir(t, "d");
	list_root(t, S_IFDIR | 0755, 0);
	list_send(t);
}

static void root_file(struct liar *t)
{
	list_dir(t, 0);
	list_root(t, S_IFREG | 0755, 0);
	list_send(t);
}

static void record_unknown(struct liar *t)
{
	buf_u8(&t->list, 9);
	list_send(t);
}

static void record_cut(struct liar *t)
{
	list_dir(t, 0);
	list_subdir(t, "directory");
	t->list.len -= 3;
	list_send(t);
}

static void varint_endless(struct liar *t)
{
	buf_u8(&t->list, RECORD_DIR);
	for (int i = 0; i < 20; i++)
		buf_u8(&t->list, 0xff);
	list_send(t);
}

static const struct lie lies[] = {
	{ "name_slash", "2", name_slash, false },
	{ "name_inner_slash", "2", name_inner_slash, false },
	{ "name_dotdot", "2", name_dotdot, false },
	{ "name_dot", "2", name_dot, false },
	{ "name_empty", "2", name_empty, false },
	{ "name_nul", "2", name_nul, false },
	{ "name_256", "2", name_256, false },
	{ "name_megabyte", "2", name_megabyte, false },
	{ "name_temporary", "0", name_temporary, false },
	{ "name_temporary_sent", "2", name_temporary_sent, false },
	{ "name_twice", "2 5 23", name_twice, false },
	{ "type_none", "2", type_none, false },
	{ "type_unknown", "2", type_unknown, false },
	{ "mode_large", "2", mode_large, false },
	{ "target_nul", "2", target_nul, false },
	{ "target_empty", "2", target_empty, false },
	{ "target_long", "2", target_long, false },
	{ "nanoseconds_many", "2", nanoseconds_many, false },
	{ "size_negative", "2", size_negative, false },
	{ "inside_link", "2", inside_link, false },
	{ "inside_file", "2", inside_file, false },
	{ "dir_unknown", "2", dir_unknown, false },
	{ "dir_twice", "2", dir_twice, false },
	{ "dir_within", "2", dir_within, false },
	{ "dir_early", "2", dir_early, false },
	{ "end_alone", "2", end_alone, false },
	{ "entry_alone", "2", entry_alone, false },
	{ "root_twice", "2", root_twice, false },
	{ "root_late", "2", root_late, false },
	{ "root_file", "2", root_file, false },
	{ "record_unknown", "2", record_unknown, false },
	{ "record_cut", "2", record_cut, false },
	{ "varint_endless", "2", varint_endless, false },
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 'r');
}
