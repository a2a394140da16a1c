#!/bin/sh
# Takes fetched files into a host's folder: take.sh FETCHED FOLDER. One whose rules are those of before stays as it was, since counters and the time of saving
# alone would make every plan stale. Prints the names of the files that have changed.
set -eu
rules() { sed -e '/^#/d' -e 's/^\[[0-9]*:[0-9]*\] //' -e '/^:/s/ \[[0-9]*:[0-9]*\]$//' "$1"; }
for name in live.v4 live.v6 live.ipset; do
  new=$1/$name
  old=$2/$name
  if [ ! -e "$new" ]; then
    if [ -e "$old" ]; then rm "$old"; echo "$name"; fi
  elif [ -e "$old" ] && [ "$(rules "$new" | cksum)" = "$(rules "$old" | cksum)" ]; then
    :
  else
    cp "$new" "$old"
    chmod 644 "$old"
    echo "$name"
  fi
done
