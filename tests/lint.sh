#!/usr/bin/env bash
# lint.sh [check...] - what style.md and design.md ask for and a machine can see. Prints file:line of each finding,
# a line a check, and closes with the totals. Exceptions, each with its reason, are in lint/exceptions.txt.
# takes: 80
set -u
cd "$(dirname "$0")/.." || exit 1

exceptions=tests/lint/exceptions.txt
code_folders=(xfer dbdump scheduler bench tests)

mapfile -t sources < <(find "${code_folders[@]}" -name '*.c' -type f | LC_ALL=C sort)
mapfile -t headers < <(find "${code_folders[@]}" -name '*.h' -type f | LC_ALL=C sort)
mapfile -t scripts < <(find "${code_folders[@]}" \( -name '*.sh' -o -name '*.bash-completion' \) -type f | LC_ALL=C sort
	find scheduler/hooks -type f ! -name '*.*'
	find .ci -name run -type f)
mapfile -t pages < <(find xfer dbdump scheduler -name '*.[1-8]' -type f | LC_ALL=C sort)
code=("${sources[@]}" "${headers[@]}")

# Leaves out the findings "path:line: name: ..." for which the exceptions name "path" or "path:name".
# Says nothing and succeeds when no finding is left.
allowed()
{
	awk -v list="$exceptions" '
		BEGIN {
			while ((getline line < list) > 0)
				if (line !~ /^#/ && split(line, word, " ") > 1)
					except[word[1]] = 1
		}
		{
			split($0, part, /: ?/)
			if (!(part[1] in except) && !((part[1] ":" part[3]) in except)) {
				print
				left = 1
			}
		}
		END { exit left }'
}

# The text of the C files without comments and strings, each line with its "path:line:".
bare()
{
	[ $# -eq 0 ] || awk -f tests/lint/bare.awk "$@"
}

lint_format()
{
	[ ${#code[@]} -eq 0 ] || clang-format --style=file --dry-run -Werror "${code[@]}" 2>&1 |
		awk -F: '/: error: / && !seen[$1, $2]++ { print $1 ":" $2 ": format: not as clang-format -i has it" }' | allowed
}

lint_length()
{
	[ ${#code[@]} -eq 0 ] || awk -f tests/lint/length.awk "${code[@]}" | allowed
}

lint_layers()
{
	local inside=()
	for file in "${code[@]}"; do
		[[ $file == tests/* || $file == bench/* ]] || inside+=("$file")
	done
	[ ${#inside[@]} -eq 0 ] || awk -f tests/lint/layers.awk "${inside[@]}" | allowed
}

lint_calls()
{
	bare "${sources[@]}" | awk -f tests/lint/calls.awk | allowed
}

# Waiting for a time instead of for the event makes a test slow on one machine and wrong on the next.
lint_no_sleep()
{
	{
		bare "${sources[@]}" | grep '^tests/' | grep -E '[^[:alnum:]_](sleep|usleep|nanosleep|clock_nanosleep)[[:space:]]*\('
		find tests -path tests/lint -prune -o -name '*.sh' ! -name lint.sh -type f -exec grep -nHE \
			'^[^#]*(^|[^[:alnum:]_./-])u?sleep([[:space:]]|$)' {} +
	} | sed -E 's/^([^:]*:[0-9]+):[[:space:]]*/\1: sleep: /' | allowed
}

lint_headers()
{
	[ ${#headers[@]} -eq 0 ] || awk '
		FNR == 1 && !/^\/\*/ { print FILENAME ":1: comment: a header begins with its job, ownership, threads" }
		/^#pragma once$/ { has[FILENAME] }
		END {
			for (i = 1; i < ARGC; i++)
				if (!(ARGV[i] in has))
					print ARGV[i] ":1: pragma: no #pragma once"
		}' "${headers[@]}" | allowed
}

# Left out: >> of a negative number, which gcc defines; readdir_r, which nobody should call; leaks, since cppcheck does
# not know the cleanup attribute (ASan's leak check does). Tests are left to their own runs, under the sanitizers too: half a minute.
lint_cppcheck()
{
	local checked=()
	mapfile -t checked < <(printf '%s\n' "${sources[@]}" | grep -v '^tests/')
	[ ${#checked[@]} -eq 0 ] && return
	mkdir -p build/cppcheck
	cppcheck --quiet -j "$(nproc)" --enable=warning,portability --inline-suppr --std=c11 --library=posix,gnu \
		--suppress=shiftTooManyBitsSigned --suppress=readdirCalled \
		--suppress=memleak --suppress=resourceLeak --cppcheck-build-dir=build/cppcheck --error-exitcode=1 -I. -D_GNU_SOURCE \
		-DXFER_VERSION='""' --template='{file}:{line}: {id}: {severity}: {message}' "${checked[@]}"
}

lint_shell()
{
	shellcheck -x -P . "${scripts[@]}"
}

lint_manual()
{
	[ ${#pages[@]} -eq 0 ] || mandoc -T lint -W error "${pages[@]}"
}

checks=(format length layers calls no_sleep headers cppcheck shell manual)
declare -A tool=([format]=clang-format [cppcheck]=cppcheck [shell]=shellcheck [manual]=mandoc)
declare -A says=(
	[format]="the code has the look of .clang-format"
	[length]="files have at most 500 lines and functions 60"
	[layers]="includes go downwards, by full path, own header first"
	[calls]="no forbidden call, and no library prints or exits"
	[no_sleep]="no test sleeps"
	[headers]="headers begin with a comment and have #pragma once"
	[cppcheck]="cppcheck finds nothing"
	[shell]="shellcheck finds nothing"
	[manual]="the manual pages are well-formed")

[ $# -eq 0 ] || checks=("$@")
passed=0 failed=0
for check in "${checks[@]}"; do
	if [ -n "${tool[$check]:-}" ] && ! command -v "${tool[$check]}" >/dev/null; then
		echo "${tool[$check]} is not installed: make deps"
		false
	else
		"lint_$check" 2>&1
	fi && result=ok || result=FAIL
	[ "$result" = ok ] && passed=$((passed + 1)) || failed=$((failed + 1))
	printf '%-4s  lint: %s\n' "$result" "${says[$check]}"
done
echo "lint: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
