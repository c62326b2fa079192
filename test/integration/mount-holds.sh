#!/bin/bash
# Files outlive their last name while a mount has them open – whoever removes it, and whatever happens to servers meanwhile – and are gone after.

. "$PVFS2_SRC/test/integration/mount-lib.sh"
needs_mount

cluster_start 4
check first-mount mount_at "$m1" || exit 1
check second-mount mount_at "$m2" || exit 1
head -c 3000000 /dev/urandom > data

bstreams ()
{
    find "$cluster/storage" -name '*.bstream' | wc -l
}

no_bstreams ()
{
    [ "$(bstreams)" -eq 0 ]
}

# open_file N FILE: descriptor N is the file, with the data in it.
open_file ()
{
    cp data "$2" && eval "exec $1<> \"\$2\""
}

# has_no_name N: as soon as the attributes that the mount remembers are old enough.
has_no_name ()
{
    [ "$(stat -L -c %h "/proc/$BASHPID/fd/$1")" -eq 0 ]
}

# The descriptor still has the data (read anew, from its beginning), and no name.
has_data ()
{
    cmp data "/proc/$BASHPID/fd/$1" && wait_until 3 has_no_name "$1"
}

close_file ()
{
    eval "exec $1>&-"
}

# ---- who removes it, and how -------------------------------------------------------------------------------------------------

removed_here ()
{
    open_file 5 "$m1/a" && rm "$m1/a" && [ ! -e "$m1/a" ] && has_data 5
}

removed_elsewhere ()
{
    open_file 5 "$m1/b" && rm "$m2/b" && has_data 5
}

replaced_here ()
{
    open_file 5 "$m1/c" && echo new > "$m1/c.new" && mv "$m1/c.new" "$m1/c" && has_data 5 && [ "$(cat "$m1/c")" = new ]
}

replaced_elsewhere ()
{
    open_file 5 "$m1/d" && echo new > "$m2/d.new" && mv "$m2/d.new" "$m2/d" && has_data 5
}

# The directories live on different servers, so the file is not where its name is.
removed_far_from_its_name ()
{
    local i
    for i in {1..6}; do
        mkdir "$m1/dir$i" "$m1/other$i" && open_file 5 "$m1/dir$i/f" && mv "$m1/dir$i/f" "$m1/other$i/f" &&
            rm "$m1/other$i/f" && has_data 5 || return
        close_file 5
    done
}

last_of_two_names ()
{
    open_file 5 "$m1/e" && ln "$m1/e" "$m1/e2" && rm "$m1/e" && [ "$(stat -c %h "$m1/e2")" -eq 1 ] && rm "$m1/e2" && has_data 5
}

can_be_changed ()
{
    printf hello >&5 && truncate -s 100000 "/proc/$BASHPID/fd/5" && chmod 600 "/proc/$BASHPID/fd/5" && sync "/proc/$BASHPID/fd/5" &&
        [ "$(stat -L -c '%s %a' "/proc/$BASHPID/fd/5")" = "100000 600" ]
}

two_holders ()
{
    open_file 5 "$m1/g" && exec 6< "$m2/g" && rm "$m1/g" && close_file 5 && has_data 6
}

# An open waits for one server, that of a datafile; that of the file has answered already. 50 ms after the close before, the hold would be given back.
opened_while_it_is_given_back ()
{
    local i holder
    for i in 0 1 2 3; do
        open_file 5 "$m1/k$i" && stat "$m1/k$i" || return
        kill -STOP "${cluster_pids[i]}"
        close_file 5
        (exec 5<> "$m1/k$i" && touch opened$i && wait_until 10 test -e removed$i && has_data 5) &
        holder=$!
        sleep 0.3
        kill -CONT "${cluster_pids[i]}"
        wait_until 10 test -e opened$i && rm "$m2/k$i" && touch removed$i
        wait $holder || return
    done
}

gone_after_close ()
{
    close_file 5
    wait_until 5 no_bstreams
}

for test in removed_here removed_elsewhere replaced_here replaced_elsewhere removed_far_from_its_name last_of_two_names; do
    check "${test//_/-}" $test
    [ $test = last_of_two_names ] || close_file 5
done
check without-a-name-it-can-be-changed can_be_changed
rm -rf "$m1"/*
check gone-when-the-last-descriptor-is-closed gone_after_close
check the-last-of-two-holders-counts two_holders
close_file 6
check gone-when-both-have-closed wait_until 5 no_bstreams
check an-open-is-not-overtaken-by-the-close-before opened_while_it_is_given_back
check gone-after-that-too wait_until 5 no_bstreams

# ---- servers and mounts that die ------------------------------------------------------------------------------------------------

# All servers start anew: what they knew of holds is gone, and is told again before their patience ends.
servers_start_anew ()
{
    local i
    for i in 0 1 2 3; do
        server_kill $i
    done
    for i in 0 1 2 3; do
        server_start $i 5>&- 7>&- || return # (a server would inherit them)
    done
    has_data 5
}

# Another core serves the first mount; what its predecessor has seen opened and closed is the predecessor's.
core_dies ()
{
    local core
    core=$(core_of "$m1")
    kill -KILL "$core" && wait_until 10 another_core "$core"
}

another_core ()
{
    local core
    core=$(core_of "$m1")
    [ -n "$core" ] && [ "$core" != "$1" ]
}

mount_dies ()
{
    kill -KILL $(daemons pvfs2-client "$m2") $(core_of "$m2")
    close_file 6
    umount -l "$m2"
    wait_until 10 nobody_serves "$m2"
}

check removed-and-open open_file 5 "$m1/h"
rm "$m1/h"
check open-with-a-name open_file 7 "$m1/j"
check the-core-dies core_dies
check held-across-restarts-of-all-servers servers_start_anew
echo held > "$m2/i"
exec 6< "$m2/i"
rm "$m1/i"
check a-mount-dies-with-a-file-open mount_dies
check_equal its-file-is-kept-for-a-while "9" "$(bstreams)"
check its-file-goes-when-its-lease-ends wait_until 50 eval '[ "$(bstreams)" -eq 8 ]'
check the-other-one-is-still-held has_data 5
# (The servers' own patience has ended before that lease.)
check mounted-anew eval 'mount_at "$m2" 5>&- 7>&- && rm "$m2/j"'
check held-by-a-core-that-did-not-see-the-open has_data 7
close_file 7
check given-back-by-that-core wait_until 5 eval '[ "$(bstreams)" -eq 4 ]'
close_file 5
check and-goes-when-it-is-closed wait_until 5 no_bstreams
finish
