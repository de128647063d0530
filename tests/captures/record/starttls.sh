#!/usr/bin/env bash
# Records dialogues that go over to TLS: Postfix, Dovecot (IMAP, POP3, ManageSieve), Prosody, slapd, vsftpd, PostgreSQL
# and MariaDB, each asked by OpenSSL's s_client; and a mail handed to Postfix in clear although it offered STARTTLS.
# Writes tests/captures/{smtp,imap,pop3,sieve,xmpp,ldap,ftp}_starttls.pcap, smtp_starttls_unused.pcap, postgresql_tls.pcap, mysql_tls.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
make_certificate
chmod 755 "$work"
cd "$work"
ask() { timeout 5 $client openssl s_client -connect "192.0.2.10:$2" -servername www.example.org -starttls "$1" "${@:3}" \
  < <(sleep 1) > "$work/ask.log" 2>&1 || true; }
# Waits until somebody listens on a port.
listening() {
  for _ in $(seq 60); do
    if $server ss -Hltn "sport = :$1" | grep -q .; then return; fi
    sleep 0.5
  done
  echo "nobody listens on $1" >&2
}

postfix_queue() {
  mkdir -p postfix spool data && cp /etc/postfix/*.cf* /usr/share/postfix/main.cf.debian postfix/ 2> /dev/null || true
  chown postfix data
  cat > postfix/main.cf << C
compatibility_level = 3.6
queue_directory = $work/spool
data_directory = $work/data
myhostname = mail.example.org
mydestination = example.org
inet_interfaces = 192.0.2.10
inet_protocols = ipv4
smtpd_tls_cert_file = $work/cert.pem
smtpd_tls_key_file = $work/key.pem
smtpd_tls_security_level = may
smtputf8_enable = no
local_recipient_maps =
default_transport = discard
local_transport = discard
alias_maps =
maillog_file = /dev/stdout
C
  cat > postfix/master.cf << C
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
discard unix - - n - - discard
defer unix - - n - 0 bounce
bounce unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
C
}
postfix_queue
start postfix $server postfix -c "$work/postfix" start-fg
post() {
  $client python3 - << 'P'
import smtplib
with smtplib.SMTP("192.0.2.10", 25, local_hostname="client.example.org", timeout=5) as smtp:
    smtp.sendmail("from@example.org", ["to@example.org"], "Subject: hello\r\n\r\nhello\r\n")
P
}
listening 25
record smtp_starttls 'tcp port 25' ask smtp 25
record smtp_starttls_unused 'tcp port 25' post
keep smtp_starttls 24
keep smtp_starttls_unused 40
# Its master is no child of what was started.
$server postfix -c "$work/postfix" stop > /dev/null 2>&1

mkdir -p mail && chown dovecot mail
cat > dovecot.conf << C
base_dir = $work/dovecot
log_path = $work/dovecot.log
protocols = imap pop3 sieve
listen = 192.0.2.10
ssl = yes
ssl_cert = <$work/cert.pem
ssl_key = <$work/key.pem
mail_location = maildir:$work/mail
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=dovecot gid=dovecot home=$work/mail
}
C
start dovecot $server dovecot -F -c "$work/dovecot.conf"
listening 143
record imap_starttls 'tcp port 143' ask imap 143
record pop3_starttls 'tcp port 110' ask pop3 110 -tls1_2
record sieve_starttls 'tcp port 4190' ask sieve 4190
for each in imap pop3 sieve; do keep "${each}_starttls" 24; done

mkdir -p prosody && cp cert.pem key.pem prosody/ && chown -R prosody prosody
cat > prosody.cfg.lua << C
pidfile = "$work/prosody/prosody.pid"
data_path = "$work/prosody"
interfaces = { "192.0.2.10" }
modules_enabled = { "saslauth", "tls" }
log = { info = "*console" }
VirtualHost "www.example.org"
  ssl = { certificate = "$work/prosody/cert.pem", key = "$work/prosody/key.pem" }
C
start prosody $server setpriv --reuid prosody --regid prosody --clear-groups prosody --config "$work/prosody.cfg.lua" -F
listening 5222
record xmpp_starttls 'tcp port 5222' ask xmpp 5222 -xmpphost www.example.org
keep xmpp_starttls 24

printf 'include /etc/ldap/schema/core.schema\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\n' \
  "$work/cert.pem" "$work/key.pem" > slapd.conf
start slapd $server slapd -d 0 -h ldap://192.0.2.10/ -f "$work/slapd.conf"
listening 389
record ldap_starttls 'tcp port 389' ask ldap 389
keep ldap_starttls 24

cat > vsftpd.conf << C
listen=YES
background=NO
anonymous_enable=YES
ssl_enable=YES
allow_anon_ssl=YES
rsa_cert_file=$work/cert.pem
rsa_private_key_file=$work/key.pem
seccomp_sandbox=NO
secure_chroot_dir=$work/empty
C
mkdir -p empty
start vsftpd $server vsftpd "$work/vsftpd.conf"
listening 21
record ftp_starttls 'tcp port 21' ask ftp 21
keep ftp_starttls 24

bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
mkdir -p pg && cp cert.pem key.pem pg/ && chown -R postgres pg && chmod 700 pg && chmod 600 pg/key.pem
setpriv --reuid postgres --regid postgres --clear-groups "$bin/initdb" -D "$work/pg/data" -A trust > /dev/null
start postgres $server setpriv --reuid postgres --regid postgres --clear-groups "$bin/postgres" -D "$work/pg/data" \
  -c listen_addresses=192.0.2.10 -c unix_socket_directories= -c ssl=on -c ssl_cert_file="$work/pg/cert.pem" \
  -c ssl_key_file="$work/pg/key.pem"
listening 5432
record postgresql_tls 'tcp port 5432' ask postgres 5432
keep postgresql_tls 24

mkdir -p db && cp cert.pem key.pem db/ && chown -R mysql db
mariadb-install-db --no-defaults --user=mysql --datadir="$work/db/data" > /dev/null 2>&1
start mariadb $server mariadbd --no-defaults --user=mysql --datadir="$work/db/data" --socket="$work/db/socket" \
  --bind-address=192.0.2.10 --skip-name-resolve --skip-grant-tables --ssl-cert="$work/db/cert.pem" --ssl-key="$work/db/key.pem" \
  --innodb-buffer-pool-size=8M
listening 3306
record mysql_tls 'tcp port 3306' ask mysql 3306
keep mysql_tls 24
