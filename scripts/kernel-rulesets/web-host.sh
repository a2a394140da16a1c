# A web host: hashlimit and recent against floods, administration from a few addresses, IPv6 beside IPv4.
iptables -P INPUT DROP
iptables -N ssh
iptables -N flood
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j ssh
iptables -A INPUT -p tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW -j flood
iptables -A INPUT -s 198.51.100.10 -p tcp --dport 9100 -j ACCEPT
iptables -A INPUT -s 198.51.100.10 -p tcp --dport 9113 -j ACCEPT
iptables -A INPUT -s 198.51.100.11 -p tcp --dport 9100 -j ACCEPT
iptables -A INPUT -s 198.51.100.11 -p tcp --dport 9113 -j ACCEPT
iptables -A INPUT -p icmp -j ACCEPT
iptables -A INPUT -j REJECT --reject-with icmp-port-unreachable
iptables -A ssh -s 192.0.2.0/25 -j ACCEPT
iptables -A ssh -s 203.0.113.77 -j ACCEPT
iptables -A ssh -m recent --set --name ssh --rsource
iptables -A ssh -m recent --update --seconds 60 --hitcount 4 --name ssh --rsource -j DROP
iptables -A ssh -j ACCEPT
iptables -A flood -m hashlimit --hashlimit-upto 50/sec --hashlimit-burst 100 --hashlimit-mode srcip --hashlimit-name web -j ACCEPT
iptables -A flood -m connlimit --connlimit-above 200 --connlimit-mask 24 -j LOG --log-prefix "web flood " --log-level info
iptables -A flood -j DROP
ip6tables -P INPUT DROP
ip6tables -A INPUT -i lo -j ACCEPT
ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
ip6tables -A INPUT -s 2001:db8:5::10 -p tcp --dport 9100 -j ACCEPT
ip6tables -A INPUT -s 2001:db8:5::10 -p tcp --dport 9113 -j ACCEPT
ip6tables -A INPUT -s 2001:db8:5::11 -p tcp --dport 9100 -j ACCEPT
ip6tables -A INPUT -s 2001:db8:5::11 -p tcp --dport 9113 -j ACCEPT
ip6tables -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
ip6tables -A INPUT -j REJECT --reject-with icmp6-port-unreachable
