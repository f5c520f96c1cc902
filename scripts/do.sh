#!/bin/sh
# Does what the Makefile offers, after setting up what is missing: system packages, .venv, translations.
# Needs a POSIX shell and Python 3.11 or newer, as root or as a normal user. Each refusal is one sentence.
set -eu
cd "$(dirname "$0")/.."
TOP=$(pwd -P)
BIN="$TOP/.venv/bin"
# Where it is set, each of the many processes that the tests and the demo start would compile everything anew: seconds each.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- what the machine must have ---------------------------------------------------------------------------------------

find_python() {
    PY=
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PY=$(command -v "$name")
            break
        fi
    done
    if [ -z "$PY" ]; then
        [ -z "${PYTHON:-}" ] || die "Sublet needs Python 3.11 or newer, and PYTHON=$PYTHON is not one."
        found=$(python3 -c 'import platform; print("this one has " + platform.python_version())' 2>/dev/null) || found="this machine has none"
        die "Sublet needs Python 3.11 or newer, and $found: install it, or say where it is with PYTHON=/path/to/python3.11."
    fi
    "$PY" -c 'import sqlite3, sys; sys.exit(sqlite3.sqlite_version_info < (3, 37))' 2>/dev/null ||
        die "Sublet needs SQLite 3.37 or newer inside Python, and $PY has none or an older one: choose another with PYTHON=/path/to/python3.11."
}

# need_disk MEGABYTES
need_disk() {
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$1" ] || die "There are only $free MB free for $TOP, and setting up takes $1 MB: make room and try again."
}

# may_be_root: whether system packages can be installed without asking a question
may_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# install PACKAGE…: system packages, or one sentence with the command that a person must give
install() {
    command -v apt-get >/dev/null || die "Sublet needs these Debian packages or their like: $*. Install them and try again."
    may_be_root || die "System packages are missing; give this command once and try again: su -c 'apt-get update && apt-get install -y $*'"
    say "Installing the system packages $* …"
    log=$(mktemp)
    # A package list that is out of date names files that are gone.
    if as_root apt-get update >"$log" 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "The system packages $* could not be installed; the lines above say why."
    fi
}

on_ubuntu() { [ -r /etc/os-release ] && grep -q '^ID=ubuntu' /etc/os-release; }

# --- .venv ------------------------------------------------------------------------------------------------------------

