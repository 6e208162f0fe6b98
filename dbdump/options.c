#include "dbdump/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/uri.h"
#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

bool options_pattern_matches(const char *pattern, const char *schema, const char *name)
{
	if (uri_pattern_matches(pattern, name))
		return true;
	AUTO(fd_free_buffer) char *both = NULL;
	if (asprintf(&both, "%s.%s", schema, name) < 0) {
		both = NULL;
		return false;
	}
	return uri_pattern_matches(pattern, both);
}

static bool any_matches(const struct strings *patterns, const char *schema, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (options_pattern_matches(patterns->at[i], schema, name))
			return true;
	return false;
}

bool options_want_table(const struct options *o, const char *schema, const char *name)
{
	if (o->only_tables.count && !any_matches(&o->only_tables, schema, name))
		return false;
	return !any_matches(&o->exclude_tables, schema, name);
}

const char *options_renamed(const struct options *o, const char *database)
{
	for (size_t i = 0; i + 1 < o->renames.count; i += 2)
		if (strcmp(o->renames.at[i], database) == 0)
			return o->renames.at[i + 1];
	return database;
}
