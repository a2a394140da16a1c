# IPv6 only: what RFC 4890 wants through, then three groups of hosts with repeated services, and a chain of exceptions that RETURNs.
ip6tables -P INPUT DROP
ip6tables -P FORWARD DROP
ip6tables -N icmp
ip6tables -N trusted
ip6tables -A INPUT -i lo -j ACCEPT
ip6tables -A INPUT -m rt --rt-type 0 -j DROP
ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j icmp
ip6tables -A INPUT -s fe80::/10 -p udp --sport 547 --dport 546 -j ACCEPT
ip6tables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A FORWARD -p ipv6-icmp -j icmp
ip6tables -A FORWARD -j trusted
for client in 2001:db8:a:1::/64 2001:db8:a:2::/64 2001:db8:b::77; do
  for server in 2001:db8:c::10 2001:db8:c::11; do
    for port in 80 443 993; do ip6tables -A FORWARD -s $client -d $server -p tcp --dport $port -j ACCEPT; done
    ip6tables -A FORWARD -s $client -d $server -p udp --dport 443 -j ACCEPT
  done
done
for server in 2001:db8:c::10 2001:db8:c::11; do
  for port in 80 443; do ip6tables -A FORWARD -d $server -i wan0 -p tcp --dport $port -j ACCEPT; done
done
ip6tables -A FORWARD -j REJECT --reject-with icmp6-adm-prohibited
for type in 1 2 3 4; do ip6tables -A icmp -p ipv6-icmp --icmpv6-type $type -j ACCEPT; done
for type in 133 134 135 136; do ip6tables -A icmp -p ipv6-icmp --icmpv6-type $type -m hl --hl-eq 255 -j ACCEPT; done
ip6tables -A icmp -p ipv6-icmp --icmpv6-type echo-request -m limit --limit 20/s -j ACCEPT
for bad in 2001:db8:a:1::bad 2001:db8:a:2::bad; do
  for port in 22 3389; do ip6tables -A trusted -s $bad -p tcp --dport $port -j RETURN; done
done
for port in 22 3389; do ip6tables -A trusted -s 2001:db8:a::/48 -p tcp --dport $port -j ACCEPT; done
