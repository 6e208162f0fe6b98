#include "dbdump/cli/rates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dbdump/cli/rehearsal.h"
#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

enum { FILE_MOST = 64 << 20 };

/* What is left of a text of JSON. Its end is NUL, which is in no JSON. */
struct json {
	const char *p;
};

static void skip_space(struct json *j)
{
	j->p += strspn(j->p, " \t\r\n");
}

static bool skip_string(struct json *j)
{
	if (*j->p != '"')
		return false;
	for (j->p++; *j->p && *j->p != '"'; j->p++)
		if (*j->p == '\\' && j->p[1])
			j->p++;
	return *j->p && *j->p++ == '"';
}

/* Brackets are counted, not matched: what is passed over needs not be understood. */
static bool skip_value(struct json *j)
{
	size_t depth = 0;
	do {
		if (*j->p == '"') {
			if (!skip_string(j))
				return false;
			continue;
		}
		if (!*j->p || (!depth && strchr(",}]", *j->p)))
			return false;
		depth += *j->p == '{' || *j->p == '[';
		depth -= *j->p == '}' || *j->p == ']';
		j->p++;
		if (!depth && !strchr("}]", j->p[-1]))
			j->p += strcspn(j->p, ",}] \t\r\n"); /* the rest of a number or word */
	} while (depth);
	return true;
}

/* Goes to the value of an object's member. Without: false. */
static bool enter(struct json *j, const char *key)
{
	skip_space(j);
	if (*j->p++ != '{')
		return j->p--, false;
	for (;; j->p++) {
		skip_space(j);
		const char *name = j->p + 1;
		if (!skip_string(j))
			return false;
		size_t len = (size_t)(j->p - 1 - name);
		skip_space(j);
		if (*j->p != ':')
			return false;
		j->p++;
		skip_space(j);
		if (len == strlen(key) && !memcmp(name, key, len))
			return true;
		if (!skip_value(j))
			return false;
		skip_space(j);
		if (*j->p != ',')
			return false;
	}
}

/* The member of the member of an object; in: NULL: of the object itself. Nothing and end of text where there is none. */
static struct json find(const char *text, const char *in, const char *key)
{
	struct json j = { text };
	if ((in && !enter(&j, in)) || !enter(&j, key))
		j.p = "";
	return j;
}

static bool is_string(const char *text, const char *in, const char *key, const char *wanted)
{
	struct json j = find(text, in, key);
	size_t n = strlen(wanted);
	return *j.p == '"' && !strncmp(j.p + 1, wanted, n) && j.p[1 + n] == '"';
}

/* The program has no locale, so that the point is one. */
static bool read_number(double *out, const char *text, const char *in, const char *key)
{
	struct json j = find(text, in, key);
	char *end;
	*out = strtod(j.p, &end);
	return end > j.p && *out > 0 && *out < 1e15;
}

/* A version as a server says it has no character that JSON escapes; of another one what is before such. */
static void read_version(char *to, size_t room, const char *text, const char *in)
{
	struct json j = find(text, in, "version");
	size_t n = *j.p == '"' ? strcspn(j.p + 1, "\"\\") : 0;
	snprintf(to, room, "%.*s", (int)(n < room ? n : room - 1), n ? j.p + 1 : "");
}

int rates_parse(struct rates *out, const char *text, size_t len, const char *engine, struct err *err)
{
	double format, bytes;
	struct json all = { text };
	skip_space(&all);
	if (strlen(text) != len || !skip_value(&all) || !is_string(text, NULL, "event", "rehearsal") ||
	    !read_number(&format, text, NULL, "format"))
		return err_say(err, -EINVAL, "it is not what dbdump rehearse --output writes");
	if (format > REHEARSAL_FORMAT)
		return err_say(err, -EINVAL, "it was written by a later dbdump");
	if (!is_string(text, NULL, "engine", engine))
		return err_say(err, -EINVAL, "it is not a rehearsal with %s", engine);
	if (!read_number(&out->seconds_per_gb, text, "seconds_per_gb", "total") ||
	    !read_number(&bytes, text, "bytes", "total"))
		return err_say(err, -EINVAL, "that rehearsal did not copy everything, so it has no rate");
	out->gigabytes = bytes / 1e9;
	read_version(out->from, sizeof out->from, text, "source");
	read_version(out->to, sizeof out->to, text, "target");
	return 0;
}

/* All of it, and a NUL. */
static int read_file(char **out, size_t *len, const char *path)
{
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) /* (a pipe would not even have been waited for) */
		return -EINVAL;
	if (st.st_size > FILE_MOST)
		return -EFBIG;
	AUTO(fd_free_buffer) char *text = calloc(1, (size_t)st.st_size + 1);
	ssize_t n = text ? fd_read_at(fd, text, (size_t)st.st_size, 0) : -ENOMEM;
	if (n < 0)
		return (int)n;
	*len = (size_t)n;
	*out = TAKE(text);
	return 0;
}

int rates_read(struct rates *out, const char *path, const char *engine, struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	size_t len = 0;
	int r = read_file(&text, &len, path);
	if (r == -ENOMEM)
		return err_set(err, r, "%s", path);
	if (r)
		return err_say(err, -EPIPE, "%s: %s", path, strerror(-r));
	r = rates_parse(out, text, len, engine, err);
	if (r)
		err_context(err, "%s", path);
	return r;
}
