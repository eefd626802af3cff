#!/usr/bin/env bash
# Builds the wheel, installs it in an empty folder and uses it as a stranger would: without a checkout
# and, where this is run by root, as an ordinary user.
#
#     scripts/try_wheel.sh [PYTHON]    PYTHON has pip and builds the wheel
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
builder=$(realpath -s "${1:-$root/.venv/bin/python}")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$builder" -m pip wheel -q --no-deps -w "$folder/dist" "$root"
cp "$root/constraints.txt" "$folder/dist"
mkdir "$folder/empty" "$folder/home"

user=()
if [ "$(id -u)" = 0 ]; then
    user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    chown -R 65534:65534 "$folder"
fi
run() { "${user[@]}" env -u PYTHONPATH HOME="$folder/home" XDG_CACHE_HOME= XDG_CONFIG_HOME= XDG_DATA_HOME= TMPDIR= "$@"; }

# The first Python that this user may run; root's own often lies where nobody else may look.
for python in $(type -aP python3); do
    run "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
    python=
done
[ -n "$python" ] || { echo "no Python 3.11 with ensurepip that an ordinary user can run" >&2; exit 1; }

cd "$folder/empty"
run "$python" -m venv ../venv
run ../venv/bin/pip install -q -c ../dist/constraints.txt ../dist/walkthrough-*.whl
walkthrough=../venv/bin/walkthrough

expect() { # STATUSES COMMAND…: what is printed goes to ./out
    local wanted=$1 status=0
    shift
    run "$@" >out 2>&1 </dev/null || status=$?
    if [[ " $wanted " != *" $status "* ]]; then
        echo "try_wheel: \`$*\` ended with $status instead of $wanted:" >&2
        cat out >&2
        exit 1
    fi
}

run touch out
expect 0 "$walkthrough" --version
expect 0 "$walkthrough" scenarios
grep -q first-connection out
expect 0 "$walkthrough" record first-connection --server python -o ../run.jsonl
expect 0 "$walkthrough" export ../run.jsonl --to json
expect 0 "$walkthrough" compare ../run.jsonl ../run.jsonl
expect 0 "$walkthrough" check first-connection port-in-use --server python
expect 0 "$walkthrough" progress
expect 0 "$walkthrough" progress --forget
expect 2 "$walkthrough" first-connection --replay # there is no terminal
expect "0 1" "$walkthrough" doctor                # 0 where this machine has a Go of its own
run rm out
[ -z "$(ls -A)" ] || { echo "try_wheel: the current folder was written to: $(ls -A)" >&2; exit 1; }
echo "the wheel works, as user $(run id -u)"
