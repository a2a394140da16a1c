# Two uplinks: a mark for the routing table, kept with the connection; traffic classes in other bits of the same mark.
iptables -t mangle -N classify
iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
iptables -t mangle -A PREROUTING -m mark ! --mark 0/0xff -j ACCEPT
for client in 192.168.7.10 192.168.7.11 192.168.7.12; do
  for port in 25 465 587; do
    iptables -t mangle -A PREROUTING -s $client -i lan0 -p tcp --dport $port -m conntrack --ctstate NEW -j MARK --set-mark 0x2/0xff
  done
done
iptables -t mangle -A PREROUTING -i lan0 -m mark --mark 0/0xff -m statistic --mode random --probability 0.33 -j MARK --set-mark 0x2/0xff
iptables -t mangle -A PREROUTING -i lan0 -m mark --mark 0/0xff -j MARK --set-mark 0x1/0xff
iptables -t mangle -A PREROUTING -i wan1 -m conntrack --ctstate NEW -j MARK --set-xmark 0x1/0xff
iptables -t mangle -A PREROUTING -i wan2 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
iptables -t mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
iptables -t mangle -A POSTROUTING -o wan+ -j classify
iptables -t mangle -A classify -p tcp --dport 22 -j MARK --or-mark 0x1000
iptables -t mangle -A classify -p udp -m multiport --dports 5060,10000:20000 -j MARK --or-mark 0x2000
iptables -t mangle -A classify -m mark ! --mark 0/0xf000 -j RETURN
iptables -t mangle -A classify -m dscp --dscp-class EF -j MARK --or-mark 0x2000
iptables -t mangle -A classify -p tcp -m length --length 0:128 -j DSCP --set-dscp-class AF21
iptables -P FORWARD DROP
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i lan0 -o wan1 -m mark --mark 0x1/0xff -j ACCEPT
iptables -A FORWARD -i lan0 -o wan2 -m mark --mark 0x2/0xff -j ACCEPT
for server in 192.168.8.20 192.168.8.21; do
  for port in 80 443; do
    iptables -A FORWARD -d $server -i wan1 -p tcp --dport $port -j ACCEPT
    iptables -A FORWARD -d $server -i wan2 -p tcp --dport $port -j ACCEPT
  done
done
iptables -A FORWARD -m connmark --mark 0x80/0x80 -j DROP
iptables -t nat -A POSTROUTING -o wan1 -j SNAT --to-source 192.0.2.1
iptables -t nat -A POSTROUTING -o wan2 -j SNAT --to-source 198.51.100.1
