/* advice.h - what a client has to do in the DNS of a domain when its account moves, from what was found of it and what the host knows.
 *
 * A host that runs the DNS changes it itself. Elsewhere the web's traffic is forwarded, and mail is not: an exchanger that leads
 * straight to the client's server has to go, and those of the host, which know where an account lives, stay. Never is the removal
 * of the last exchanger advised without saying first what to add, and nothing that could not be looked up is taken as fine.
 * Pure; any thread. */
#pragma once
#include "scheduler/dns/facts.h"
#include "scheduler/dns/found.h"

enum { ADVICE_TEXT = 1536, ADVICE_ACTIONS = 48, ADVICE_REMARKS = 96 };

/* Who runs the DNS? */
enum advice_runs {
	RUNS_HOST,
	RUNS_PARTLY, /* some of the name servers are the host's */
	RUNS_ELSE,
	RUNS_NOBODY, /* the name is not there */
	RUNS_UNKNOWN,
};

/* Where does an exchanger lead to? */
enum advice_leads {
	LEADS_NOWHERE, /* its name has no address */
	LEADS_SERVER,  /* the client's, by its name */
	LEADS_ADDRESS, /* the client's, by another name or by its address */
	LEADS_TRANSIT,
	LEADS_HOST,	  /* one of the host's, which stay */
	LEADS_HOST_OTHER, /* the host's, but none of those */
	LEADS_ELSEWHERE,
	LEADS_UNKNOWN,
};

enum advice_code {
	/* actions */
	DO_NOTHING,
	DO_ADD_MX,
	DO_REMOVE_MX,
	DO_SET_ADDRESS,
	DO_LOOK_AGAIN,
	/* remarks: who runs it */
	SAY_HOST_SWITCHES,
	SAY_NS_MIXED,
	SAY_NS_UNKNOWN,
	SAY_NAME_MISSING,
	SAY_ALIAS,
	/* mail */
	SAY_MX_STAY,
	SAY_MX_LAST,
	SAY_MX_OTHER_NAME,
	SAY_MX_BY_ADDRESS,
	SAY_MX_PRIORITY,
	SAY_MX_INCOMPLETE,
	SAY_MX_TRANSIT,
	SAY_MX_HOST_OTHER,
	SAY_MX_FOREIGN,
	SAY_MX_ELSEWHERE,
	SAY_MX_DEAD,
	SAY_MX_NONE,
	SAY_MX_NULL,
	SAY_MX_UNKNOWN,
	/* the web */
	SAY_ADDRESS_SERVER,
	SAY_ADDRESS_TRANSIT,
	SAY_ADDRESS_PARTLY,
	SAY_ADDRESS_ELSEWHERE,
	SAY_ADDRESS_NONE,
	SAY_ADDRESS_UNKNOWN,
	SAY_AAAA_MISSING,
	ADVICE_CODES,
};

struct advice_note {
	enum advice_code code;
	unsigned priority;	/* of the exchanger that it is about */
	char name[DOMAIN_NAME]; /* "": about none */
	char text[ADVICE_TEXT]; /* a sentence or two for the client */
};

struct advice {
	enum advice_runs runs;
	enum advice_leads leads[FOUND_EXCHANGERS];  /* as found has them */
	struct advice_note actions[ADVICE_ACTIONS]; /* in this order; one at least */
	size_t action_count;
	struct advice_note remarks[ADVICE_REMARKS];
	size_t remark_count;
};

void advise(struct advice *out, const struct found *found, const struct facts *facts);

/* As JSON has them. */
const char *advice_code_name(enum advice_code code);
const char *advice_runs_name(enum advice_runs runs);
const char *advice_leads_name(enum advice_leads leads);
/* "nobody answered in time" */
const char *advice_why(enum found_status status);
