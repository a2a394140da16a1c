# A mail server with ban chains in the style of fail2ban, some with many single addresses.
iptables -N f2b-sshd
iptables -N f2b-postfix
iptables -N abusers
iptables -A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
iptables -A INPUT -p tcp -m multiport --dports 25,465,587 -j f2b-postfix
iptables -A INPUT -j abusers
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
for relay in 192.0.2.25 192.0.2.26 198.51.100.25; do
  for port in 25 465 587; do iptables -A INPUT -s $relay -p tcp --dport $port -m conntrack --ctstate NEW -j ACCEPT; done
done
for last in 4 17 39 92 140 201; do
  iptables -A f2b-sshd -s 203.0.113.$last -j REJECT --reject-with icmp-port-unreachable
done
iptables -A f2b-sshd -j RETURN
for last in 66 67 68; do iptables -A f2b-postfix -s 198.51.100.$last -j REJECT --reject-with icmp-port-unreachable; done
iptables -A f2b-postfix -j RETURN
for net in 192.0.2.128/26 198.51.100.192/27 203.0.113.224/28; do
  for port in 25 143 993; do iptables -A abusers -s $net -p tcp --dport $port -j DROP; done
done
