# A DMZ firewall: a chain for each pair of zones, reached by goto; the tail of each logs and refuses.
iptables -P INPUT DROP
iptables -P FORWARD DROP
for chain in refuse lan_dmz lan_wan dmz_lan dmz_wan wan_dmz; do iptables -N $chain; done
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -i eth1 -s 10.1.0.0/16 -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -g refuse
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i eth1 -o eth2 -g lan_dmz
iptables -A FORWARD -i eth1 -o eth0 -g lan_wan
iptables -A FORWARD -i eth2 -o eth1 -g dmz_lan
iptables -A FORWARD -i eth2 -o eth0 -g dmz_wan
iptables -A FORWARD -i eth0 -o eth2 -g wan_dmz
iptables -A FORWARD -g refuse
for client in 10.1.1.0/24 10.1.2.0/24 10.1.7.30; do
  for server in 10.2.0.10 10.2.0.11 10.2.0.25; do
    for port in 80 443 8080; do iptables -A lan_dmz -s $client -d $server -p tcp --dport $port -j ACCEPT; done
  done
done
for admin in 10.1.9.5 10.1.9.6; do
  for server in 10.2.0.10 10.2.0.11 10.2.0.25; do iptables -A lan_dmz -s $admin -d $server -p tcp --dport 22 -j ACCEPT; done
done
iptables -A lan_dmz -g refuse
for client in 10.1.1.0/24 10.1.2.0/24 10.1.7.30; do
  for port in 80 443; do iptables -A lan_wan -s $client -p tcp --dport $port -j ACCEPT; done
done
iptables -A lan_wan -p udp --dport 123 -j ACCEPT
iptables -A lan_wan -g refuse
for server in 10.2.0.10 10.2.0.11; do
  for database in 10.1.20.5 10.1.20.6; do
    iptables -A dmz_lan -s $server -d $database -p tcp --dport 5432 -j ACCEPT
    iptables -A dmz_lan -s $server -d $database -p tcp --dport 6379 -j ACCEPT
  done
done
iptables -A dmz_lan -g refuse
iptables -A dmz_wan -s 10.2.0.25 -p tcp --dport 25 -j ACCEPT
iptables -A dmz_wan -p udp --dport 53 -j ACCEPT
iptables -A dmz_wan -g refuse
for server in 10.2.0.10 10.2.0.11; do
  for port in 80 443; do iptables -A wan_dmz -d $server -p tcp --dport $port -m conntrack --ctstate NEW -j ACCEPT; done
done
iptables -A wan_dmz -d 10.2.0.25 -p tcp --dport 25 -j ACCEPT
iptables -A wan_dmz -g refuse
iptables -A refuse -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "refused: "
iptables -A refuse -p tcp -j REJECT --reject-with tcp-reset
iptables -A refuse -p udp -j REJECT --reject-with icmp-port-unreachable
iptables -A refuse -j DROP
