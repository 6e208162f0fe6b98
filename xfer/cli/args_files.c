#include "xfer/cli/args_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/cli/args.h"
#include "xfer/base/strings.h"

/* Less than what the other side takes in one string, so that an entry always travels. */
enum { NAME_MAX_BYTES = ARGS_STRING_MAX - 64 };

static void closep(FILE **f)
{
	if (*f && *f != stdin)
		fclose(*f);
}

static void freep(char **p)
{
	free(*p);
}

int args_files_clean(char *path)
{
	size_t len = 0, n; /* of what is kept, which never overtakes what is read */
	bool dot = false, content = true;

	for (const char *at = path; *(at += strspn(at, "/")); at += n) {
		n = strcspn(at, "/");
		bool self = n == 1 && *at == '.', up = n == 2 && !memcmp(at, "..", 2);
		content = at[n] || self || up;
		if (self) {
			dot = len > 0;
		} else if (up) {
			if (!len)
				return -EINVAL;
			while (len && path[--len] != '/')
				;
		} else {
			if (dot)
				return -EINVAL;
			if (len)
				path[len++] = '/';
			memmove(path + len, at, n);
			len += n;
		}
	}
	if (!len)
		path[len++] = '.';
	if (content)
		path[len++] = '/';
	path[len] = 0;
	return 0;
}

/* Takes the next name into *line, terminated. 1, 0 at the end of the file, or -errno. */
static int next_name(struct buf *line, FILE *f, bool from0)
{
	int c;
	buf_clear(line);
	while ((c = getc_unlocked(f)) != EOF && (from0 ? c != 0 : c != '\n' && c != '\r')) {
		if (!c)
			return -EILSEQ; /* NUL in a line: the user forgot --from0 */
		buf_u8(line, (uint8_t)c);
		if (line->failed)
			return -ENAMETOOLONG;
	}
	if (c == EOF && ferror(f))
		return errno ? -errno : -EIO;
	if (c == EOF && !line->len)
		return 0;
	buf_bytes(line, "\0\0\0", 3); /* the room that args_files_clean wants */
	return line->failed ? -ENAMETOOLONG : 1;
}

static int add_name(struct strings *out, char *name, bool from0, struct err *err)
{
	if (!*name || (!from0 && (*name == ';' || *name == '#')))
		return 0;
	AUTO(freep) char *given = strdup(name);
	if (!given)
		return err_set(err, -ENOMEM, "option --files-from");
	if (args_files_clean(name))
		return err_say(err, -EINVAL, "option --files-from: the name \"%s\" %s", given,
			       strstr(given, "/./") ? "has a /./ in it, which xfer has for operands alone"
						    : "leads out of the source");
	int r = strings_add(out, name, strlen(name));
	return r ? err_set(err, r, "option --files-from") : 0;
}

int args_files_read(struct strings *out, const char *file, bool from0, struct err *err)
{
	AUTO(closep) FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	if (!f)
		return err_set(err, -errno, "option --files-from: cannot open %s", file);
	AUTO(buf_fini) struct buf line;
	buf_init(&line, NAME_MAX_BYTES);
	int r;
	errno = 0;
	while ((r = next_name(&line, f, from0)) > 0)
		if ((r = add_name(out, (char *)line.data, from0, err)))
			return r;
	if (r == -EILSEQ)
		return err_say(err, -EINVAL,
			       "option --files-from: %s has NUL bytes in it (--from0 reads such a list)",
			       file);
	return r ? err_set(err, r, "option --files-from: cannot read %s", file) : 0;
}