# make_venv: a new .venv with pip, also where Debian's python3-venv is missing and nobody is root
make_venv() {
    rm -rf .venv
    if "$PY" -c 'import ensurepip, venv' 2>/dev/null; then
        "$PY" -m venv .venv
    elif may_be_root && command -v apt-get >/dev/null; then
        version=$("$PY" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install "python$version-venv"
        "$PY" -m venv .venv
    else
        bootstrap_venv || die "Python's venv module is missing; give this command once and try again: su -c 'apt-get update && apt-get install -y python3-venv'"
    fi
}

# bootstrap_venv: pip from the machine's own pip, or from the wheel inside a Debian package that is unpacked, not installed
bootstrap_venv() {
    "$PY" -m venv --without-pip .venv 2>/dev/null || return 1
    if "$PY" -m pip --python .venv/bin/python install -q pip 2>/dev/null; then return 0; fi
    command -v dpkg-deb >/dev/null || return 1
    scratch=$(mktemp -d)
    (
        cd "$scratch"
        apt-get download python3-pip-whl >/dev/null 2>&1 && dpkg-deb -x ./*.deb . &&
            PYTHONPATH=$(echo usr/share/python-wheels/pip-*.whl) "$BIN/python" -m pip install -q --no-index \
                --find-links usr/share/python-wheels pip
    ) && made=0 || made=1
    rm -rf "$scratch"
    return $made
}

locked_install() {
    "$BIN/python" -m pip install --quiet --no-input --disable-pip-version-check --no-compile --require-hashes "$@"
}

# quick_install …: the same by uv, in a third of the time; it knows nothing of an index of one's own that pip was told of
quick_install() {
    [ -x "$BIN/uv" ] && ! "$BIN/python" -m pip config list 2>/dev/null | grep -Eq "[^-]index-url|no-index|proxy" &&
        "$BIN/uv" pip install --quiet --no-config --system-certs --python "$BIN/python" --require-hashes --no-build-isolation "$@" \
            >/dev/null 2>&1
}

# ensure_venv run|demo|test: .venv holds what is locked; it is made again only when a lock or its place changed, or it is broken
ensure_venv() {
    if "$BIN/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then PY=$BIN/python; else find_python; fi
    key=$("$PY" - "$TOP" <<'PYTHON'
import hashlib, pathlib, sys
digest = hashlib.sha256(sys.argv[1].encode())
for name in ("build", "run", "demo", "test"):
    digest.update(pathlib.Path("requirements", name + ".txt").read_bytes())
print(digest.hexdigest())
PYTHON
    )
    stamp=$(cat .venv/sublet-stamp 2>/dev/null || true)
    case $stamp in
        "test $key" | "$1 $key") return 0 ;;
        "demo $key") [ "$1" != run ] || return 0 ;; # the rest goes on top
        "run $key") ;;
        *)
            find_python
            case $1 in run | demo) need_disk 900 ;; test) need_disk 1800 ;; esac
            say "Making .venv with $("$PY" --version) …"
            make_venv
            ;;
    esac
    rm -f .venv/sublet-stamp
    say "Installing the locked packages of requirements/$1.txt …"
    # What comes as source is built with locked tools, too, not with whatever is newest today.
    { locked_install -r requirements/build.txt &&
        { quick_install -r "requirements/$1.txt" || locked_install --no-build-isolation --use-pep517 -r "requirements/$1.txt"; }; } ||
        die "The packages of requirements/$1.txt could not be installed; the lines above say why (is there a network, and room on the disk?)."
    # The project itself, in place: its folder on the path, that of what products install, and its command.
    printf '%s\n%s\n' "$TOP/src" "$TOP/sdk/python/src" >"$("$BIN/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sublet.pth"
    # Not a plain #! line: it would break on a path with spaces or of more than 127 characters.
    cat >"$BIN/sublet" <<COMMAND
#!/bin/sh
'''exec' "$BIN/python" "\$0" "\$@"
'''
import sys

from sublet.portals.cli.main import main

sys.exit(main())
COMMAND
    chmod +x "$BIN/sublet"
    echo "$1 $key" >.venv/sublet-stamp
}

# compile_messages: the .mo files beside the .po files
compile_messages() { "$BIN/python" scripts/messages.py compile; }

ensure_run() {
    ensure_venv run
    compile_messages
}

ensure_test() {
    ensure_venv test
    compile_messages
}

# ensure_browser: Chromium for the browser tests, in SUBLET_TEST_CHROMIUM unless it is Playwright's own
ensure_browser() {
    missing=
    ls /usr/lib/*/libatomic.so.1 /usr/lib*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1"
    find /usr/share/fonts /usr/local/share/fonts -name '*.ttf' 2>/dev/null | grep -q . || missing="$missing fonts-dejavu-core"
    if [ -z "${SUBLET_TEST_CHROMIUM:-}" ]; then
        # Ubuntu's chromium is a stub that wants snap; the others are real.
        # The one without windows first: it takes a third of the processor for the same pages.
        names="google-chrome"
        on_ubuntu || names="chromium-headless-shell chromium google-chrome"
        for name in $names; do
            SUBLET_TEST_CHROMIUM=$(command -v "$name") && break
        done
    fi
    if [ -z "${SUBLET_TEST_CHROMIUM:-}" ] && ! on_ubuntu; then missing="$missing chromium-headless-shell"; fi
    # shellcheck disable=SC2086  # one word for each package
    [ "$(uname)" != Linux ] || [ -z "$missing" ] || install $missing
    if [ -z "${SUBLET_TEST_CHROMIUM:-}" ] && ! on_ubuntu; then SUBLET_TEST_CHROMIUM=$(command -v chromium-headless-shell || true); fi
    if [ -n "${SUBLET_TEST_CHROMIUM:-}" ]; then
        export SUBLET_TEST_CHROMIUM
        return 0
    fi
    unset SUBLET_TEST_CHROMIUM
    if "$BIN/python" tests/chromium.py >/dev/null 2>&1; then return 0; fi
    may_be_root || die "Chromium is missing; give this command once and try again: sudo '$BIN/playwright' install-deps chromium && '$BIN/playwright' install chromium"
    say "Installing Chromium …"
    "$BIN/playwright" install --with-deps --only-shell chromium >&2 || die "Chromium could not be installed; the lines above say why."
}

ensure_postgres() { "$BIN/python" tests/postgres.py check >/dev/null 2>&1 || install postgresql; }

# ensure_servers: other people's servers: those in front of which single sign-on is tested, and the pooler of the database
ensure_servers() {
    { command -v caddy && command -v nginx && [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ]; } >/dev/null ||
        install caddy nginx-light apache2 libapache2-mod-auth-openidc
    { [ -e /usr/sbin/pgbouncer ] || command -v pgbouncer; } >/dev/null || install pgbouncer
}

# ensure_office: a spreadsheet program for the full run, which opens what leaves as one
ensure_office() { [ "${SUBLET_TEST_FULL:-}" != 1 ] || command -v soffice >/dev/null || install libreoffice-calc-nogui; }

# ensure_node: node with npm, and the locked tools that make and compile the client for TypeScript
ensure_node() {
    { command -v node && command -v npm; } >/dev/null || install nodejs npm
    lock=$(cksum <sdk/typescript/package-lock.json)
    [ "$(cat sdk/typescript/node_modules/sublet-stamp 2>/dev/null)" != "$lock" ] || return 0
    say "Installing the locked packages of sdk/typescript …"
    # Node trusts a list of its own; a machine behind a proxy of its owner's has that one's authority among the system's.
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    fi
    npm ci --prefix sdk/typescript --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
        die "The packages of sdk/typescript/package-lock.json could not be installed; the lines above say why."
    echo "$lock" >sdk/typescript/node_modules/sublet-stamp
}

# --- what is checked --------------------------------------------------------------------------------------------------

FAILED=

# step TITLE COMMAND…: run all, remember what failed
step() {
    title=$1
    shift
    printf '\n=== %s\n' "$title"
    "$@" || FAILED="$FAILED
  $title"
}

static_checks() {
    step "Lint" "$BIN/ruff" check
    step "Format" "$BIN/ruff" format --check
    step "Layers" "$BIN/lint-imports" --no-logo
    step "Translations" "$BIN/python" scripts/messages.py check
    step "Reference pages" "$BIN/python" scripts/docs.py check
    step "Vendored files" "$BIN/python" scripts/vendor.py check
}

# begin_types, end_types: the longest of the static checks takes one processor for a minute; what stands between them has the other
begin_types() {
    types=$(mktemp)
    "$BIN/mypy" >"$types" 2>&1 &
    pid=$!
}

end_types() {
    step "Types" wait "$pid"
    cat "$types"
    rm -f "$types"
}

sum_up() {
    [ -z "$FAILED" ] || printf '\n=== Failed:%s\n' "$FAILED"
}

# Two processes, a file to each in turn; the conftest puts the long ones first, so that neither waits for the other at the end.
SHARED="-n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 2"

# shellcheck disable=SC2086  # $SHARED is several options
run_tests() {
    begin_types
    static_checks
    if [ -n "${FAST:-}" ]; then
        end_types
        sum_up
        step "Tests on SQLite" env SUBLET_TEST_ALONE=1 "$BIN/pytest" -q $SHARED tests -m "not browser and not slow and not sso"
    else
        # The browser tests begin with the demo that the others have filled.
        SUBLET_TEST_SEEDED=$(mktemp -d)
        export SUBLET_TEST_SEEDED
        trap 'rm -rf "$SUBLET_TEST_SEEDED"' EXIT
        step "Tests on SQLite" "$BIN/pytest" -q $SHARED tests -m "not browser"
        end_types
        # Pure rules, the structure, the tooling, the readers of spreadsheets and what products install know no database, and the
        # demo is SQLite's.
        step "Tests on PostgreSQL" env SUBLET_TEST_DATABASE=postgresql "$BIN/pytest" -q $SHARED tests -m "not browser and not sso" --ignore=tests/core --ignore=tests/architecture --ignore=tests/tooling --ignore=tests/demo --ignore=tests/sdk --ignore=tests/oracle --ignore=tests/stripe_server --ignore-glob="*/foundation/test_sheets*"
        # Before the last step and not after it: the closing lines are pytest's own.
        sum_up
        step "Browser tests" "$BIN/pytest" -q -n 2 --dist loadgroup --no-loadscope-reorder $(grep -rl --include="test_*.py" "mark\.browser" tests) -m browser
    fi
    [ -z "$FAILED" ]
}

# --- the targets ------------------------------------------------------------------------------------------------------

case ${1:-} in
    demo)
        ensure_venv demo
        compile_messages
        # shellcheck disable=SC2086  # one option or none
        exec "$BIN/sublet" demo ${RESET:+--reset}
        ;;
    install)
        ensure_run
        ;;
    run)
        ensure_run
        exec "$BIN/sublet" serve
        ;;
    test)
        ensure_test
        if [ -z "${FAST:-}" ]; then
            ensure_postgres
            ensure_browser
            ensure_servers
            ensure_office
            ensure_node
        fi
        run_tests
        ;;
    check)
        ensure_test
        begin_types
        static_checks
        end_types
        sum_up
        [ -z "$FAILED" ]
        ;;
    fmt)
        ensure_venv test
        "$BIN/ruff" check --fix-only --quiet
        "$BIN/ruff" format
        ;;
    bench)
        ensure_test
        # shellcheck disable=SC2086  # one name or none
        exec "$BIN/python" -m bench ${ONLY:-}
        ;;
    messages)
        ensure_venv test
        "$BIN/python" scripts/messages.py update
        compile_messages
        ;;
    docs)
        ensure_test
        exec "$BIN/python" scripts/docs.py
        ;;
    lock)
        find_python
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        "$PY" -m venv "$scratch"
        "$scratch/bin/pip" install --quiet --disable-pip-version-check "uv~=0.13.9"
        lock() {
            "$scratch/bin/uv" pip compile --quiet --no-config --system-certs --universal --generate-hashes --no-annotate --upgrade \
                --python-version 3.11 --python "$PY" --custom-compile-command "make lock" "$@"
        }
        # pip, as Debian 12's own refuses locked packages that ask for another with an extra; what builds a package that comes
        # as source; and uv, which installs the rest.
        printf 'pip\nsetuptools\nuv\nwheel\n' | lock - --output-file requirements/build.txt
        lock pyproject.toml --output-file requirements/run.txt
        lock pyproject.toml --extra demo --constraints requirements/run.txt --output-file requirements/demo.txt
        lock pyproject.toml --extra test --constraints requirements/demo.txt --output-file requirements/test.txt
        ;;
    *)
        die "usage: scripts/do.sh demo|install|run|test|check|fmt|bench|messages|docs|lock"
        ;;
esac
