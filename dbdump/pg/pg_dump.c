#include "dbdump/pg/pg_dump.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbdump/pg/child.h"
#include "dbdump/mark.h"
#include "dbdump/pg/text.h"
#include "xfer/base/fd.h"

#define DEBIAN_PLACES "/usr/lib/postgresql/*/bin/pg_dump"

void pg_dump_fini(struct pg_dump *d)
{
	free(d->path);
	*d = (struct pg_dump){ 0 };
}

/* Our own, but for what would tell libpq more than the arguments do. */
static int make_environment(struct strings *out)
{
	int r = 0;
	for (char **e = environ; !r && *e; e++)
		if (strncmp(*e, "PG", 2) != 0 && strncmp(*e, "LC_", 3) != 0 && strncmp(*e, "LANG", 4) != 0)
			r = strings_add(out, *e, strlen(*e));
	if (!r)
		r = strings_add(out, "LC_ALL=C", 8);
	return r;
}

/* Ends the list with the NULL that exec wants; strings_fini still frees the rest. */
static char **as_vector(const struct strings *list)
{
	char **vector = calloc(list->count + 1, sizeof *vector);
	for (size_t i = 0; vector && i < list->count; i++)
		vector[i] = list->at[i];
	return vector;
}

static int run(struct session *s, const struct strings *arguments, int secret, struct buf *out,
	       struct buf *said)
{
	AUTO(strings_fini) struct strings environment = { 0 };
	AUTO(fd_free_buffer) char **argv = as_vector(arguments), **envp = NULL;
	int r = make_environment(&environment);
	if (r || !argv || !(envp = as_vector(&environment)))
		return -ENOMEM;
	struct child c = {
		.argv = argv,
		.environment = envp,
		.secret = secret,
		.stop = &s->stop,
		.lock = &s->child_lock,
		.pid = &s->child,
		.out = out,
	};
	text_init(&c.said);
	r = child_run(&c);
	*said = c.said;
	return r;
}

/* "pg_dump (PostgreSQL) 15.18 (Debian ...)": 15; 0 when it says nothing of the kind. */
static int version_of(struct session *s, const char *path)
{
	AUTO(strings_fini) struct strings arguments = { 0 };
	AUTO(buf_fini) struct buf out, said;
	text_init(&out);
	text_init(&said);
	if (strings_add(&arguments, path, strlen(path)) || strings_add(&arguments, "--version", 9) ||
	    run(s, &arguments, -1, &out, &said))
		return 0;
	const char *text = text_of(&out), *number = text ? strstr(text, "(PostgreSQL) ") : NULL;
	return number ? (int)strtol(number + 13, NULL, 10) : 0;
}

static void consider(struct pg_dump *best, struct session *s, const char *path)
{
	if (access(path, X_OK))
		return;
	int major = version_of(s, path);
	if (major <= best->major)
		return;
	char *copy = strdup(path);
	if (!copy)
		return;
	free(best->path);
	*best = (struct pg_dump){ copy, major };
}

/* Debian's, which begins Perl to find the real one in the places that we know. */
static bool is_wrapper(const char *path)
{
	AUTO(fd_free_buffer) char *real = realpath(path, NULL);
	const char *name = real ? strrchr(real, '/') : NULL;
	return name && !strcmp(name, "/pg_wrapper");
}

static void look_in_path(struct pg_dump *best, struct session *s)
{
	const char *dirs = getenv("PATH");
	for (size_t len; dirs && *dirs && best->major < s->major; dirs += len + (dirs[len] == ':')) {
		len = strcspn(dirs, ":");
		char path[4096];
		int n = snprintf(path, sizeof path, "%.*s/pg_dump", (int)len, dirs);
		if (len && n < (int)sizeof path && !is_wrapper(path))
			consider(best, s, path);
	}
}

