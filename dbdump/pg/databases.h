/* databases.h - which databases a URI means. */
#pragma once
#include "dbdump/options.h"
#include "dbdump/uri.h"
#include "xfer/base/err.h"

int databases_matching(struct strings *out, const struct uri *uri, const struct options *o, struct err *err);
