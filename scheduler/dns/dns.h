/* dns.h - one domain looked up and judged, and how that is shown: what `scheduler dns` calls.
 *
 * A report is owned by the caller, and refers to nothing. SIGPIPE must be ignored. One owner. */
#pragma once
#include "scheduler/dns/advice.h"
#include "scheduler/dns/facts.h"
#include "scheduler/dns/found.h"
#include "xfer/base/buf.h"
#include "xfer/base/err.h"
#include "xfer/base/event.h"

struct dns_report {
	char *domain; /* as it was given: any bytes */
	struct found found;
	struct advice advice;
};

/* Ends within limit_s seconds, whatever the servers do; that nobody answers is in the report. -EINVAL: domain is no name of a domain, or
 * site has something that cannot be read; -ENOMEM; -EIO: no question could be asked. */
int dns_advise(struct dns_report **out, const struct dns_site *site, const char *domain, unsigned limit_s,
	       struct err *err);
void dns_report_free(struct dns_report *r);
void dns_report_freep(struct dns_report **r);

/* Has the client anything to do? (Asking again is something.) */
bool dns_has_work(const struct dns_report *r);
/* For a person: the domain, then a line for each thing to do, and each remark. */
void dns_print(struct buf *out, const struct dns_report *r);
/* One event, "domain". 0 or -errno; see event_end. */
int dns_tell(struct event *e, const struct dns_report *r);
