#include "xfer/front/cipher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/base/strings.h"

enum { TEXT_MOST = 64 * 1024, ANSWER_MS = 5000 };

static const char usual[] = "chacha20-poly1305@openssh.com,", fast[] = "aes128-gcm@openssh.com";

bool cipher_has_aes(const char *cpuinfo)
{
	for (const char *p = strstr(cpuinfo, " aes"); p; p = strstr(p + 1, " aes"))
		if (p[4] == ' ' || p[4] == '\n')
			return true;
	return false;
}

/* The line "ciphers a,b,c" of config, without its first word; not terminated. */
static const char *ciphers_of(const char *config, size_t *len)
{
	static const char key[] = "ciphers ";
	const char *p = config;
	while (p && strncasecmp(p, key, sizeof key - 1) != 0)
		if ((p = strchr(p, '\n')))
			p++;
	if (!p)
		return NULL;
	p += sizeof key - 1;
	*len = strcspn(p, "\r\n");
	return p;
}

char *cipher_order(const char *config)
{
	size_t len, n = sizeof fast - 1;
	const char *all = ciphers_of(config, &len), *at = all;
	if (!all || strncmp(all, usual, sizeof usual - 1) != 0)
		return NULL; /* somebody has put another one in front */
	while (at && !(strncmp(at, fast, n) == 0 && (at + n == all + len || at[n] == ','))) {
		const char *comma = memchr(at, ',', len - (size_t)(at - all));
		at = comma ? comma + 1 : NULL;
	}
	if (!at)
		return NULL;
	char *out = malloc(len + 1);
	if (!out)
		return NULL;
	/* it, a comma and what stood before it, which ends in one; then what stood behind it, which begins with one */
	size_t before = (size_t)(at - all);
	memcpy(out, fast, n);
	out[n] = ',';
	memcpy(out + n + 1, all, before - 1);
	memcpy(out + n + before, at + n, len - before - n);
	out[len] = '\0';
	return out;
}

/* All that can be read, terminated, up to TEXT_MOST; NULL: nothing. */
static char *read_all(struct chan *c)
{
	char *text = malloc(TEXT_MOST + 1);
	size_t len = 0;
	ssize_t n = text ? 1 : 0;
	uint64_t until = clock_now() + ANSWER_MS * (CLOCK_SECOND / 1000);
	while (n > 0 && len < TEXT_MOST && clock_now() < until && chan_wait(c, true, false, ANSWER_MS) > 0) {
		n = chan_read(c, text + len, TEXT_MOST - len);
		if (n == -EAGAIN || n == -EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (text)
		text[len] = '\0';
	return text;
}

static char *cpuinfo(void)
{
	struct chan *c;
	struct err ignored;
	int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || chan_open_fds(&c, fd, fd, &ignored) < 0)
		return NULL;
	char *text = read_all(c);
	chan_close(c);
	return text;
}

/* What ssh -G says: its configuration for this host. It connects to nobody. NULL: it has no -G, or is no OpenSSH. */
static char *ask(const struct strings *words, const struct remote *to)
{
	static char sh[] = "sh", dash_c[] = "-c", quietly[] = "exec \"$@\" 2>/dev/null", dash_g[] = "-G",
		    dash_l[] = "-l", nothing[] = "true";
	char **argv = calloc(words->count + 11, sizeof *argv), **at = argv, *text = NULL;
	struct chan *c;
	struct err ignored;
	if (!argv)
		return NULL;
	*at++ = sh;
	*at++ = dash_c;
	*at++ = quietly;
	*at++ = sh;
	*at++ = words->at[0];
	*at++ = dash_g;
	for (size_t i = 1; i < words->count; i++)
		*at++ = words->at[i];
	if (to->user) {
		*at++ = dash_l;
		*at++ = to->user;
	}
	*at++ = to->host;
	*at = nothing;
	if (chan_open_command(&c, argv, &ignored) == 0) {
		text = read_all(c);
		chan_close(c);
	}
	free(argv);
	return text;
}

/* Is it an ssh to which nobody said -c or -oCiphers? */
static bool is_undecided(const struct strings *words)
{
	const char *slash = strrchr(words->at[0], '/');
	if (strcmp(slash ? slash + 1 : words->at[0], "ssh") != 0)
		return false;
	for (size_t i = 1; i < words->count; i++)
		if (strncmp(words->at[i], "-c", 2) == 0 || strcasestr(words->at[i], "ciphers"))
			return false;
	return true;
}

static int insert(struct strings *words, const char *list)
{
	struct strings with = { 0 };
	int r = 0;
	for (size_t i = 0; r == 0 && i < words->count; i++) {
		r = strings_add(&with, words->at[i], strlen(words->at[i]));
		if (r == 0 && i == 0 && (r = strings_add(&with, "-c", 2)) == 0)
			r = strings_add(&with, list, strlen(list));
	}
	if (r < 0) {
		strings_fini(&with);
		return r;
	}
	strings_fini(words);
	*words = with;
	return 0;
}

int cipher_prefer(struct strings *words, const struct remote *to, struct err *err)
{
	char *cpu = is_undecided(words) ? cpuinfo() : NULL;
	char *config = cpu && cipher_has_aes(cpu) ? ask(words, to) : NULL;
	char *list = config ? cipher_order(config) : NULL;
	int r = list ? insert(words, list) : 0;
	free(cpu);
	free(config);
	free(list);
	return r < 0 ? err_set(err, r, "%s", to->host) : 0;
}
