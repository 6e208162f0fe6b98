/* site.h - the configuration: the one file that says how this site's campaigns are carried out: keys in groups, as in
 *
 *	[hours]
 *	zone = Europe/Paris
 *	back = mon-fri 09:00-17:00
 *
 * Every key has a default; a group or key that is not known is refused, since a typing error must not become a default in silence.
 * site_describe tells them all, with units. The values are owned by the struct. One thread at a time. */
#pragma once
#include <stdint.h>

#include "scheduler/model/calendar.h"
#include "scheduler/model/limits.h"
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

struct site {
	char *store; /* path of the file */
	char *zone, *out, *back, *holidays, *blackouts;
	struct {
		int64_t all, server, pair;
	} most;
	double factor;				    /* of safety */
	double freeze_s, switch_s, thaw_s, files_s; /* until something was measured */
	double least_s;				    /* no window is shorter */
	int64_t verify_files;			    /* read both sides once more within the window */
	int64_t precopy_every_s;
	int64_t gather_every_s, gather_for_s;
	int64_t hook_limit_s;
	char *hooks;			   /* folder of the site's executables */
	char *xfer, *dbdump;		   /* here */
	char *remote_xfer, *remote_dbdump; /* at servers */
	int64_t free_days;
	struct {
		char *domains, *name_servers, *exchangers, *resolvers; /* see struct dns_site */
		int64_t limit_s;
	} dns;
};

/* All defaults. -ENOMEM. */
int site_init(struct site *c, struct err *err);
void site_fini(struct site *c);
/* Over the defaults. -EINVAL, with file, group and key in the text: not known, or no value of that kind; or what the file's errors
 * say, as open(2). *c is to be freed in either case. */
int site_read(struct site *c, const char *path, struct err *err);
/* Every key with its default, its unit and what it is for, as a file that site_read takes. */
void site_describe(struct buf *out);

/* When a cutover may begin: on the way out, or back. The zone is a campaign's own, or the configuration's. The caller frees. */
int site_calendar(struct calendar **out, const struct site *c, const char *zone, bool back, struct err *err);
void site_limits(struct limits *out, const struct site *c);
