#!/bin/sh
### BEGIN INIT INFO
# Provides:          firewall
### END INIT INFO

PATH=/sbin:/bin:/usr/sbin:/usr/bin
IPTABLES=`which iptables`
IP6TABLES=$(command -v ip6tables)
TRUSTED="${TRUSTED:-10.1.0.0/16}"
[ -x "$IPTABLES" ] || exit 1

if [ "$(id -u)" != "0" ]; then
  echo "You must be root" >&2
  exit 1
fi

reset() {
  local ipt
  for ipt in $IPTABLES $IP6TABLES; do
    $ipt -F
    $ipt -X
    $ipt -P INPUT "$1"
    $ipt -P FORWARD "$1"
  done
}

both() {
  $IPTABLES "$@"
  $IP6TABLES "$@"
}

allow() { # protocol ports comment
  proto=$1
  shift
  both -A INPUT -p "$proto" -m multiport --dports "$1" -m comment --comment "$2" -j ACCEPT
}

start_fw() {
  reset DROP
  both -A INPUT -i lo -j ACCEPT
  both -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  allow tcp 80,443 "web server's ports"
  allow udp 53 'say "dns"'
  $IPTABLES -A INPUT -s "$TRUSTED" -j ACCEPT
  $IPTABLES -A INPUT -p icmp -j ACCEPT
  $IP6TABLES -A INPUT -p ipv6-icmp -j ACCEPT
  if [ -n "$TRUSTED" ] && ! [ "$TRUSTED" = "none" ]; then
    $IPTABLES -A INPUT -p tcp --dport 22 -s $TRUSTED -j ACCEPT
  else
    $IPTABLES -A INPUT -p tcp --dport 22 -j ACCEPT
  fi
  iptables -N BANNED 2>/dev/null || iptables -F BANNED
  while read address reason; do
    [ -z "$address" ] && continue
    iptables -A BANNED -s $address -m comment --comment "$reason" -j DROP
  done <<END
192.0.2.66 scans every night
192.0.2.67/32 spam

198.51.100.0/24 reserved for nobody
END
  iptables -I INPUT 1 -j BANNED
}

stop_fw() {
  reset ACCEPT
}

case "$1" in
  start|restart)
    start_fw
    ;;
  stop)
    stop_fw
    ;;
  *)
    echo "Usage: $0 {start|stop|restart}"
    exit 1
    ;;
esac
exit 0
