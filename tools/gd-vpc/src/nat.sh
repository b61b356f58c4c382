#!/bin/sh
# Sends on what the private subnets send, under this instance's own address.
set -eu

echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-nat.conf
echo 1 > /proc/sys/net/ipv4/ip_forward

# Debian 12 has nft, Ubuntu has both, Amazon Linux 2 has iptables; where there is neither, nft
# is installed, as soon as the internet is in reach.
if ! command -v nft > /dev/null && ! command -v iptables > /dev/null; then
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        if command -v apt-get > /dev/null; then
            apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install nftables && break
        else
            dnf -q -y install nftables && break
        fi
        echo "nat: attempt $attempt to install nftables failed"
        sleep 15
    done
fi

mkdir -p /usr/local/sbin
if command -v nft > /dev/null; then
    cat > /usr/local/sbin/nat-up << 'END'
#!/bin/sh
set -eu
nft -f - << 'RULES'
table ip nat_instance
delete table ip nat_instance
table ip nat_instance {
    chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.0.0.0/16 ip daddr != 10.0.0.0/16 masquerade
    }
}
RULES
END
else
    cat > /usr/local/sbin/nat-up << 'END'
#!/bin/sh
set -eu
rule='POSTROUTING -s 10.0.0.0/16 ! -d 10.0.0.0/16 -j MASQUERADE'
iptables -t nat -C $rule 2> /dev/null || iptables -t nat -A $rule
END
fi
chmod 755 /usr/local/sbin/nat-up

# User data runs at the first boot alone; the rules are needed at each.
cat > /etc/systemd/system/nat.service << 'END'
[Unit]
Description=Translate the addresses of the private subnets
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/nat-up

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now nat.service
