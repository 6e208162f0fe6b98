/* engine_pg.c - PostgreSQL, as engine.h wants it. */
#include "dbdump/engine.h"

#include "dbdump/pg/catalog.h"
#include "dbdump/pg/databases.h"
#include "dbdump/pg/mark.h"
#include "dbdump/pg/mend.h"
#include "dbdump/pg/preflight.h"
#include "dbdump/pg/read.h"
#include "dbdump/pg/resume.h"
#include "dbdump/pg/script.h"
#include "dbdump/pg/session.h"
#include "dbdump/pg/snapshot.h"
#include "dbdump/pg/write.h"

const struct engine engine_postgresql = {
	.name = "PostgreSQL",
	.spans = false,
	.databases = databases_matching,
	.preflight = preflight_look,
	.open = session_open,
	.close = session_close,
	.info = session_info,
	.mark = session_mark,
	.marked = session_marked,
	.snapshot = snapshot_take,
	.catalog = catalog_read,
	.script = script_make,
	.split = read_split,
	.read_begin = read_begin,
	.read = read_rows,
	.read_end = read_end,
	.count = read_count,
	.mend = session_mend,
	.prepare = write_prepare,
	.noted = resume_noted,
	.note = resume_note,
	.execute = write_execute,
	.write = write_rows,
	.settle = pg_mark_settle,
	.undo = write_undo,
	.finish = pg_mark_finish,
	.row_name = read_row_name,
	.load = session_load,
	.cancel = session_cancel,
};
