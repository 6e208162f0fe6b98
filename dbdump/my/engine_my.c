#include "dbdump/my/row.h"
#include "dbdump/my/session.h"

const struct engine engine_mariadb = {
	.name = "MariaDB",
	.spans = true,
	.databases = my_databases,
	.preflight = my_preflight,
	.open = my_open,
	.close = my_close,
	.info = my_info,
	.same = my_same,
	.snapshot = my_snapshot,
	.catalog = my_catalog,
	.script = my_script,
	.split = my_split,
	.read_begin = my_read_begin,
	.read = my_read,
	.read_end = my_read_end,
	.count = my_count,
	.prepare = my_prepare,
	.execute = my_execute,
	.write = my_write,
	.row_name = my_row_name,
	.load = my_load,
	.cancel = my_cancel,
};
