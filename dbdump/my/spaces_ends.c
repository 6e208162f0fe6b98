#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "dbdump/my/spaces.h"

/* What one server says of itself. */
struct facts {
	char datadir[4096], row_format[16], page_size[16], names[8];
	bool per_table, encrypts, logs, cluster, nosync, mariadb;
	unsigned long version;
	char why[SPACE_REASON]; /* why a destination takes none, whoever asks; "": it may */
};

static void say(char why[static SPACE_REASON], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(char why[static SPACE_REASON], const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, SPACE_REASON, fmt, ap);
	va_end(ap);
}

static void take_fact(struct facts *f, const char *name, const char *value)
{
	bool on = !strcasecmp(value, "ON") || (value[0] >= '1' && value[0] <= '9');
	if (!strcasecmp(name, "datadir"))
		snprintf(f->datadir, sizeof f->datadir, "%s", value);
	else if (!strcasecmp(name, "innodb_default_row_format"))
		snprintf(f->row_format, sizeof f->row_format, "%s", value);
	else if (!strcasecmp(name, "innodb_page_size"))
		snprintf(f->page_size, sizeof f->page_size, "%s", value);
	else if (!strcasecmp(name, "lower_case_table_names"))
		snprintf(f->names, sizeof f->names, "%s", value);
	else if (!strcasecmp(name, "innodb_file_per_table"))
		f->per_table = on;
	else if (!strcasecmp(name, "innodb_encrypt_tables"))
		f->encrypts = on || !strcasecmp(value, "FORCE");
	else if (!strcasecmp(name, "innodb_flush_method"))
		f->nosync = !strcasecmp(value, "nosync");
	else if (!strcasecmp(name, "log_bin"))
		f->logs = on;
	else
		f->cluster = on;
}

static int ask(struct facts *f, struct session *s, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('datadir', 'innodb_default_row_format', "
		"'innodb_page_size', 'lower_case_table_names', 'innodb_file_per_table', "
		"'innodb_encrypt_tables', 'innodb_flush_method', 'log_bin', 'wsrep_on')");
	f->mariadb = s->control.mariadb;
	f->version = s->control.version;
	while (!status && rows_next(&r))
		if (r.at[1])
			take_fact(f, r.at[0], r.at[1]);
	return status;
}

/* What the tables' own facts do not matter for. NULL: nothing. */
static const char *refusal(const struct options *o, const struct facts *a, const struct facts *b)
{
	if (o->data_only)
		return "with --data-only the destination's tables are as they are";
	if (!a->mariadb)
		return "not both servers are MariaDB";
	if (a->version / 100 > b->version / 100)
		return "the destination is of an older version";
	if (strcmp(a->page_size, b->page_size) != 0)
		return "innodb_page_size is not the same at both ends";
	if (strcmp(a->names, b->names) != 0)
		return "lower_case_table_names is not the same at both ends";
	if (!o->lock_wait_s)
		return "--lock-wait=0: nothing may be locked";
	return b->why[0] ? b->why : NULL;
}

/* The destination's own reasons. */
static const char *unwilling(const struct facts *b)
{
	if (!b->mariadb)
		return "not both servers are MariaDB";
	if (!b->per_table)
		return "innodb_file_per_table is OFF at the destination";
	if (b->encrypts)
		return "the destination encrypts its tables (innodb_encrypt_tables)";
	if (b->logs)
		return "the destination has a binary log, which would lack these rows";
	if (b->cluster)
		return "the destination is a node of a cluster, and the others would lack these rows";
	return NULL;
}

/* Whoever cannot read or write there learns it when a file is opened, too; but then its reason is that of each table. */
static int open_folder(const char *path, int access, const char *whose, char why[static SPACE_REASON])
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		say(why, "the %s's folder of data, %.100s, is not here: %s", whose, path, strerror(errno));
	} else if (faccessat(fd, ".", access, AT_EACCESS) < 0) {
		say(why, "the %s's folder of data, %.100s: %s", whose, path, strerror(errno));
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Files are given to who owns the folder. */
static bool may_give(const struct spaces *ss)
{
	return geteuid() == 0 || geteuid() == ss->owner.st_uid;
}

/* The destination: what it says of itself, and its folder. */
static int look_at_target(struct spaces *ss, struct facts *b, struct err *err)
{
	int status = ask(b, ss->target, err);
	if (status)
		return status;
	const char *refused = unwilling(b);
	if (refused)
		say(b->why, "%s", refused);
	else if ((ss->to = open_folder(b->datadir, R_OK | W_OK | X_OK, "destination", b->why)) >= 0 &&
		 (fstat(ss->to, &ss->owner) < 0 || !may_give(ss)))
		say(b->why, "the destination's folder of data, %.100s, is another user's", b->datadir);
	ss->syncs = !b->nosync;
	return 0;
}

/* The source, for a destination of which all is known. */
static int look_at_source(struct spaces *ss, const struct facts *b, char why[static SPACE_REASON],
			  struct err *err)
{
	struct facts a = { 0 };
	why[0] = '\0';
	int status = ask(&a, ss->source, err);
	if (status)
		return status;
	const char *refused = refusal(ss->source->job.options, &a, b);
	if (refused)
		say(why, "%s", refused);
	else
		ss->from = open_folder(a.datadir, R_OK | X_OK, "source", why);
	ss->page_size = strtoull(a.page_size, NULL, 10);
	snprintf(ss->row_format, sizeof ss->row_format, "%s", b->row_format);
	return 0;
}

int spaces_hindrance(struct spaces *ss, char why[static SPACE_REASON], struct err *err)
{
	struct facts b = { 0 };
	int status = look_at_target(ss, &b, err);
	return status ? status : look_at_source(ss, &b, why, err);
}

/* What the source's end has to know of it. */

int spaces_offer(struct spaces *ss, struct buf *out, struct err *err)
{
	struct facts b = { 0 };
	int status = look_at_target(ss, &b, err);
	if (!status && !b.why[0])
		status = spaces_make_staging(ss, b.why, err);
	if (status)
		return status;
	const char *const words[] = { b.row_format, b.page_size, b.names, b.why };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		buf_string(out, words[i], strlen(words[i]));
	buf_u8(out, b.mariadb);
	buf_u64(out, b.version);
	return out->failed ? err_set(err, -ENOMEM, "%s", ss->target->job.uri->shown) : 0;
}

static void get_word(struct reader *in, char *to, size_t cap)
{
	size_t len;
	const char *s = reader_string(in, &len, cap - 1);
	in->failed = in->failed || (len && memchr(s, '\0', len));
	snprintf(to, cap, "%.*s", in->failed ? 0 : (int)len, len ? s : "");
}

int spaces_weigh(struct spaces *ss, const struct ferry_out *from, char why[static SPACE_REASON],
		 struct err *err)
{
	struct facts b = { 0 };
	struct reader in = reader_of(from->offer, from->offer_len);
	get_word(&in, b.row_format, sizeof b.row_format);
	get_word(&in, b.page_size, sizeof b.page_size);
	get_word(&in, b.names, sizeof b.names);
	get_word(&in, b.why, sizeof b.why);
	b.mariadb = reader_u8(&in);
	b.version = reader_u64(&in);
	if (!reader_done(&in))
		return err_say(err, -EBADMSG, "what the destination offers does not parse");
	return look_at_source(ss, &b, why, err);
}
