/* sizes_read.h - asks a server how large its databases and their tables are. */
#pragma once
#include "dbdump/cli/sizes.h"
#include "dbdump/run.h"

/* Of all databases that job->uris[0] means, and the tables that the options want; sorted, as far as it came. Of observer warn and quit
 * count. 0, or -errno. */
int sizes_read(struct sizes *out, const struct run_job *job, struct err *err);
