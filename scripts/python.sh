# Read by the scripts beside it: sets PYTHON to the first Python 3.11 or newer on this machine, or stops.

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] || continue
        command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            PYTHON=$candidate
            return 0
        fi
    done
    echo "planner needs Python 3.11 or newer, and there is none on the PATH." >&2
    echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: PYTHON=/path/to/python $0" >&2
    return 1
}

find_python || exit 1
