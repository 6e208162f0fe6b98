/* liar_uninvited - a sender that lies about owners, attributes and hard links, sends what nobody asked for, and more of
 * everything than there is. See liar.h for how it is run. */
#include "tests/hostile/liar_tree.h"

/* Owners. */

static void list_owner(struct liar *t, int kind, uint64_t id, const char *name, size_t len)
{
	buf_u8(&t->list, RECORD_OWNER);
	buf_u8(&t->list, (uint8_t)kind);
	buf_varint(&t->list, id);
	buf_string(&t->list, name, len);
}

static void owner_kind(struct liar *t)
{
	list_owner(t, 2, 1, "x", 1);
	list_send(t);
}

static void owner_large(struct liar *t)
{
	list_owner(t, ID_USER, (uint64_t)1 << 32, "x", 1);
	list_send(t);
}

static void owner_long(struct liar *t)
{
	char name[257];
	memset(name, 'n', sizeof name);
	list_owner(t, ID_GROUP, 1, name, sizeof name);
	list_send(t);
}

static void owner_nul(struct liar *t)
{
	list_owner(t, ID_USER, 1, "ro\0ot", 5);
	list_send(t);
}

static void owners_endless(struct liar *t)
{
	for (uint64_t id = 1; id < 10000000; id++) {
		list_owner(t, ID_USER, id, "", 0);
		if (t->list.len > FRAME_MAX - 64) {
			list_send(t);
			record_peak();
		}
	}
}

/* Attributes. */

static void with_attrs(struct liar *t, const char *const pairs[], size_t count)
{
	struct buf b;
	struct entry e = entry_of("f", S_IFIFO | 0644);
	buf_init(&b, ATTRS_LIMIT);
	for (size_t i = 0; i < count; i++)
		buf_string(&b, pairs[i], strlen(pairs[i]));
	e.attrs = b.data;
	e.attrs_len = b.len;
	only_entry(t, e);
	buf_fini(&b);
}

static void attrs_odd(struct liar *t)
{
	with_attrs(t, (const char *[]){ "user.lonely" }, 1);
}

static void attrs_namespace(struct liar *t)
{
	with_attrs(t, (const char *[]){ "system.evil", "x" }, 2);
}

static void attrs_unsorted(struct liar *t)
{
	with_attrs(t, (const char *[]){ "user.b", "x", "user.a", "x" }, 4);
}

static void attrs_acl(struct liar *t)
{
	with_attrs(t, (const char *[]){ "system.posix_acl_access", "\2\2\2\2garbage!" }, 2);
}

static void attrs_large(struct liar *t)
{
	static uint8_t blob[ATTRS_LIMIT + 1];
	struct entry e = entry_of("f", S_IFIFO | 0644);
	e.attrs = blob;
	e.attrs_len = sizeof blob;
	only_entry(t, e);
}

/* Hard links. */

