# shellcheck shell=bash
# liar_place.bash - sourced by the scripts that run xfer against a lying peer: a fresh place for each lie, and the judgement.

# place - an empty folder dst, a source src, and beside them what nobody may touch.
place()
{
	cd "$TEST_TMP" || exit 1
	rm -rf dst src outside report err log
	mkdir -p dst src/d outside
	echo a >src/a
	echo b >src/d/b
	echo canary >outside/canary
	outside_before=$(outside)
}

# What changes when anything in the folder outside is touched; each lie is asked twice.
outside()
{
	find outside -printf '%p %y %i %m %U %G %n %s %T@ %C@ %l\n' && echo "$(<outside/canary)"
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
# reports is not a success. A run that hangs is ended after two minutes and has 124.
ends_in()
{
	local wanted=$1 status=0
	shift
	timeout 120 "$@" >report 2>err || status=$?
	case " $wanted " in
	*" $status "*) ;;
	*)
		echo "it ended in $status, wanted $wanted (LIES_TURN=$LIES_TURN)"
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
	local name
	[ "$(outside)" = "$outside_before" ] || return
	for name in * .[!.]*; do
		case $name in
		dst | src | outside | report | err | out | log | said | peak | state | '.[!.]*') ;;
		*)
			echo "$name was added"
			return 1
			;;
		esac
	done
}

# lies PROGRAM [PATTERN] - the names and statuses of its cases; those that are asked for by name are not among them. The release
# run has them all; under a sanitizer, which takes many times as long, each third, and not always the same (LIES_TURN, 0 to 2,
# has those of an earlier run; LIES_STEP=1 all).
LIES_TURN=${LIES_TURN:-$((RANDOM % 3))}
[ "$TEST_MODE" = release ] || LIES_STEP=${LIES_STEP:-3}
lies()
{
	"$BIN_TEST/$1" --list | grep -vE '^(ask|many)_' | grep -E "${2:-.}" |
		awk -v step="${LIES_STEP:-1}" -v turn="$LIES_TURN" 'NR % step == turn % step'
}
