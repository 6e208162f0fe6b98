/* advise_domain KEY=VALUE... DOMAIN... - looks each up and says what is to be done: for tests with a real DNS server.
 * Keys: those of struct dns_site, limit=SECONDS (10), and json=yes. Ends with 0, or 1 when one could not be judged. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scheduler/dns/dns.h"

static int show(const struct dns_report *r, bool json)
{
	struct buf text;
	struct event e;
	int status = 0;
	buf_init(&text, 1 << 20);
	event_init(&e, STDOUT_FILENO);
	if (json) {
		status = dns_tell(&e, r);
	} else {
		dns_print(&text, r);
		status = text.failed || fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout);
	}
	event_fini(&e);
	buf_fini(&text);
	return status;
}

int main(int argc, char **argv)
{
	struct dns_site site = { .domains = "host.example",
				 .name_servers = "ns*.host.example",
				 .exchangers = "10 mx1.host.example, 20 mx2.host.example",
				 .server = "web1",
				 .addresses = "192.0.2.10, 2001:db8::10",
				 .transit = "transit3",
				 .transit_addresses = "192.0.2.77" };
	const char *limit = "10", *json = NULL;
	const struct {
		const char *key, **at;
	} keys[] = { { "name-servers=", &site.name_servers },
		     { "exchangers=", &site.exchangers },
		     { "resolvers=", &site.resolvers },
		     { "limit=", &limit },
		     { "json=", &json } };
	int failed = 0;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		struct dns_report *r = NULL;
		struct err err = { 0 };
		bool key = false;
		for (size_t k = 0; !key && k < sizeof keys / sizeof *keys; k++) {
			key = !strncmp(argv[i], keys[k].key, strlen(keys[k].key));
			if (key)
				*keys[k].at = argv[i] + strlen(keys[k].key);
		}
		if (key)
			continue;
		if (dns_advise(&r, &site, argv[i], (unsigned)strtoul(limit, NULL, 10), &err)) {
			fprintf(stderr, "%s\n", err.text);
			failed = 1;
		} else if (show(r, json)) {
			failed = 1;
		}
		dns_report_free(r);
	}
	return failed;
}
