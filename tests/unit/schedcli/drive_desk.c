/* drive_desk STORE SECONDS - what the daemon would do, line by line from standard input, on a clock that stands at SECONDS (since 1970) and
 * moves by the lines alone. Nothing is carried out: a line says how it went.
 *
 *	wait SECONDS
 *	assign                               free transit servers, to those who wait
 *	campaign NAME ok|fail|dirty [CAUSE]  how its state's own work went
 *	measured ACCOUNT MARIADB POSTGRESQL  bytes; copied ahead in 20 s
 *	start ACCOUNT                        it is time
 *	cut ACCOUNT ok|fail|leak|late SECONDS BYTES [DETAIL]   how the cutover's step went, which took so long
 *
 * Ends with 1 and the desk's words at the first line that is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/desk/desk.h"

static struct site site;
static struct desk desk = { .site = &site, .actor = { "scheduler", "", 0 } };
static struct err err;

static void fail(const char *line, const char *why)
{
	fprintf(stderr, "%s: %s\n", line, why);
	exit(1);
}

static struct desk_account account_of(char *name)
{
	char *slash = strchr(name, '/');
	if (!slash)
		fail(name, "no account");
	*slash = 0;
	return (struct desk_account){ name, slash + 1 };
}

static int on_campaign(char *name, const char *how, const char *cause)
{
	enum campaign_event on = !strcmp(how, "ok")	 ? CAMP_OK
				 : !strcmp(how, "dirty") ? CAMP_DIRTY
							 : CAMP_FAIL;
	return desk_campaign(&desk, name, on, *cause ? cause : NULL, &err);
}

static int on_measured(char *name, const char *rest)
{
	struct store_account a = { .precopy_s = 20, .precopy_scan_s = 5, .precopies = 2 };
	long long bytes[2];
	if (sscanf(rest, "%lld %lld", &bytes[0], &bytes[1]) != 2)
		fail(rest, "two numbers");
	a.bytes[0] = bytes[0];
	a.bytes[1] = bytes[1];
	a.precopied = desk.actor.at;
	struct desk_account who = account_of(name);
	return desk_measured(&desk, &who, &a, &err);
}

static int on_start(char *name)
{
	struct store_cutover now = { 0 };
	struct desk_account who = account_of(name);
	int r = desk_start(&desk, &who, "boot", 5, &now, &err);
	return !r && now.state != CUTOVER_FREEZING ? err_say(&err, -1, "%s", now.cause) : r;
}

static struct store_cutover cutover_of(const struct desk_account *who)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	struct store_cutover cut = { 0 };
	if (store_find_campaign(desk.store, &c, who->campaign, &err) ||
	    store_find_account(desk.store, &a, c.id, who->account, &err) ||
	    store_find_cutover(desk.store, &cut, a.id, &err))
		fail(who->account, err.text);
	return cut;
}

static int on_cut(char *name, const char *how, const char *rest)
{
	static const struct {
		const char *word;
		enum cutover_event on;
	} words[] = {
		{ "ok", CUT_OK }, { "fail", CUT_FAIL }, { "leak", CUT_LEAK }, { "late", CUT_OUT_OF_TIME }
	};
	struct desk_account who = account_of(name);
	struct store_cutover cut = cutover_of(&who), now;
	long long seconds, bytes;
	int end = 0;
	if (sscanf(rest, "%lld %lld %n", &seconds, &bytes, &end) < 2)
		fail(rest, "seconds and bytes");
	struct store_phase p = { .began_ms = desk.actor.at * 1000,
				 .seconds = (double)seconds,
				 .bytes = bytes };
	snprintf(p.name, sizeof p.name, "%s", cutover_name(cut.state));
	snprintf(p.detail, sizeof p.detail, "%s", rest + end);
	p.ok = !strcmp(how, "ok");
	struct desk_outcome out = { .cutover = cut.id,
				    .from = cut.state,
				    .elapsed = cut.started ? desk.actor.at + seconds - cut.started : 0,
				    .cause = p.ok ? NULL : p.detail,
				    .phases = &p,
				    .phase_count = 1 };
	desk.actor.at += seconds;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i].word, how))
			return desk_cutover(&desk, &who, words[i].on, &out, &now, &err);
	fail(how, "no such end");
	return 0;
}

static int obey(char *line)
{
	char *rest = line, *word = strsep(&rest, " "), *name = rest ? strsep(&rest, " ") : "";
	char empty[] = "", *more = rest ? rest : empty;
	size_t given;
	if (!strcmp(word, "wait")) {
		desk.actor.at += strtoll(name, NULL, 10);
		return 0;
	}
	if (!strcmp(word, "assign"))
		return desk_assign(&desk, &given, &err);
	if (!strcmp(word, "measured"))
		return on_measured(name, more);
	if (!strcmp(word, "start"))
		return on_start(name);
	char *how = strsep(&more, " ");
	more = more ? more : empty;
	if (!strcmp(word, "campaign"))
		return on_campaign(name, how, more);
	if (!strcmp(word, "cut"))
		return on_cut(name, how, more);
	fail(word, "no such line");
	return 0;
}

int main(int argc, char **argv)
{
	char line[4096];
	if (argc != 3 || site_init(&site, &err) || store_open(&desk.store, argv[1], false, &err))
		fail("drive_desk", argc == 3 ? err.text : "STORE SECONDS");
	desk.actor.at = strtoll(argv[2], NULL, 10);
	while (fgets(line, sizeof line, stdin)) {
		char said[4096];
		line[strcspn(line, "\n")] = 0;
		memcpy(said, line, sizeof said);
		if (line[0] && obey(line))
			fail(said, err.text);
	}
	store_close(desk.store);
	site_fini(&site);
	return 0;
}
