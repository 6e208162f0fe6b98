#include "dbdump/cli/ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/mixed.h"
#include "dbdump/cli/cmd.h"
#include "dbdump/outcome.h"

/* Of each engine: itself, and as one of whose ends one may be an archive. */
static const struct mixed_kind mariadb = { &engine_mariadb, &archived_mariadb };
static const struct mixed_kind postgresql = { &engine_postgresql, &archived_postgresql };

static int mariadb_databases(struct strings *out, const struct uri *uri, const struct options *o,
			     struct err *err)
{
	return mixed_databases(&mariadb, out, uri, o, err);
}

static int mariadb_open(struct session **out, const struct session_job *job, struct err *err)
{
	return mixed_open(&mariadb, out, job, err);
}

static int postgresql_databases(struct strings *out, const struct uri *uri, const struct options *o,
				struct err *err)
{
	return mixed_databases(&postgresql, out, uri, o, err);
}

static int postgresql_open(struct session **out, const struct session_job *job, struct err *err)
{
	return mixed_open(&postgresql, out, job, err);
}

static const struct mixed_kind *kind_of(enum uri_kind kind)
{
	return kind == URI_MYSQL ? &mariadb : &postgresql;
}

void ends_fini(struct ends *e)
{
	for (size_t i = 0; i < 2; i++) {
		uri_fini(&e->at[i]);
		archive_close(e->archives[i]);
	}
	*e = (struct ends){ 0 };
}

static bool takes_archive(enum args_command command, size_t operand)
{
	switch (command) {
	case ARGS_VERIFY:
		return true;
	case ARGS_LOAD:
	case ARGS_LIST:
	case ARGS_CAT:
		return operand == 0;
	default:
		return false;
	}
}

static int open_archive(struct ends *e, size_t i, const char *name, struct err *err)
{
	e->at[i].kind = URI_ARCHIVE;
	e->at[i].shown = strdup(name);
	if (!e->at[i].shown)
		return err_set(err, -ENOMEM, "%s", name);
	int rc = archive_open(&e->archives[i], name, &cmd_quit, err);
	e->at[i].archive = e->archives[i];
	return rc;
}

static int parse_one(struct ends *e, size_t i, const char *operand, enum args_command command,
		     struct err *err)
{
	bool archive = !strstr(operand, "://");
	if (command == ARGS_DUMP && i == 1) {
		e->at[i].kind = URI_ARCHIVE;
		e->at[i].shown = strdup(operand);
		if (!archive)
			return err_say(err, -EINVAL,
				       "dump writes an archive, not into a server: that is copy");
		return e->at[i].shown ? 0 : err_set(err, -ENOMEM, "%s", operand);
	}
	if (archive && takes_archive(command, i))
		return open_archive(e, i, operand, err);
	if (!archive && takes_archive(command, i) && command != ARGS_VERIFY)
		return err_say(err, -EINVAL, "dbdump %s reads an archive, not a server",
			       args_command_name(command));
	return uri_parse(&e->at[i], operand, err);
}

/* NULL: an archive that is not there yet. -EPROTONOSUPPORT: of an engine that is not known here. */
static int kind_at(const struct mixed_kind **out, const struct ends *e, size_t i, struct err *err)
{
	static const struct mixed_kind *const all[] = { &mariadb, &postgresql };
	*out = NULL;
	if (e->at[i].kind != URI_ARCHIVE) {
		*out = kind_of(e->at[i].kind);
		return 0;
	}
	if (!e->archives[i])
		return 0;
	const char *name = archive_hello(e->archives[i])->engine;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		if (!strcmp(all[k]->engine->name, name))
			*out = all[k];
	return *out ? 0
		    : err_say(err, -EPROTONOSUPPORT, "%s is an archive of %s, which is not known here",
			      e->at[i].shown, name);
}

static const struct engine *mixed_of(const struct mixed_kind *k)
{
	static struct engine engines[2];
	struct engine *e = &engines[k == &postgresql];
	*e = mixed_engine(k->engine);
	e->databases = k == &postgresql ? postgresql_databases : mariadb_databases;
	e->open = k == &postgresql ? postgresql_open : mariadb_open;
	return e;
}

int ends_parse(struct ends *out, const struct strings *operands, enum args_command command, struct err *err)
{
	const struct mixed_kind *kinds[2] = { NULL, NULL };
	size_t count = command == ARGS_CAT ? 1 : operands->count; /* the other one is a table */
	int rc = 0;
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = parse_one(out, i, operands->at[i], command, err);
		if (rc == 0)
			rc = kind_at(&kinds[i], out, i, err);
	}
	if (rc < 0)
		return rc;
	if (kinds[1] && kinds[0] != kinds[1])
		return err_say(err, -EINVAL, "%s, %s: from %s to %s there is no way", out->at[0].shown,
			       out->at[1].shown, kinds[0]->engine->name, kinds[1]->engine->name);
	out->archived = kinds[0]->archived;
	out->engine = out->archives[0] || out->archives[1] ? mixed_of(kinds[0]) : kinds[0]->engine;
	return 0;
}

int ends_status(int code)
{
	return code == -EBADMSG ? EXIT_STREAM : code == -EIO ? EXIT_FILE_IO : (int)outcome_of_error(code);
}
