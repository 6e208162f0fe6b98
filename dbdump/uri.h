/* uri.h - where a database is: what the user named, taken apart.
 *
 *   mysql://[user[:password]@][host][:port]/[DATABASES][?key=value&...]      keys: socket, ssl-mode, ssl-ca, connect_timeout, default-file, rows; also mariadb://
 *   postgresql://...                                                         all of libpq's own form; also postgres://
 *
 * DATABASES is a list separated by commas; in each name * and ? are wildcards unless written as %2A and %3F, a comma as %2C. The
 * query begins at the first ? that a key and = follow. What would hide a password in a name is refused: several @, a raw / or @ in the path.
 * Nothing: all databases but the system's own. What a URI does not say comes from where the engine's own client takes it
 * (~/.my.cnf, .pgpass, PGPASSWORD and the other variables). A password never leaves this struct: uri_shown is what may be
 * told. Values, owned by the struct. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"
#include "xfer/base/strings.h"

enum uri_kind { URI_MYSQL = 1, URI_POSTGRESQL, URI_ARCHIVE /* never parsed: its name is shown */ };

struct uri {
	enum uri_kind kind;
	char *user, *password, *host, *port; /* NULL: not said; decoded */
	struct strings databases;	     /* patterns as below; empty: all */
	struct uri_param {
		char *key, *value;
	} * params;
	size_t param_count;
	char *text;    /* as it was given, but for wildcards: what libpq takes. Holds the password */
	char *shown;   /* without the password */
	void *archive; /* URI_ARCHIVE: what dbdump/archive has open there, borrowed */
};

/* -EINVAL with a text that names the fault and never the password; -ENOMEM. */
int uri_parse(struct uri *out, const char *text, struct err *err);
void uri_fini(struct uri *u);
/* The last one of that name; NULL. */
const char *uri_param(const struct uri *u, const char *key);

/* Patterns: the decoded name, with what is to be taken as it stands (* ? \) behind a backslash. */
bool uri_pattern_matches(const char *pattern, const char *name);
/* The name that a pattern without wildcards means, unescaped into out (as large as the pattern); false when it has some. */
bool uri_pattern_is_name(const char *pattern, char *out);
/* Does one of the URI's patterns match, or has it none? */
bool uri_wants(const struct uri *u, const char *database);
