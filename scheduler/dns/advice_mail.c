#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "scheduler/dns/advice_inner.h"

enum { PRIORITY = 5, LISTED = 4 };

static bool is_among(const struct strings *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->at[i], name))
			return true;
	return false;
}

static bool is_hosts(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->domains.count; i++)
		if (domain_within(name, facts->domains.at[i]))
			return true;
	return false;
}

/* One of those that stay, if the configuration names them. */
static bool is_named(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->exchanger_count; i++)
		if (!strcmp(facts->exchangers[i].name, name))
			return true;
	return false;
}

static enum advice_leads leads(const struct found_exchanger *x, const struct facts *facts)
{
	unsigned at = advice_at(&x->host, AF_UNSPEC, facts);
	if (is_among(&facts->servers, x->name))
		return LEADS_SERVER;
	if (is_among(&facts->transits, x->name))
		return LEADS_TRANSIT;
	if (!at && advice_is_known(&x->host))
		return LEADS_NOWHERE;
	if (is_named(facts, x->name))
		return LEADS_HOST;
	if (at & AT_SERVER)
		return LEADS_ADDRESS;
	if (at & AT_TRANSIT)
		return LEADS_TRANSIT;
	if (is_hosts(facts, x->name))
		return facts->exchanger_count ? LEADS_HOST_OTHER : LEADS_HOST;
	return advice_is_known(&x->host) ? LEADS_ELSEWHERE : LEADS_UNKNOWN;
}

void advice_sort_mail(struct advice *a, const struct found *f, const struct facts *facts)
{
	for (size_t i = 0; i < f->exchanger_count; i++)
		a->leads[i] = leads(&f->exchangers[i], facts);
}

static size_t count_of(const struct advice *a, const struct found *f, enum advice_leads where)
{
	size_t n = 0;
	for (size_t i = 0; i < f->exchanger_count; i++)
		n += a->leads[i] == where;
	return n;
}

/* "MX 10 mx1.host.example and MX 20 mx2.host.example": those that lead there. */
static const char *list_of(char out[static ADVICE_TEXT], const struct advice *a, const struct found *f,
			   enum advice_leads where)
{
	size_t total = count_of(a, f, where), n = 0, len = 0;
	out[0] = 0;
	for (size_t i = 0; i < f->exchanger_count && n < LISTED; i++) {
		if (a->leads[i] != where)
			continue;
		n++;
		len += (size_t)snprintf(out + len, ADVICE_TEXT - len, "%sMX %u %s",
					n == 1	     ? ""
					: n == total ? " and "
						     : ", ",
					f->exchangers[i].priority, f->exchangers[i].name);
	}
	if (total > n)
		snprintf(out + len, ADVICE_TEXT - len, " and %zu more", total - n);
	return out;
}

/* What is to be there besides; those that are there already are not named. */
static void add_hosts(struct advice *a, const struct found *f, const struct facts *facts, const char *when)
{
	if (!facts->exchanger_count)
		advice_do(
			a, DO_ADD_MX, NULL,
			"%s the MX 10 and the MX 20 of %s at the provider of the DNS; support tells their names.",
			when, facts->domains.at[0]);
	for (size_t i = 0; i < facts->exchanger_count; i++) {
		struct found_exchanger x = { .priority = facts->exchangers[i].priority };
		bool there = false;
		memcpy(x.name, facts->exchangers[i].name, sizeof x.name);
		for (size_t k = 0; k < f->exchanger_count; k++)
			there |= !strcmp(f->exchangers[k].name, x.name);
		if (!there)
			advice_do(a, DO_ADD_MX, &x, "%s MX %u %s at the provider of the DNS.", when,
				  x.priority, x.name);
	}
}

/* One that may not stay. */
static void remove_one(struct advice *a, const struct found_exchanger *x, enum advice_leads where, bool after)
{
	advice_do(a, DO_REMOVE_MX, x, "%s MX %u %s at the provider of the DNS.",
		  after ? "Only when that is done, remove" : "Remove", x->priority, x->name);
	if (where == LEADS_ADDRESS)
		advice_say(
			a, SAY_MX_OTHER_NAME, x,
			"MX %u %s is another name of your server: mail would go straight there, and not to where "
			"the account is.",
			x->priority, x->name);
	else if (where == LEADS_TRANSIT)
		advice_say(a, SAY_MX_TRANSIT, x,
			   "MX %u %s is the transit server, which is there for the move alone.", x->priority,
			   x->name);
	else if (x->priority != PRIORITY)
		advice_say(a, SAY_MX_PRIORITY, x,
			   "MX %u %s has not the usual priority %d; it is to be removed all the same.",
			   x->priority, x->name, PRIORITY);
}

static bool has_to_go(enum advice_leads where)
{
	return where == LEADS_SERVER || where == LEADS_ADDRESS || where == LEADS_TRANSIT;
}

