# A home router: masquerading, published game and web ports, a guest network, wake-on-lan and clamped MSS on the PPPoE line.
iptables -P INPUT DROP
iptables -P FORWARD DROP
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i br-lan -p udp --dport 53 -j ACCEPT
iptables -A INPUT -i br-lan -p tcp --dport 53 -j ACCEPT
iptables -A INPUT -i br-lan -p udp --dport 67 -j ACCEPT
iptables -A INPUT -i br-guest -p udp --dport 53 -j ACCEPT
iptables -A INPUT -i br-guest -p tcp --dport 53 -j ACCEPT
iptables -A INPUT -i br-guest -p udp --dport 67 -j ACCEPT
iptables -A INPUT -s 192.168.1.0/24 -i br-lan -p tcp -m multiport --dports 22,80,443 -j ACCEPT
iptables -A INPUT -p icmp --icmp-type echo-request -m limit --limit 4/second --limit-burst 8 -j ACCEPT
iptables -A FORWARD -p tcp --tcp-flags SYN,RST SYN -o ppp0 -j TCPMSS --clamp-mss-to-pmtu
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i br-lan -m mac --mac-source 00:16:3e:12:34:56 -j REJECT
iptables -A FORWARD -i br-lan -o ppp0 -j ACCEPT
iptables -A FORWARD -i br-guest -o ppp0 -j ACCEPT
iptables -A FORWARD -i ppp0 -d 192.168.1.50 -p tcp --dport 25565 -j ACCEPT
iptables -A FORWARD -i ppp0 -d 192.168.1.50 -p udp --dport 25565 -j ACCEPT
iptables -A FORWARD -i ppp0 -d 192.168.1.60 -p tcp --dport 443 -j ACCEPT
iptables -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
iptables -t nat -A PREROUTING -i ppp0 -p tcp --dport 25565 -j DNAT --to-destination 192.168.1.50
iptables -t nat -A PREROUTING -i ppp0 -p udp --dport 25565 -j DNAT --to-destination 192.168.1.50
iptables -t nat -A PREROUTING -i ppp0 -p tcp --dport 443 -j DNAT --to-destination 192.168.1.60:8443
iptables -t nat -A PREROUTING -i br-guest -p tcp --dport 80 -j REDIRECT --to-ports 8081
iptables -t nat -A POSTROUTING -s 192.168.0.0/16 -o ppp0 -j MASQUERADE
