#!/bin/bash
# Checks that every folder below src/ includes only from the folders below it (doc/ARCHITECTURE.md),
# and that Berkeley DB and FUSE are named in one place each.  Prints one line per rule.

set -u
src=${PVFS2_SRC:-$(cd "$(dirname "$0")/.." && pwd -P)}
cd "$src/src" || exit 2

# A folder and what it may include from besides itself and the installed headers.  A folder that is
# not named here belongs to the nearest one above it that is.  The state machine engine lies in common but above job, which it runs.
layers='
common            -
io/job            common
common/sm         common io/job
io/description    common io/job
io/bmi            common io/job
io/trove          common io/job
proto             common io/job io/description
io/msgpair        common io/job common/sm io/description proto io/bmi
io/flow           common io/job io/description io/bmi io/trove
server            common io/job common/sm io/description proto io/bmi io/msgpair io/trove io/flow
client/sysint     common io/job common/sm io/description proto io/bmi io/msgpair io/flow
kernel-bridge     common io/job common/sm io/description client/sysint
apps              common io/job io/description proto client/sysint
apps/storage      common io/job io/description proto io/trove server apps
'

violations=$(
    { echo "$layers"; echo END; find . -name '*.[ch]' | sort | xargs grep -nE '^[ \t]*#[ \t]*include' /dev/null; } |
    awk -v top="$src" '
    function layer_of (path) {
        while (path != "" && !(path in allowed)) {
            if (!sub ("/[^/]*$", "", path)) path = ""
        }
        return path
    }
    function exists (path,   line, there) {
        if (!(path in seen)) seen[path] = (system ("test -f \"" path "\"") == 0)
        return seen[path]
    }
    $0 == "END" { body = 1; next }
    !body && NF { name = $1; $1 = ""; allowed[name] = $0 " "; next }
    !body { next }
    {
        file = substr ($0, 3, index ($0, ":") - 3)
        rest = substr ($0, index ($0, ":") + 1)
        line = substr (rest, 1, index (rest, ":") - 1)
        folder = file; sub ("/[^/]*$", "", folder)
        from = layer_of (folder)
        if (from == "") { print "unknown", file ":" line, "is in no known layer"; next }
        if (!match ($0, /["<][^">]*[">]/)) next
        quote = substr ($0, RSTART, 1)
        name = substr ($0, RSTART + 1, RLENGTH - 2)
        if (name == "db.h" && folder !~ "^io/trove/dbpf")
            print "libdb", file ":" line, "includes db.h"
        if (name ~ "^fuse" && quote == "<" && folder !~ "^kernel-bridge")
            print "libfuse", file ":" line, "includes " name
        if (quote == "<") next
        if (exists (folder "/" name)) target = folder "/" name
        else if (exists (name)) target = name
        else if (exists (top "/include/" name)) next
        else { print "resolve", file ":" line, "includes \"" name "\", which is neither below src nor include"; next }
        while (sub ("[^/]+/\\.\\./", "", target)) ;
        dir = target; sub ("/[^/]*$", "", dir)
        to = layer_of (dir)
        if (to != from && index (allowed[from], " " to " ") == 0)
            print from, file ":" line, "includes \"" name "\" of " to
    }'
)

status=0
rule ()
{
    local bad
    bad=$(grep "^$1 " <<< "$violations")
    if [ -z "$bad" ]; then
        echo "ok $2"
    else
        echo "not ok $2 - $(head -1 <<< "$bad" | cut -d' ' -f2-)$([ "$(wc -l <<< "$bad")" -eq 1 ] || echo ", and $(($(wc -l <<< "$bad") - 1)) more")"
        cut -d' ' -f2- <<< "$bad"
        status=1
    fi
}

while read -r folder _; do
    [ -n "$folder" ] || continue
    rule "$folder" "$folder-includes-downward"
done <<< "$layers"
rule unknown "every-folder-has-a-layer"
rule resolve "every-include-is-found"
rule libdb "only-dbpf-includes-berkeley-db"
rule libfuse "only-the-bridge-includes-fuse"
exit $status