/* Some lead to our servers. */
static void clear_exchangers(struct advice *a, const struct found *f, const struct facts *facts)
{
	char list[ADVICE_TEXT];
	bool stays = count_of(a, f, LEADS_HOST);
	size_t added = a->action_count;
	if (stays) {
		advice_say(a, SAY_MX_STAY, NULL, "%s %s.", list_of(list, a, f, LEADS_HOST),
			   count_of(a, f, LEADS_HOST) == 1 ? "stays" : "stay");
	} else {
		add_hosts(a, f, facts, "Add first");
		advice_say(
			a, SAY_MX_LAST, NULL,
			"None of our MX 10 and MX 20 is there that would take the domain's mail. If what is "
			"there were removed before they are added, mail would be lost.");
	}
	if (!stays && a->action_count == added) {
		/* ours are entered, and have no address */
		advice_do(a, DO_LOOK_AGAIN, NULL,
			  "Remove no MX, and tell support: those of ours that are there have no address.");
		return;
	}
	for (size_t i = 0; i < f->exchanger_count; i++)
		if (has_to_go(a->leads[i]))
			remove_one(a, &f->exchangers[i], a->leads[i], !stays);
	for (size_t i = 0; stays && i < facts->exchanger_count; i++) {
		const struct facts_exchanger *x = &facts->exchangers[i];
		bool there = false;
		for (size_t k = 0; k < f->exchanger_count; k++)
			there |= !strcmp(f->exchangers[k].name, x->name);
		if (!there)
			advice_say(
				a, SAY_MX_INCOMPLETE, NULL,
				"MX %u %s is not there; it takes mail when the others cannot, and should be added.",
				x->priority, x->name);
	}
}

static void say_of_exchangers(struct advice *a, const struct found *f)
{
	char list[ADVICE_TEXT];
	if (count_of(a, f, LEADS_HOST_OTHER))
		advice_say(
			a, SAY_MX_HOST_OTHER, NULL,
			"%s: ours, but none of those that know where an account is. Support tells whether it is "
			"to stay.",
			list_of(list, a, f, LEADS_HOST_OTHER));
	if (count_of(a, f, LEADS_NOWHERE))
		advice_say(a, SAY_MX_DEAD, NULL, "%s: has no address, and takes no mail.",
			   list_of(list, a, f, LEADS_NOWHERE));
	if (count_of(a, f, LEADS_UNKNOWN))
		advice_say(a, SAY_MX_UNKNOWN, NULL, "%s: the address could not be looked up.",
			   list_of(list, a, f, LEADS_UNKNOWN));
}

static void judge_exchangers(struct advice *a, const struct found *f, const struct facts *facts)
{
	char list[ADVICE_TEXT];
	bool ours = false, hosts = count_of(a, f, LEADS_HOST);
	for (size_t i = 0; i < f->exchanger_count; i++)
		ours |= has_to_go(a->leads[i]);
	if (ours)
		clear_exchangers(a, f, facts);
	else if (hosts)
		advice_say(a, SAY_MX_STAY, NULL, "%s %s; there is no MX %d to remove.",
			   list_of(list, a, f, LEADS_HOST),
			   count_of(a, f, LEADS_HOST) == 1 ? "stays" : "stay", PRIORITY);
	if (count_of(a, f, LEADS_ELSEWHERE)) {
		list_of(list, a, f, LEADS_ELSEWHERE);
		if (ours || hosts)
			advice_say(a, SAY_MX_FOREIGN, NULL, "%s: not ours; mail goes there too.", list);
		else
			advice_say(a, SAY_MX_ELSEWHERE, NULL,
				   "Its mail goes elsewhere (%s), and is not touched by the move.", list);
	}
	say_of_exchangers(a, f);
	if (count_of(a, f, LEADS_UNKNOWN))
		advice_do(
			a, DO_LOOK_AGAIN, NULL,
			"Ask again before the account moves: it is not known yet where all of the mail goes.");
}

/* Without an MX, mail goes to the domain's own address. */
static void judge_no_exchanger(struct advice *a, const struct found *f, const struct facts *facts)
{
	unsigned at = advice_at(&f->host, AF_UNSPEC, facts);
	if (at & (AT_SERVER | AT_TRANSIT)) {
		advice_say(
			a, SAY_MX_BY_ADDRESS, NULL,
			"It has no MX: mail goes straight to its address, which is your server's, and not to "
			"where the account is.");
		add_hosts(a, f, facts, "If the domain is to receive mail, add");
	} else if (!advice_is_known(&f->host)) {
		advice_say(a, SAY_MX_UNKNOWN, NULL,
			   "It has no MX, so that mail goes to its address, which could not be looked up.");
		advice_do(a, DO_LOOK_AGAIN, NULL,
			  "Ask again before the account moves: it is not known yet where its mail goes.");
	} else {
		advice_say(a, SAY_MX_NONE, NULL,
			   "It has no MX, and no address of ours: no mail comes to us.");
	}
}

void advice_mail(struct advice *a, const struct found *f, const struct facts *facts)
{
	if (!found_is_answer(f->mx)) {
		advice_say(a, SAY_MX_UNKNOWN, NULL, "Its MX could not be looked up: %s.", advice_why(f->mx));
		advice_do(a, DO_LOOK_AGAIN, NULL,
			  "Ask again before the account moves: it is not known yet which MX are to go.");
	} else if (f->mx != FOUND_DATA) {
		judge_no_exchanger(a, f, facts);
	} else if (f->exchanger_count == 1 && !f->exchangers[0].name[0]) {
		advice_say(a, SAY_MX_NULL, NULL, "It says that it takes no mail (MX 0 .).");
	} else {
		judge_exchangers(a, f, facts);
	}
}