static void with_leader(struct liar *t, uint64_t leader)
{
	list_dir(t, 0);
	list_subdir(t, "d");
	struct entry e = entry_of("f", S_IFREG | 0644);
	e.linked = true;
	e.leader = leader;
	list_put(t, e);
	list_end(t, 0);
	list_dir(t, 1);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

static void leader_unknown(struct liar *t)
{
	with_leader(t, 0);
}

static void leader_directory(struct liar *t)
{
	with_leader(t, 1);
}

static void leader_later(struct liar *t)
{
	with_leader(t, 3);
}

/* What nobody asked for. */

static void uninvited(struct liar *t)
{
	static const uint8_t attrs[] = "\013user.planted\001x";
	struct entry e;
	list_dir(t, 0);
	list_root(t, S_IFDIR | 07777, 12345);
	list_link(t, "link", "../outside");
	e = entry_of("device", S_IFCHR | 0666);
	e.rdev = 0x103;
	list_put(t, e);
	list_put(t, entry_of("fifo", S_IFIFO | 0666));
	list_put(t, entry_of("socket", S_IFSOCK | 0666));
	e = entry_of("setuid", S_IFREG | 06777);
	e.uid = e.gid = 12345;
	e.linked = true;
	e.leader = t->next;
	e.attrs = attrs;
	e.attrs_len = sizeof attrs - 1;
	uint64_t seq = list_put(t, e);
	e.leader = seq;
	e.name = "second";
	list_put(t, e);
	list_subdir(t, "directory");
	list_end(t, 0);
	list_dir(t, seq + 2);
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
	send_small(t, seq, "");
	send_small(t, seq + 1, "");
	send_done(t, t->next);
}

/* One thing of each type, each alone. */
static void lone_link(struct liar *t)
{
	struct entry e = entry_of("link", S_IFLNK | 0777);
	e.target = "../outside";
	e.target_len = 10;
	only_entry(t, e);
}

static void lone_device(struct liar *t)
{
	struct entry e = entry_of("device", S_IFCHR | 0666);
	e.rdev = 0x103;
	only_entry(t, e);
}

static void lone_fifo(struct liar *t)
{
	only_entry(t, entry_of("fifo", S_IFIFO | 0666));
}

static void lone_directory(struct liar *t)
{
	list_dir(t, 0);
	list_counted(t, entry_of("directory", S_IFDIR | 0755));
	list_end(t, 0);
	list_dir(t, 1);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

static void lone_root(struct liar *t)
{
	list_dir(t, 0);
	list_root(t, S_IFDIR | 07777, 12345);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

/* A complete listing of nothing where a chosen name was asked for: everything would be deleted. */
static void all_gone(struct liar *t)
{
	list_dir(t, 0);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}

/* More than there is. */

static void list_many(struct liar *t, struct entry e, long count)
{
	char name[16];
	list_dir(t, 0);
	for (long i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%ld", i);
		e.name = name;
		e.name_len = strlen(name);
		list_put(t, e);
		if (t->list.len + e.attrs_len > FRAME_MAX - 512) {
			list_send(t);
			record_peak();
		}
	}
}

/* More than could stay in memory; none of them is listed, but the same directory once more. */
static void dirs_endless(struct liar *t)
{
	list_many(t, entry_of("", S_IFDIR | 0755), 1100000);
	list_dir(t, 0);
	list_send(t);
}

static void files_endless(struct liar *t)
{
	list_many(t, entry_of("", S_IFREG | 0644), 10000000);
}

static void attrs_endless(struct liar *t)
{
	static uint8_t blob[200 * 1024];
	struct entry e = entry_of("", S_IFDIR | 0755);
	e.attrs = blob;
	e.attrs_len = sizeof blob;
	list_many(t, e, 3000); /* 600 MB of them, and then the end of the stream */
}

static void depth_endless(struct liar *t)
{
	for (uint64_t seq = 0; seq < 10000000; seq++) {
		list_dir(t, seq);
		list_subdir(t, "d");
		list_end(t, 0);
		if (t->list.len > FRAME_MAX - 64) {
			list_send(t);
			record_peak();
		}
	}
}

static const struct lie lies[] = {
	{ "owner_kind", "2", owner_kind, false },
	{ "owner_large", "2", owner_large, false },
	{ "owner_long", "2", owner_long, false },
	{ "owner_nul", "2", owner_nul, false },
	{ "attrs_odd", "23", attrs_odd, false },
	{ "attrs_namespace", "23", attrs_namespace, false },
	{ "attrs_unsorted", "23", attrs_unsorted, false },
	{ "attrs_acl", "23", attrs_acl, false },
	{ "attrs_large", "2", attrs_large, false },
	{ "leader_unknown", "23", leader_unknown, false },
	{ "leader_directory", "23", leader_directory, false },
	{ "leader_later", "2", leader_later, false },
	{ "ask_uninvited", "2", uninvited, false },
	{ "ask_link", "2", lone_link, false },
	{ "ask_device", "2", lone_device, false },
	{ "ask_fifo", "2", lone_fifo, false },
	{ "ask_directory", "2", lone_directory, false },
	{ "ask_root", "2", lone_root, false },
	{ "ask_all_gone", "2", all_gone, false },
	{ "many_owners", "2", owners_endless, false },
	{ "many_dirs", "2", dirs_endless, false },
	{ "many_files", "2", files_endless, false },
	{ "many_attrs", "2", attrs_endless, false },
	{ "many_depths", "2", depth_endless, false },
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 'r');
}
