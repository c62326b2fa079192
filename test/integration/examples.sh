#!/bin/bash
# Runs the examples of the man pages as they stand there, each page's in an empty volume, and compares what they print.
# src/common/tool/tool.h says what an example may count on.

. "$PVFS2_SRC/test/integration/examples-lib.sh"
. "$PVFS2_SRC/test/lib/lines.sh"

example_volume

# One example: the commands that were gathered, and what they should print.
run_one ()
{
    local got
    [ -n "$commands" ] || return 0
    got=$(bash -c "$commands" 2>&1 < /dev/null)
    printf '%s\n--\n%s\n' "$commands" "$got"
    same_lines "${output%$'\n'}" "$got"
}

# run_page TOOL
run_page ()
{
    local line commands= output= n=0
    "$1" --help-examples > examples.txt || return 1
    [ -s examples.txt ] || { echo "$1 shows no example"; return 1; }
    rm -rf work && mkdir work && cd work || return 1
    while IFS= read -r line <&3; do
        if [[ $line == '$ '* ]]; then
            [ -z "$output" ] || { run_one || return 1; commands= output=; }
            commands+=${line#'$ '}$'\n'
            n=$((n + 1))
        else
            output+=$line$'\n'
        fi
    done 3< ../examples.txt
    run_one && [ $n -gt 0 ]
}

for tool in $tools; do
    check "examples-of-$tool" eval '(run_page "$tool")'
    empty_volume || bail_out "the volume cannot be emptied"
done

finish
