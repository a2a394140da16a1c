#!/bin/sh
# Empties what the kernel has, as fwbuilder's scripts do it.
ipt=iptables
while read table; do
  list=$($ipt -t $table -L -n)
  printf "%s" "$list" | while read c chain rest; do
    if test "X$c" = "XChain"; then $ipt -t $table -F $chain; fi
  done
  $ipt -t $table -X
done < /proc/net/ip_tables_names
$ipt -N web
$ipt -A web -p tcp --syn --dport 80 -j ACCEPT
$ipt -N dead
$ipt -A dead -j DROP
$ipt -A FORWARD -j web
list=$($ipt -L -n)
$ipt -F dead
$ipt -X dead
$ipt -X nothing 2>/dev/null
$ipt -D FORWARD 1
$ipt -A FORWARD -j web -m comment --comment second
set -- 10.0.0.1 10.0.0.2
for host; do $ipt -A web -s $host -j RETURN; done
name=web_server
$ipt -A web -d 10.0.0.9 -m comment --comment "${name%_*}-${name#web_}" -j ACCEPT
false || $ipt -A web -j DROP
true && ! false && $ipt -t raw -A PREROUTING -p udp --dport 53 -j NOTRACK
