#include "xfer/base/figure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct figure figure_count(uint64_t v)
{
	char digits[24];
	struct figure f;
	size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, v), to = 0;
	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			f.text[to++] = ',';
		f.text[to++] = digits[i];
	}
	f.text[to] = '\0';
	return f;
}

struct figure figure_units(uint64_t v)
{
	static const char units[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
	struct figure f;
	size_t step = 0;
	uint64_t hundred = 10; /* a hundredth of the unit */

	if (v < 1000) {
		snprintf(f.text, sizeof f.text, "%" PRIu64, v);
		return f;
	}
	/* cut, not rounded: what is not there yet is not announced, and no "1000.00k" can arise */
	while (v / hundred >= 100000 && step + 1 < sizeof units) {
		hundred *= 1000;
		step++;
	}
	snprintf(f.text, sizeof f.text, "%" PRIu64 ".%02u%c", v / hundred / 100,
		 (unsigned)(v / hundred % 100), units[step]);
	return f;
}

struct figure figure_bytes(uint64_t v, bool human)
{
	struct figure f = human ? figure_units(v) : figure_count(v);
	size_t n = strlen(f.text);
	snprintf(f.text + n, sizeof f.text - n, human && v >= 1000 ? "B" : v == 1 ? " byte" : " bytes");
	return f;
}

struct figure figure_clock(uint64_t s)
{
	struct figure f;
	if (s < 100 * 3600)
		snprintf(f.text, sizeof f.text, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
			 (unsigned)(s % 60));
	else
		snprintf(f.text, sizeof f.text, "%" PRIu64 " days", s / 86400);
	return f;
}

struct figure figure_seconds(double v)
{
	struct figure f;
	if (!(v > 0))
		v = 0;
	if (v > 1e15)
		v = 1e15;
	/* by integers: printf's %f has the locale's decimal point */
	uint64_t hundredths = (uint64_t)(v * 100 + 0.5), s = (uint64_t)(v + 0.5);
	if (hundredths < 1000)
		snprintf(f.text, sizeof f.text, "%" PRIu64 ".%02u s", hundredths / 100,
			 (unsigned)(hundredths % 100));
	else if (hundredths < 6000)
		snprintf(f.text, sizeof f.text, "%" PRIu64 ".%u s", hundredths / 100,
			 (unsigned)(hundredths / 10 % 10));
	else if (s < 3600)
		snprintf(f.text, sizeof f.text, "%" PRIu64 " min %02u s", s / 60, (unsigned)(s % 60));
	else
		snprintf(f.text, sizeof f.text, "%" PRIu64 " h %02u min", s / 3600, (unsigned)(s / 60 % 60));
	return f;
}
