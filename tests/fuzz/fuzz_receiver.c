/* All that a sender may say to a receiver: START, LIST, BUNDLE, FILE, DATA, FILE_END, DONE in any order, into a folder that
 * holds files, a directory and links already. Nothing beside that folder is touched, and the run ends: with an error, or
 * with everything that was announced. */
#include "tests/fuzz/place.h"
#include "tests/fuzz/session.h"

#include "xfer/cli/args.h"
#include "xfer/tree/transfer.h"

static void fill_root(void)
{
	CHECK(mkdir("root/d", 0755) == 0 && mkdir("root/d/e", 0700) == 0);
	place_file("root/a", "old");
	place_file("root/d/a", "old");
	CHECK(symlink("../outside", "root/l") == 0 && symlink("../../outside/file", "root/d/l") == 0);
	CHECK(link("root/a", "root/h") == 0);
}

static struct options options_of(struct reader *in)
{
	struct options o;
	uint32_t bits = reader_u32(in);
	options_init(&o);
	/* no device nodes: run as root, the peer would make real ones */
	bool *const flags[] = {
		&o.recurse,	&o.links,	   &o.perms,	       &o.times,   &o.owner,
		&o.group,	&o.specials,	   &o.hard_links,      &o.acls,	   &o.xattrs,
		&o.sparse,	&o.omit_dir_times, &o.relative,	       &o.update,  &o.checksum,
		&o.size_only,	&o.ignore_times,   &o.existing,	       &o.delete,  &o.dry_run,
		&o.numeric_ids, &o.list_only,	   &o.ignore_existing, &o.itemize, &o.mkpath,
		&o.space_check, &o.fsync,	   &o.delete_excluded,
	};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		*flags[i] = bits >> i & 1;
	o.io = IO_PLAIN;
	return o;
}

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx, (void)suffix;
	CHECK(strlen(change) == 11 && len > 0 && name[0] != '/');
}

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)name, (void)len;
	CHECK(error[0] && errnum >= 0);
}

static void warning(void *ctx, const char *text)
{
	(void)ctx;
	CHECK(text[0]);
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)ctx, (void)mode, (void)size, (void)mtime, (void)name, (void)len, (void)target, (void)target_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tell tell = {
		.item = item, .failure = failure, .warning = warning, .list = list
	};
	static char root[] = "root";
	struct reader in = reader_of(data, size);
	struct err err = { 0 };
	struct session s;
	struct options o = options_of(&in);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	place_enter();
	fill_root();
	session_open(&s, in);
	struct transfer t = {
		.options = &o, .link = s.link, .tell = &tell, .has_user = true, .content_mark = '>'
	};
	int r = transfer_receive(&t, root, &err);
	CHECK(r == 0 || (r < 0 && err.code == r && err.text[0]) || r == -ECONNABORTED);
	session_close(&s);
	place_check();
	place_clear();
	options_fini(&o);
	return 0;
}
