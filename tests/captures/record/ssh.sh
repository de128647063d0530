#!/usr/bin/env bash
# Records one OpenSSH session (sntrup761x25519, the default of OpenSSH 9.2) over IPv6. Writes tests/captures/ssh.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
ssh-keygen -q -t ed25519 -N '' -C host -f host_key
ssh-keygen -q -t ed25519 -N '' -C user -f user_key
mkdir -p /run/sshd
cat > sshd_config <<C
Port 22
ListenAddress 2001:db8:10::10
HostKey $work/host_key
AuthorizedKeysFile $work/user_key.pub
PidFile none
UsePAM no
PermitRootLogin yes
StrictModes no
C
start sshd $server /usr/sbin/sshd -D -e -f "$work/sshd_config"
record ssh 'tcp port 22' timeout 8 $client ssh -i user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
  -o LogLevel=ERROR root@2001:db8:10::10 echo hello
keep ssh