static void look_in_places(struct pg_dump *best, struct session *s)
{
	glob_t found;
	if (glob(DEBIAN_PLACES, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		consider(best, s, found.gl_pathv[i]);
	globfree(&found);
}

int pg_dump_find(struct pg_dump *out, struct session *s, struct err *err)
{
	const char *named = s->job.options->pg_dump;
	*out = (struct pg_dump){ 0 };
	if (named)
		consider(out, s, named);
	else
		look_in_path(out, s);
	if (!named && out->major < s->major)
		look_in_places(out, s);
	if (out->major >= s->major)
		return 0;
	char had[64] = "none was found";
	if (out->major)
		snprintf(had, sizeof had, "the newest that was found is of %d", out->major);
	pg_dump_fini(out);
	return err_say(err, -EPROTONOSUPPORT,
		       "%s: a pg_dump of PostgreSQL %d or later is needed, %s: --pg-dump names one",
		       s->control.where, s->major, had);
}

/* libpq's own quoting of keyword = 'value'. */
static void add_setting(struct buf *b, const char *key, const char *value)
{
	text_format(b, "%s%s='", b->len ? " " : "", key);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			text_add(b, "\\");
		buf_u8(b, (uint8_t)*value);
	}
	text_add(b, "'");
}

static bool is_secret_or_ours(const char *key)
{
	static const char *const keys[] = {
		"password",	   "sslpassword", "passfile", "service", "dbname", "replication",
		"client_encoding", "options",	  "authtype", "tty",	 "host",   "port"
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

/* How the control connection was made, said once more: but for passwords, and what libpq would do anyway, which an older one
 * might not know. */
static int describe(struct session *s, bool secret, struct buf *out)
{
	PQconninfoOption *all = PQconninfo(s->control.pg);
	if (!all)
		return -ENOMEM;
	text_start(out, "");
	add_setting(out, "dbname", s->database);
	add_setting(out, "host", PQhost(s->control.pg));
	add_setting(out, "port", PQport(s->control.pg));
	const char *options = "";
	for (PQconninfoOption *o = all; o->keyword; o++) {
		if (!strcmp(o->keyword, "options") && o->val)
			options = o->val;
		if (o->val && !is_secret_or_ours(o->keyword) &&
		    (!o->compiled || strcmp(o->compiled, o->val) != 0))
			add_setting(out, o->keyword, o->val);
	}
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	text_format(&text, "%s -c standard_conforming_strings=on", options);
	const char *own = text_of(&text);
	if (own)
		add_setting(out, "options", own);
	if (secret)
		add_setting(out, "passfile", "/proc/self/fd/3");
	PQconninfoFree(all);
	return own && !out->failed ? 0 : -ENOMEM;
}

/* A password file of one line in a file that has no name. -1: there is no password; -errno - 1: it could not be made. */
static int make_secret(struct session *s)
{
	const char *password = PQpass(s->control.pg);
	if (!password || !*password)
		return -1;
	AUTO(buf_fini) struct buf line;
	text_init(&line);
	text_add(&line, "*:*:*:*:");
	for (; *password; password++) {
		if (*password == ':' || *password == '\\')
			text_add(&line, "\\");
		buf_u8(&line, (uint8_t)*password);
	}
	text_add(&line, "\n");
	int fd = memfd_create("dbdump", MFD_CLOEXEC);
	if (fd < 0)
		return -errno - 1;
	int r = fchmod(fd, 0600) ? -errno : fd_write_at(fd, line.data, line.len, 0);
	explicit_bzero(line.data, line.len);
	if (!r)
		return fd;
	close(fd);
	return r - 1;
}

static int add_argument(struct strings *list, const char *option, const char *value)
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	text_format(&text, "%s%s", option, value);
	const char *made = text_of(&text);
	return made ? strings_add(list, made, strlen(made)) : -ENOMEM;
}

static int make_arguments(struct session *s, const struct pg_dump *d, const struct strings *exclude,
			  struct strings *out, bool secret)
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	int r = describe(s, secret, &text);
	const char *how = r ? NULL : text_of(&text);
	char wait[32];
	snprintf(wait, sizeof wait, "%u", s->job.options->lock_wait_s * 1000);
	if (!how || add_argument(out, d->path, "") || add_argument(out, "--dbname=", how) ||
	    add_argument(out, "--snapshot=", s->snapshot) || add_argument(out, "--section=pre-data", "") ||
	    add_argument(out, "--section=post-data", "") || add_argument(out, "--no-tablespaces", "") ||
	    add_argument(out, "--no-security-labels", "") || add_argument(out, "--no-password", "") ||
	    add_argument(out, "--exclude-schema=", MARK_NAME) ||
	    add_argument(out, "--encoding=", PQparameterStatus(s->control.pg, "client_encoding")))
		return -ENOMEM;
	if (s->job.options->lock_wait_s && add_argument(out, "--lock-wait-timeout=", wait))
		return -ENOMEM;
	if (!options_want_table(s->job.options, "pg_catalog", "pg_largeobject") &&
	    add_argument(out, "-B", ""))
		return -ENOMEM;
	for (size_t i = 0; !r && i < exclude->count; i++)
		r = add_argument(out, "--exclude-table=", exclude->at[i]);
	return r;
}

/* Its last complaint says why. */
static int failed(struct session *s, int status, struct buf *said, struct err *err)
{
	char *text = (char *)text_of(said);
	size_t len = text ? strlen(text) : 0;
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	const char *why = text ? strstr(text, "error: ") : NULL;
	why = why ? why + 7 : text && *text ? text : "it said nothing";
	int code = strstr(why, "permission denied") ? -EPERM
		   : strstr(why, "lock timeout")    ? -ETIMEDOUT
						    : -EIO;
	for (char *p = text; p && *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	return err_say(err, code, "%s: pg_dump (status %d): %.300s", s->control.where, status, why);
}

int pg_dump_schema(struct session *s, const struct pg_dump *d, const struct strings *exclude, struct buf *out,
		   struct err *err)
{
	AUTO(strings_fini) struct strings arguments = { 0 };
	AUTO(buf_fini) struct buf said;
	text_init(&said);
	AUTO(fd_closep) int secret = make_secret(s);
	if (secret < -1)
		return err_set(err, secret + 1, "%s: pg_dump", s->control.where);
	int r = make_arguments(s, d, exclude, &arguments, secret >= 0);
	if (!r)
		r = run(s, &arguments, secret, out, &said);
	if (r == -EINTR)
		return err_say(err, r, "%s: pg_dump: ended as asked", s->control.where);
	if (r < 0)
		return err_set(err, r, "%s: %s", s->control.where, d->path);
	return r ? failed(s, r, &said, err) : 0;
}
