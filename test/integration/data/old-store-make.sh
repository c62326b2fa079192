#!/bin/bash
# old-store-make.sh BIN: how old-store-1.* were made, in an empty folder, with the programs of commit c95d4fd in BIN: a store of format 1 with everything
# that the foundation could keep, killed while directories on other servers were being made.
BIN=$1
export PATH=$BIN:$PATH LC_ALL=C
data=$(cd "$(dirname "$0")" && pwd) here=$PWD
. "$data/old-store-list.sh"
sed -e "s,@FOLDER@,$here," -e "s/@PORT\\(.\\)@/2340\\1/" "$data/old-store.conf" > fs.conf
export PVFS2EP="$here/mnt=tcp://127.0.0.1:23401/pvfs2-fs"
unset PVFS2TAB_FILE
declare -A pid
start () { pvfs2-server -d -a $1 fs.conf >> $1.log 2>&1 & pid[$1]=$!; for i in {1..100}; do (exec 3<>/dev/tcp/127.0.0.1/$2) 2>/dev/null && break; sleep 0.1; done; }
for s in one two three; do pvfs2-server -f -a $s fs.conf || exit; done
start one 23401; start two 23402; start three 23403
sleep 1
m=$here/mnt
pvfs2-mkdir $m/tree $m/tree/a $m/tree/b $m/tree/a/deep
seq 1 200 > seq.txt
pvfs2-cp seq.txt $m/tree/stuffed
yes 'a line of a file on three servers' | head -c 700001 > large.txt
pvfs2-cp -s 65536 large.txt $m/tree/striped
pvfs2-cp -n 2 large.txt $m/tree/a/two-datafiles
pvfs2-touch $m/tree/empty $m/tree/b/x $m/tree/b/y "$m/tree/b/name with blanks" $m/tree/b/$'\xc3\xbcmlaut'
pvfs2-ln -s ../stuffed $m/tree/a/link
pvfs2-ln -s nowhere $m/tree/a/dangling
pvfs2-chmod 4751 $m/tree/stuffed
pvfs2-chmod 1777 $m/tree/b
pvfs2-chown 1234:4321 $m/tree/striped
pvfs2-xattr -s -k user.colour -v blue $m/tree/stuffed
pvfs2-xattr -s -k user.long -v "$(head -c 3000 /dev/zero | tr '\0' z)" $m/tree/stuffed
pvfs2-xattr -s -k user.pvfs2.num_dfiles -v 2 $m/tree/a
pvfs2-xattr -s -k user.dir -v yes $m/tree/b
pvfs2-mkdir $m/tree/many
for d in {1..3}; do pvfs2-mkdir $m/tree/many/$d; pvfs2-touch $(printf "$m/tree/many/$d/file%d " {1..12}); done
sleep 1
list_attributes $m/tree > old-store-1.attributes
list_contents $m/tree > old-store-1.contents
# Directories of stopped servers: promises that a later version must keep.
kill -STOP ${pid[two]} ${pid[three]}
for i in {1..6}; do timeout 3 pvfs2-mkdir $m/promised-$i & done
wait $(jobs -p | grep -v -e "^${pid[one]}$" -e "^${pid[two]}$" -e "^${pid[three]}$")
kill -KILL ${pid[one]} ${pid[two]} ${pid[three]}
wait
tar cJf old-store-1.tar.xz one two three
