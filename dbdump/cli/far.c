#include "dbdump/cli/far.h"

#include <stdlib.h>

#include "dbdump/agent/carry.h"
#include "dbdump/outcome.h"

static void remote_fini(struct remote *r)
{
	free(r->host);
	free(r->user);
}

/* Each end gets those options that are its own; what they own stays the user's. */
static void fill_orders(struct carry_job *job, const struct work *w, const struct strings *operands)
{
	struct order *dump = &job->ends[CARRY_FROM].order, *load = &job->ends[CARRY_TO].order;
	*dump = (struct order){ ORDER_DUMP, operands->at[0], w->ends->at[1].databases, *w->options };
	dump->options.drop_existing = false;
	dump->options.verify = VERIFY_NONE;
	*load = (struct order){ ORDER_LOAD, operands->at[1], { 0 }, *w->options };
	load->options.bwlimit = 0;
	load->options.only_tables = load->options.exclude_tables = load->options.renames =
		(struct strings){ 0 };
}

static int parse_host(struct carry_end *end, const char *host, struct err *err)
{
	return host ? carry_parse_host(&end->at, host, err) : 0;
}

int far_run(struct report *report, struct strings *words, const struct work *w,
	    const struct strings *operands)
{
	struct carry_job job = { .shell = w->options->rsh,
				 .program = w->options->dbdump_path,
				 .wait_s = w->options->link_wait_s,
				 .silence_s = w->options->link_silence_s,
				 .here = far_here,
				 .observer = w->observer };
	fill_orders(&job, w, operands);
	int rc = parse_host(&job.ends[CARRY_FROM], w->options->source_host, &report->error);
	if (rc == 0)
		rc = parse_host(&job.ends[CARRY_TO], w->options->target_host, &report->error);
	if (rc == 0)
		carry_run(report, words, &job);
	else
		report->status = (int)outcome_of_error(rc);
	for (int i = 0; i < CARRY_ENDS; i++)
		remote_fini(&job.ends[i].at);
	return report->status;
}
