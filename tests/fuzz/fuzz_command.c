/* A command line, with the files that it names: refused with a sentence, or taken; then the names of --files-from stay below
 * the source, and the other side takes the options as they are meant. The command of -e is cut into words.
 *
 *   input = u8 which command, varint length, the file "names", arguments each ended by NUL */
#include "tests/fuzz/place.h"

#include <errno.h>

#include "xfer/cli/args.h"
#include "xfer/front/remote.h"
#include "xfer/base/strings.h"

enum { WORDS = 64 };

static void is_below(const char *name)
{
	CHECK(*name && *name != '/');
	for (const char *at = name; *at; at += strcspn(at, "/"), at += *at == '/') {
		size_t n = strcspn(at, "/");
		CHECK(n && !(n == 2 && !memcmp(at, "..", 2)));
		CHECK(!(n == 1 && *at == '.') || !strcmp(name, "./"));
	}
}

static void pack(struct buf *out, const struct options *o)
{
	buf_init(out, ARGS_PACK_MAX);
	CHECK(args_pack(out, o) == 0);
}

/* What the other side makes of them packs to the same. */
static void other_side_takes(const struct options *o)
{
	AUTO(buf_fini) struct buf ours, theirs;
	struct options there;
	struct err err = { 0 };
	options_init(&there);
	pack(&ours, o);
	CHECK(args_unpack(&there, ours.data, ours.len, &err) == 0);
	pack(&theirs, &there);
	CHECK(ours.len == theirs.len && !memcmp(ours.data, theirs.data, ours.len));
	options_fini(&there);
}

/* Words in which nothing is special are the words. */
static void cut(const char *command)
{
	AUTO(strings_fini) struct strings words = { 0 };
	struct err err = { 0 };
	int r = remote_split(&words, command, &err);
	CHECK(r == 0 || (r == -EINVAL && err.code == r));
	size_t len = 0;
	for (size_t i = 0; i < words.count; i++)
		len += strlen(words.at[i]);
	CHECK(len <= strlen(command));
	CHECK(strpbrk(command, "'\"\\") || (r == 0 && len + strcspn(command, "") >= len));
}

static void taken(const struct options *o, const struct strings *operands, int argc)
{
	CHECK(operands->count <= (size_t)argc);
	CHECK(o->have_files_from || !o->files_from.count);
	for (size_t i = 0; i < o->files_from.count; i++)
		is_below(o->files_from.at[i]);
	CHECK(!o->delete || o->recurse || o->have_files_from);
	other_side_takes(o);
	if (o->rsh)
		cut(o->rsh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum args_command commands[] = { ARGS_SYNC, ARGS_SYNC, ARGS_VERIFY, ARGS_PIPE };
	struct reader in = reader_of(data, size);
	enum args_command command = commands[reader_u8(&in) % 4];
	struct options o;
	struct strings operands = { 0 };
	struct err err = { 0 };
	char *argv[WORDS];
	int argc = 0;
	size_t len;
	const uint8_t *names = fuzz_part(&in, &len);
	if (in.failed)
		return 0;
	place_enter();
	CHECK(chdir("root") == 0);
	int fd = open("names", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, names, len) == (ssize_t)len);
	close(fd);
	while (in.at < in.end && argc < WORDS) {
		argv[argc] = fuzz_text(in.at, fuzz_left(&in));
		in.at += strlen(argv[argc]);
		in.at += in.at < in.end;
		argc++;
	}
	options_init(&o);
	int r = args_parse(&o, &operands, argc, argv, command, &err);
	CHECK(r >= 0 ? r <= ARGS_VERSION : err.code == r && err.text[0]);
	if (r == 0)
		taken(&o, &operands, argc);
	options_fini(&o);
	strings_fini(&operands);
	while (argc)
		free(argv[--argc]);
	place_clear();
	return 0;
}
