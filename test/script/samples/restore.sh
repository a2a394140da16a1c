#!/bin/bash
# Policies and chains by iptables-restore, the rest by single commands.
WAN=ppp0
ADMIN=203.0.113.5
set -e

iptables-restore <<-RULES
	*filter
	:INPUT DROP [0:0]
	:FORWARD DROP [0:0]
	:OUTPUT ACCEPT [0:0]
	:admin - [0:0]
	# a comment
	-A INPUT -i lo -j ACCEPT
	-A INPUT -s $ADMIN -j admin
	-A admin -p tcp --dport 22 -j ACCEPT
	-A admin -p tcp --dport 8443 -m comment --comment "admin's \\"panel\\"" -j ACCEPT
	COMMIT
	*nat
	:PREROUTING ACCEPT [0:0]
	:POSTROUTING ACCEPT [0:0]
	-A POSTROUTING -o $WAN -j MASQUERADE
	COMMIT
RULES

cat <<'END' | ip6tables-restore
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -s 2001:db8::/32 -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
END

(
  echo "*mangle"
  echo ":PREROUTING ACCEPT [0:0]"
  for mark in 1 2 3; do
    echo "-A PREROUTING -i eth$mark -j MARK --set-mark $mark"
  done
  printf '%s\n' "-A POSTROUTING -o $WAN -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu" COMMIT
) | iptables-restore -n

n=1
while [ $n -le 3 ]; do
  iptables -A INPUT -s 10.$n.0.0/16 -p tcp --dport $((8000 + n)) -j ACCEPT
  n=$(expr $n + 1)
done
[[ $WAN == ppp* ]] && iptables -A FORWARD -o $WAN -j ACCEPT
iptables -D INPUT -p tcp -s 10.2.0.0/16 --dport 8002 -j ACCEPT
iptables -R INPUT 2 -s $ADMIN -g admin
iptables -E admin administration
iptables -A INPUT -j REJECT --reject-with=icmp-host-prohibited
