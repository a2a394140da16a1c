#!/bin/sh
# A gateway for an office: two networks inside, one line outside.

IPT="/sbin/iptables"
EXTIF=eth0
INTIF="eth1"
LAN="192.168.10.0/24"
DMZ=192.168.20.0/24
ANY="0.0.0.0/0"
TCP_OUT="20 21 22 25 53 80 443"

echo "Starting firewall..."
echo 1 > /proc/sys/net/ipv4/ip_forward

# start from nothing
for table in filter nat mangle; do
  $IPT -t $table -F
  $IPT -t $table -X
done
$IPT -P INPUT DROP
$IPT -P FORWARD DROP
$IPT -P OUTPUT ACCEPT

# own chains
$IPT -N log_drop
$IPT -A log_drop -m limit --limit 5/min -j LOG --log-prefix "fw drop: " --log-level 4
$IPT -A log_drop -j DROP

# what is established may go on
$IPT -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT
$IPT -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
$IPT -A INPUT -i lo -j ACCEPT

# addresses that can't come from outside
for net in 10.0.0.0/8 172.16.0.0/12 \
           192.168.0.0/16 127.0.0.0/8
do
  $IPT -A INPUT -i $EXTIF -s $net -j log_drop
  $IPT -A FORWARD -i "$EXTIF" -s "${net}" -j log_drop
done

$IPT -A INPUT -i $INTIF -s $LAN -p tcp --dport 22 -j ACCEPT   # administration
$IPT -A INPUT -i $INTIF -s $LAN -p udp \
     --dport 53 \
     -j ACCEPT
$IPT -A INPUT -p icmp --icmp-type echo-request -m limit --limit 2/second -j ACCEPT

for port in $TCP_OUT; do
    $IPT -A FORWARD -i $INTIF -o $EXTIF -s $LAN -p tcp --dport $port -m state --state NEW -j ACCEPT
done
$IPT -A FORWARD -s $LAN -d $DMZ -j ACCEPT
$IPT -A FORWARD -s $LAN,$DMZ -d 203.0.113.1,203.0.113.2 -p udp --dport 123 -j ACCEPT
$IPT -I FORWARD 2 -m state --state INVALID -j DROP
$IPT -I INPUT -s 198.51.100.7 -j DROP

# the mail server in the DMZ
MAIL=192.168.20.25
$IPT -t nat -A PREROUTING -i $EXTIF -p tcp --dport 25 -j DNAT --to-destination $MAIL:25
$IPT -A FORWARD -i $EXTIF -d $MAIL -p tcp -m multiport --dports 25,465,587 -j ACCEPT
$IPT -t nat -A POSTROUTING -o $EXTIF -s $LAN -j MASQUERADE
$IPT -t nat -A POSTROUTING -o $EXTIF -s $DMZ -d $ANY -j SNAT --to-source 203.0.113.10

$IPT -A INPUT -j log_drop
$IPT -A FORWARD -j log_drop
echo "done"
exit 0
