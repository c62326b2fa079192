#!/bin/bash
# Completion in bash itself, as its line editor does it: a tab is typed into an interactive bash, and the command says what it got.

. "$PVFS2_SRC/test/lib/cluster.sh"

completion=$PVFS2_SRC/src/apps/completion/pvfs2
tools=$(grep -l -e --help-man -- "$PVFS2_SRC"/doc/man/*.[18] | sed 's,.*/,,; s/\.[18]$//')

# typed TEXT: what an interactive bash prints to it; \t is the tab.
typed ()
{
    printf ". '$completion'\n$1\n" | bash --norc --noprofile -i 2> typed.log
    cat typed.log >&2
}

# becomes TEXT WORDS: after "echo" for the command's name, so that nothing runs.
becomes ()
{
    local got
    got=$(typed "function ${1%% *} { printf '<%%s>' \"\$@\"; echo; }\n$1" | tail -n 1)
    [ "$got" = "$2" ] || { echo "'$1' becomes $got"; return 1; }
}

# The option --help of every tool, found by its first letters.
every_tool_is_completed ()
{
    local t text= wanted=
    for t in $tools; do
        text+="$t --hel\t | head -n 1\n"
        wanted+=$t$'\n'
    done
    typed "$text" | sed -n 's/^usage: \([a-z0-9.-]*\).*/\1/p' | sort -u | diff <(sort -u <<< "${wanted%$'\n'}") -
}

installs_under_each_name ()
{
    local t dir=$PVFS2_TMP/dest
    make -s -C "$PVFS2_BUILD" install-dist_completionDATA DESTDIR="$dir" > /dev/null &&
        make -s -C "$PVFS2_BUILD" install-data-hook DESTDIR="$dir" > /dev/null || return
    dir=$(dirname "$(find "$dir" -name pvfs2 -type f)")
    for t in $tools; do
        cmp "$dir/$t" "$completion" || return
    done
}

touch some-file "with blank"
check every-tool every_tool_is_completed
check an-option becomes 'pvfs2-ls --rec\t' "<--recursive>"
check no-option-that-is-none becomes 'pvfs2-ls --rox\t' "<--rox>"
check a-file-name becomes 'pvfs2-cp so\t /x' "<some-file></x>"
check a-name-with-a-blank becomes 'pvfs2-cp with\t' "<with blank>"
check a-file-name-behind-an-option becomes 'pvfs2-viewdist -f so\t' "<-f><some-file>"
check a-file-name-in-the-option-itself becomes 'pvfs2-viewdist --file=so\t' "<--file=some-file>"
check no-file-name-for-a-number becomes 'pvfs2-cp -n so\t' "<-n><so>"
check no-option-behind-two-dashes becomes 'pvfs2-ls -- --rec\t' "<--><--rec>"
check the-front-command-completes-tools becomes 'pvfs2 genc\t' "<genconfig>"
check the-front-command-completes-help becomes 'pvfs2 help trunc\t' "<help><truncate>"
check the-front-command-completes-their-options becomes 'pvfs2 ls --rec\t' "<ls><--recursive>"
check a-mount-option becomes 'mount.pvfs2 x y -o strict\t' "<x><y><-o><strictatime>"
check the-next-mount-option becomes 'pvfs2-client -o ro,nosu\t' "<-o><ro,nosuid>"
check a-mount-option-that-wants-more becomes 'mount.pvfs2 -o op-t\t5' "<-o><op-timeout=5>"
check installed-under-each-name installs_under_each_name

cluster_start 1 --notrovesync
pvfs2-mkdir "$vol/a-directory"
check a-name-in-a-volume-that-is-not-mounted becomes "pvfs2-ls $vol/a-d\t" "<$vol/a-directory>"

finish
