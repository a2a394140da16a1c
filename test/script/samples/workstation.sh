iptables -F
iptables -X
iptables -Z
iptables -P INPUT DROP; iptables -P FORWARD DROP; iptables -P OUTPUT ACCEPT
iptables --append INPUT --in-interface lo --jump ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT && echo ok
iptables -A INPUT -p tcp -s 192.168.1.0/255.255.255.0 --destination-port 22 -j ACCEPT
iptables -C INPUT -i lo -j ACCEPT || iptables -A INPUT -i lo -j ACCEPT
iptables -C INPUT -p udp --dport 5353 -j ACCEPT 2>/dev/null || iptables -A INPUT -p udp --dport 5353 -j ACCEPT
iptables -w 5 -I INPUT 1 ! -i lo -s 127.0.0.0/8 -j DROP
iptables -nvL >/dev/null
iptables -A INPUT -p tcp -j LOG --log-prefix 'in "tcp": ' --log-level warning
iptables -L INPUT --line-numbers | head -1
iptables-save > /dev/null
