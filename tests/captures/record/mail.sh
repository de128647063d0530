#!/usr/bin/env bash
# Records a mail handed over in clear: Python's smtplib to Python's smtpd. Writes tests/captures/smtp.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
start smtpd $server python3 -W ignore -m smtpd -n -c DebuggingServer 192.0.2.10:25
post() {
  $client python3 - <<'P'
import smtplib
with smtplib.SMTP("192.0.2.10", 25, local_hostname="client.example.org", timeout=5) as smtp:
    smtp.sendmail("from@example.org", ["to@example.org"], "Subject: hello\r\n\r\nhello\r\n")
P
}
record smtp 'tcp port 25' post
keep smtp
