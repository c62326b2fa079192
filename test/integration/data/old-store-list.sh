# Everything of a volume that can be seen with the tools of the foundation: attributes, bytes, extended attributes. To be sourced, by what made the kept
# store and by what compares the migrated one.

# list_attributes ROOT: without lines that came later, and without where it is mounted.
list_attributes ()
{
    local path
    while IFS= read -r path; do
        pvfs2-stat "$path" | sed -e 's/\.[0-9]\{9\} / /; /^  \(File\|Links\|Blocks\|Spreads\|Changes\) /d'
    done < <(list_paths "$1")
}

# list_contents ROOT
list_contents ()
{
    local path key
    while IFS= read -r path; do
        case $(pvfs2-ls -ld "$path") in
        -*) echo "${path#"$1"}: $(pvfs2-cp "$path" list.tmp && sha256sum < list.tmp)" ;;
        l*) echo "${path#"$1"}: $(pvfs2-ls -ld "$path" | sed 's/.* -> //')" ;;
        esac
        for key in user.colour user.long user.dir user.pvfs2.num_dfiles; do
            pvfs2-xattr -t -k $key "$path" > list.tmp 2>/dev/null && echo "${path#"$1"}: $key: $(sha256sum < list.tmp)"
        done
    done < <(list_paths "$1")
    rm -f list.tmp
}

# list_paths ROOT
list_paths ()
{
    local name
    echo "$1"
    while IFS= read -r name; do
        case $(pvfs2-ls -ld "$1/$name") in
        d*) list_paths "$1/$name" ;;
        *) echo "$1/$name" ;;
        esac
    done < <(pvfs2-ls -A "$1")
}
