#include <errno.h>

#include "dbdump/my/preflight.h"
#include "dbdump/my/spaces.h"

/* Which tables go as rows although files were asked for (--mode), as a copy would find it before it begins. */
static int found_tables(struct look *l, struct spaces *ss, struct err *err)
{
	static const struct check rows = { .code = "mode",
					   .severity = SEVERITY_NOTE,
					   .kind = CHECK_SOURCE,
					   .reason = "it goes as rows, not as its file: $1",
					   .remedy = "its copy takes longer; nothing has to be done" };
	int status = spaces_choose(ss, err);
	for (size_t i = 0; !status && i < ss->count; i++) {
		const struct space *sp = &ss->at[i];
		const char *const cells[LOOK_CELLS] = { "table", sp->schema, sp->name, sp->reason, "" };
		if (sp->reason[0])
			status = look_found(l, &rows, cells, err);
	}
	return status;
}

int look_files(struct look *l, struct err *err)
{
	static const struct check none = { .code = "mode",
					   .severity = SEVERITY_NOTE,
					   .kind = CHECK_TARGET,
					   .reason = "all tables go as rows, none as its file: $1",
					   .remedy = "the copy takes longer; nothing has to be done" };
	char why[SPACE_REASON] = "";
	if (l->job->options->mode == MODE_LOGICAL || l->job->options->schema_only)
		return 0;
	struct spaces *ss = spaces_new(l->at[END_SOURCE], l->at[END_TARGET]);
	if (!ss)
		return err_set(err, -ENOMEM, "preflight");
	int status = spaces_hindrance(ss, why, err);
	if (!status && why[0])
		status = look_found_server(l, &none, why, "", err);
	else if (!status)
		status = found_tables(l, ss, err);
	spaces_free(ss);
	return status;
}
