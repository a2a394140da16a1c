#!/bin/sh
# Saves what is live: save.sh FOLDER BACKEND FAMILY...; an empty BACKEND is the usual one. Prints the names of the files that it wrote.
set -eu
umask 077
PATH=$PATH:/usr/sbin:/sbin
cd "$1"
backend=$2
shift 2
for family; do
  case $family in
    v4) program=iptables ;;
    v6) program=ip6tables ;;
    *) echo "no family: $family" >&2; exit 2 ;;
  esac
  program=$program${backend:+-$backend}-save
  if ! command -v "$program" >/dev/null; then
    echo "$program is not on this host" >&2
    exit 1
  fi
  "$program" -c >"live.$family"
  if [ -s "live.$family" ]; then echo "live.$family"; else rm "live.$family"; fi
done
if command -v ipset >/dev/null; then
  ipset save >live.ipset
  if [ -s live.ipset ]; then echo live.ipset; else rm live.ipset; fi
fi
