#include "scheduler/cli/options.h"

#include <stdlib.h>

void options_init(struct options *o)
{
	*o = (struct options){ .store_wait_s = 60,
			       .cores = NOT_SAID,
			       .memory_gb = NOT_SAID,
			       .disk_gb = NOT_SAID,
			       .month_cents = NOT_SAID,
			       .seconds = NOT_SAID };
}

void options_fini(struct options *o)
{
	char *const owned[] = { o->config,	  o->as,	 o->why,      o->ssh,
				o->rsh,		  o->root,	 o->mariadb,  o->postgresql,
				o->addresses,	  o->generation, o->server,   o->zone,
				o->configuration, o->at,	 o->expected, o->campaign,
				o->since,	  o->to,	 o->on };
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	strings_fini(&o->items);
	strings_fini(&o->parts);
	options_init(o);
}
