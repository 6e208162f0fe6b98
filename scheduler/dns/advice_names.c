#include "scheduler/dns/advice.h"

const char *advice_code_name(enum advice_code code)
{
	static const char *const names[ADVICE_CODES] = {
		[DO_NOTHING] = "none",
		[DO_ADD_MX] = "add-mx",
		[DO_REMOVE_MX] = "remove-mx",
		[DO_SET_ADDRESS] = "set-address",
		[DO_LOOK_AGAIN] = "look-again",
		[SAY_HOST_SWITCHES] = "host-switches",
		[SAY_NS_MIXED] = "ns-mixed",
		[SAY_NS_UNKNOWN] = "ns-unknown",
		[SAY_NAME_MISSING] = "name-missing",
		[SAY_ALIAS] = "alias",
		[SAY_MX_STAY] = "mx-stay",
		[SAY_MX_LAST] = "mx-last",
		[SAY_MX_OTHER_NAME] = "mx-other-name",
		[SAY_MX_BY_ADDRESS] = "mx-by-address",
		[SAY_MX_PRIORITY] = "mx-priority",
		[SAY_MX_INCOMPLETE] = "mx-incomplete",
		[SAY_MX_TRANSIT] = "mx-transit",
		[SAY_MX_HOST_OTHER] = "mx-host-other",
		[SAY_MX_FOREIGN] = "mx-foreign",
		[SAY_MX_ELSEWHERE] = "mx-elsewhere",
		[SAY_MX_DEAD] = "mx-dead",
		[SAY_MX_NONE] = "mx-none",
		[SAY_MX_NULL] = "mx-null",
		[SAY_MX_UNKNOWN] = "mx-unknown",
		[SAY_ADDRESS_SERVER] = "address-server",
		[SAY_ADDRESS_TRANSIT] = "address-transit",
		[SAY_ADDRESS_PARTLY] = "address-partly",
		[SAY_ADDRESS_ELSEWHERE] = "address-elsewhere",
		[SAY_ADDRESS_NONE] = "address-none",
		[SAY_ADDRESS_UNKNOWN] = "address-unknown",
		[SAY_AAAA_MISSING] = "aaaa-missing",
	};
	return names[code];
}

const char *advice_runs_name(enum advice_runs runs)
{
	static const char *const names[] = { "host", "partly", "else", "nobody", "unknown" };
	return names[runs];
}

const char *advice_leads_name(enum advice_leads leads)
{
	static const char *const names[] = {
		[LEADS_NOWHERE] = "nowhere",
		[LEADS_SERVER] = "server",
		[LEADS_ADDRESS] = "server-by-address",
		[LEADS_TRANSIT] = "transit",
		[LEADS_HOST] = "host",
		[LEADS_HOST_OTHER] = "host-other",
		[LEADS_ELSEWHERE] = "elsewhere",
		[LEADS_UNKNOWN] = "unknown",
	};
	return names[leads];
}

const char *advice_why(enum found_status status)
{
	static const char *const names[] = {
		[FOUND_DATA] = "it is there",
		[FOUND_NO_DATA] = "there is no such record",
		[FOUND_NO_NAME] = "there is no such name",
		[FOUND_TOO_MANY] = "there are too many records",
		[FOUND_UNREADABLE] = "the answer cannot be read",
		[FOUND_FAILED] = "the servers of the domain do not answer as they have to (SERVFAIL)",
		[FOUND_REFUSED] = "the DNS server that was asked refuses to answer",
		[FOUND_UNREACHABLE] = "the DNS server cannot be reached",
		[FOUND_TIMEOUT] = "nobody answered in time",
	};
	return names[status];
}
