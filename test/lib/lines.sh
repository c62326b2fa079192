# lines.sh: compares what a page shows with what was printed; to be sourced.

# What a page shows as a regular expression: "..." is anything.
pattern_of ()
{
    sed -e 's/[][\.*^$+?(){}|]/\\&/g' -e 's/\\\.\\\.\\\./.*/g' <<< "$1"
}

# same_lines WANTED GOT
same_lines ()
{
    local -a want got
    local i
    mapfile -t want <<< "$1"
    mapfile -t got <<< "$2"
    for ((i = 0; i < ${#want[@]} || i < ${#got[@]}; i++)); do
        [[ ${got[i]-} =~ ^$(pattern_of "${want[i]-}")$ ]] && continue
        echo "line $((i + 1)): the page shows '${want[i]-}'"
        echo "line $((i + 1)): printed was   '${got[i]-}'"
        return 1
    done
}
