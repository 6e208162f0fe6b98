# shellcheck shell=bash
# liar_place.bash - sourced by the scripts that run xfer against a lying peer: a fresh place for each lie, and the judgement.

# place - an empty folder dst, a source src, and beside them what nobody may touch.
place()
{
	cd "$TEST_TMP" || exit 1
	rm -rf dst src outside
	mkdir -p dst src/d outside
	echo a >src/a
	echo b >src/d/b
	echo canary >outside/canary
	outside_before=$(outside)
	rm -f report err log
}

# What changes when anything in the folder outside is touched; each lie is asked twice.
outside()
{
	find outside -printf '%p %y %i %m %U %G %n %s %T@ %C@ %l\n' && cat outside/canary
}

# patience STATUSES - for --timeout. Short where silence is what ends the run; else none that a slow machine could need.
patience()
{
	case " $1 " in
	*" 30 "*) echo 2 ;;
	*) echo 25 ;;
	esac
}

# ends_in STATUSES COMMAND... - runs it; its status is one of these, never that of a signal or a sanitizer, and what it
# reports is not a success. A run that hangs is ended after 30 s and has 124.
ends_in()
{
	local wanted=$1 status=0
	shift
	timeout 30 "$@" >report 2>err || status=$?
	case " $wanted " in
	*" $status "*) ;;
	*)
		echo "it ended in $status, wanted $wanted"
		head -c 2000 report
		head -c 2000 err
		return 1
		;;
	esac
	if [ "$status" -ne 0 ] && grep -E '"ok":true|^OK: ' report; then
		echo "it ended in $status, and says that all is well"
		return 1
	fi
	# what sanitizers and broken invariants say, also in a child whose status nobody sees
	! grep -E 'Sanitizer|runtime error|broken invariant|stack smashing|buffer overflow' err
}

# untouched - what stands beside the two trees is as it was, and nothing was added to it.
untouched()
{
	[ "$(outside)" = "$outside_before" ] &&
		[ "$(find . -maxdepth 1 -mindepth 1 -printf '%f ')" = "$(place_names)" ]
}

place_names()
{
	find . -maxdepth 1 -mindepth 1 '(' -name dst -o -name src -o -name outside -o -name report -o -name err -o \
		-name out -o -name log -o -name said -o -name peak -o -name state ')' -printf '%f '
}

# lies PROGRAM [PATTERN] - the names and statuses of its cases; those that are asked for by name are not among them.
lies()
{
	"$BIN_TEST/$1" --list | grep -vE '^(ask|many)_' | grep -E "${2:-.}"
}
