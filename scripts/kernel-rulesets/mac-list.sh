# A campus access router: each machine by address and MAC, spoofing caught first, time windows for the laboratory, quota on the guests.
iptables -P FORWARD DROP
iptables -N known
iptables -N spoofed
iptables -t raw -A PREROUTING -i lan0 -s 10.64.0.0/16 -m rpfilter --invert -j DROP
iptables -t raw -A PREROUTING -i lan0 -d 224.0.0.0/4 -j NOTRACK
iptables -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i lan0 -j known
iptables -A FORWARD -i lan0 -s 10.64.3.0/24 -m time --timestart 08:00 --timestop 18:00 --weekdays Mon,Tue,Wed,Thu,Fri -j ACCEPT
iptables -A FORWARD -i lan0 -m iprange --src-range 10.64.9.10-10.64.9.90 -m quota --quota 1000000000 -j ACCEPT
iptables -A FORWARD -i lan0 -j LOG --log-prefix "unknown machine: " --log-tcp-options --log-ip-options
iptables -A FORWARD -i lan0 -j REJECT --reject-with icmp-admin-prohibited
last=10
for mac in 02:00:00:00:0a:01 02:00:00:00:0a:02 02:00:00:00:0a:03 02:00:00:00:0a:04 02:00:00:00:0a:05; do
  iptables -A known -s 10.64.1.$last -m mac ! --mac-source $mac -j spoofed
  last=$((last + 1))
done
last=10
for mac in 02:00:00:00:0a:01 02:00:00:00:0a:02 02:00:00:00:0a:03; do
  for port in 80 443; do iptables -A known -s 10.64.1.$last -p tcp --dport $port -m mac --mac-source $mac -j ACCEPT; done
  last=$((last + 1))
done
iptables -A spoofed -m limit --limit 1/s -j LOG --log-prefix "spoofed: "
iptables -A spoofed -j DROP
