"""What the gateway says of each capture in the tree: the facts of each handshake in order of first packet, and what
follows for the provider on that day. Written from SOURCES.md and the specifications, not from the gateway's output."""

import json
import os

from scenario import CAPTURES, expect, expect_equal, finish, run


def session(protocol, outcome="identified", **facts):
    return {"protocol": protocol, "outcome": outcome, **facts}


def tls(version, key_exchange, service="none", **facts):
    return session("tls", version=version, version_is="negotiated", key_exchange=key_exchange, service=service,
                   wire="encrypted", **facts)


def dtls(version, key_exchange, **facts):
    return session("dtls", version=version, version_is="negotiated", key_exchange=key_exchange, evidence="proof",
                   wire="encrypted", **facts)


def openvpn(variant, proto, **facts):
    """Two sessions: the client came back once."""
    return [session("openvpn", variant=variant, proto=proto, sides="both", wire="encrypted", **facts)] * 2


def ike(version, key_exchange, **facts):
    return session("ike", version=version, key_exchange=key_exchange, evidence="proof", sides="both", wire="encrypted",
                   **facts)


READABLE = dict(evidence="proof", version="1.3", version_is="negotiated", key_exchange="ecdhe", group="0x001d")
UNREADABLE = dict(evidence="strong", version="none", key_exchange="unknown")
PLAIN = dict(outcome="plaintext", wire="clear")
WANTED = {
    "tls10.pcap": [tls("1.0", "ecdhe", resumption="none", name_visibility="visible")],
    "tls12_ecdhe.pcap": [tls("1.2", "ecdhe", resumption="none", cipher="0xc02f")],
    "tls12_ffdhe.pcap": [tls("1.2", "ffdhe", resumption="none", cipher="0x009e")],
    "tls12_static_rsa.pcap": [tls("1.2", "static_rsa", resumption="none", cipher="0x009c",
                                  provider_recorded_ciphertext="could")],
    "tls12_psk.pcap": [tls("1.2", "psk_only", cipher="0x00a8", provider_recorded_ciphertext="could")],
    "tls12_resumption.pcap": [tls("1.2", "ecdhe", resumption="none"), tls("1.2", resumption="resumed", key_exchange=None)],
    "tls13.pcap": [tls("1.3", "ecdhe", resumption="none", cipher="0x1302", group="0x001d", sides="both")],
    "tls13_hello_retry.pcap": [tls("1.3", "ecdhe", resumption="none", group="0x0018")],
    "tls13_resumption.pcap": [tls("1.3", "ecdhe", resumption="none"), tls("1.3", "ecdhe", resumption="resumed")],
    "tls13_early_data.pcap": [tls("1.3", "ecdhe", resumption="none", early_data="none"),
                              tls("1.3", "ecdhe", resumption="resumed", early_data="offered",
                                  provider_recorded_ciphertext="conditional")],
    # No ServerHello came: what was offered is no negotiation.
    "tls_refused.pcap": [session("tls", version_is="offered", key_exchange="unknown")],
    "http.pcap": [session("http", **PLAIN)],
    "smtp.pcap": [session("smtp", **PLAIN)],
    "smtp_starttls.pcap": [tls("1.3", "ecdhe", variant="smtp_starttls", evidence="proof", name_visibility="visible")],
    "smtp_starttls_unused.pcap": [session("smtp", variant="starttls_unused", **PLAIN)],
    "imap_starttls.pcap": [tls("1.3", "ecdhe", variant="imap_starttls", evidence="proof")],
    "pop3_starttls.pcap": [tls("1.2", "ecdhe", variant="pop3_starttls", group="0x001d",
                               certificate_name="www.example.org", certificate_issuer="www.example.org")],
    "sieve_starttls.pcap": [tls("1.3", "ecdhe", variant="sieve_starttls", evidence="proof")],
    "xmpp_starttls.pcap": [tls("1.3", "ecdhe", variant="xmpp_starttls", evidence="proof")],
    "ldap_starttls.pcap": [tls("1.3", "ecdhe", variant="ldap_starttls", evidence="proof")],
    "ftp_starttls.pcap": [tls("1.3", "ecdhe", variant="ftp_starttls", evidence="proof")],
    "postgresql_tls.pcap": [tls("1.3", "ecdhe", variant="postgresql", evidence="proof")],
    "mysql_tls.pcap": [tls("1.3", "ecdhe", variant="mysql", evidence="proof")],
    "dns.pcapng": [session("dns", ip_version="4", **PLAIN), session("dns", ip_version="4", **PLAIN),
                   session("dns", ip_version="6", **PLAIN), session("dns", proto="tcp", **PLAIN)],
    "curl_h2.pcap": [tls("1.3", "ecdhe", name_visibility="visible")],
    # X25519MLKEM768 was offered, X25519 chosen; a GREASE extension is no hidden name, and no visible one either.
    "chromium_tls.pcap": [tls("1.3", "ecdhe", group="0x001d", name_visibility="outer_or_grease")],
    "chromium_quic.pcap": [session("quic", version="quic-1", key_exchange="ecdhe", variant="http3", sides="both",
                                   name_visibility="outer_or_grease")],
    "ssh.pcap": [session("ssh", version="ssh-2.0", key_exchange="pq_hybrid", ip_version="6", sides="both")],
    "dtls10.pcap": [dtls("1.0", "static_rsa", cipher="0x002f", provider_recorded_ciphertext="could")],
    "dtls12_cookie.pcap": [dtls("1.2", "ecdhe", resumption="none", cipher="0xc030", name_visibility="visible")],
    "dtls12_srtp.pcap": [dtls("1.2", "ecdhe", variant="dtls_srtp")],
    "dtls12_psk.pcap": [dtls("1.2", "psk_only", cipher="0x00a8", provider_recorded_ciphertext="could")],
    "dtls12_resumption.pcap": [dtls("1.2", "ecdhe", resumption="none"),
                               dtls("1.2", resumption="resumed", key_exchange=None)],
    # DTLS 1.3 answers use_srtp under its keys: an offer, so no variant.
    "webrtc.pcap": [dtls("1.3", "pq_hybrid", variant="none", group="0x11ec", cipher="0x1301")],
    "stun.pcap": [session("stun", evidence="proof", wire="unknown", key_exchange="unknown")],
    "turn_udp.pcap": [session("turn", evidence="proof", variant="none", wire="unknown")] * 3,
    "turn_tcp.pcap": [session("turn", evidence="proof", variant="tcp", wire="unknown")] * 3,
    "zrtp.pcap": [session("zrtp", evidence="proof", key_exchange="ecdhe", wire="encrypted", sides="both")],
    "openvpn_plain_udp.pcap": openvpn("plain", "udp", **READABLE),
    "openvpn_plain_tcp.pcap": openvpn("plain", "tcp", **READABLE),
    "openvpn_tls_auth_udp.pcap": openvpn("tls_auth", "udp", **READABLE),
    "openvpn_tls_auth_tcp.pcap": openvpn("tls_auth", "tcp", **READABLE),
    "openvpn_tls_crypt_udp.pcap": openvpn("tls_crypt", "udp", **UNREADABLE),
    "openvpn_tls_crypt_tcp.pcap": openvpn("tls_crypt", "tcp", **UNREADABLE),
    "openvpn_tls_crypt_v2_udp.pcap": openvpn("tls_crypt_v2", "udp", **UNREADABLE),
    "openvpn_tls_crypt_v2_tcp.pcap": openvpn("tls_crypt_v2", "tcp", **UNREADABLE),
    "ike2.pcap": [ike("ike-2", "ecdhe", variant="none")],
    "ike2_modp.pcap": [ike("ike-2", "ffdhe", variant="none")],
    "ike1_main.pcap": [ike("ike-1", "ffdhe")],
    "ike1_aggressive.pcap": [ike("ike-1", "ecdhe")],
    # The flow on port 4500 goes on with an SA whose group was chosen on port 500.
    "ike2_nat.pcap": [ike("ike-2", "ecdhe", variant="none"), ike("ike-2", "unknown", variant="nat_traversal")],
    "esp_udp.pcap": [session("esp", variant="nat_traversal", evidence="weak", key_exchange="unknown")],
    "wireguard.pcap": [session("wireguard", key_exchange="noise_dh", evidence="proof", sides="both")],
    "whatsapp_2015.pcap": [
        session("whatsapp_noise", service="whatsapp", provider_live_content="!could_not"),
        tls("1.2", "ecdhe", service="whatsapp", provider_live_content="!could_not"),
    ],
    "whatsapp_2024.pcap": [
        session("whatsapp_noise", service="whatsapp", key_exchange="noise_dh", provider_live_content="could_not"),
        session("whatsapp_noise", service="whatsapp", ip_version="6", provider_live_content="could_not"),
        tls("1.3", "ecdhe", service=None, provider_live_content=None),
    ],
    "messenger_2019.pcap": [
        tls("1.3", "ecdhe", service="messenger", provider_live_content="undetermined"),
        tls("1.3", "ecdhe", service="facebook_messenger", provider_live_content="!could_not"),
    ],
    "messenger_2024.pcap": [
        tls("1.3", "ecdhe", service="messenger", provider_live_content="conditional"),
        tls("1.3", "ecdhe", service="facebook_messenger", provider_live_content="!could_not"),
    ],
    "services_2025.pcapng": [
        tls("1.3", "pq_hybrid", service="signal", evidence="strong"),
        tls("1.3", "ecdhe", service="apple_push", variant="apns", provider_live_content="unknown"),
        tls("1.3", "pq_hybrid", service="telegram", provider_live_content="undetermined"),
        tls("1.3", "pq_hybrid", service="instagram", provider_live_content="!could_not"),
        tls("1.3", "pq_hybrid", service="meta_cdn", provider_live_content="unknown"),
        tls("1.3", "ecdhe", service="discord", provider_live_content="!could_not"),
        tls("1.3", "ecdhe", service="zoom", provider_live_content="!could_not"),
        tls("1.3", "ecdhe", service="wire"),
        tls("1.3", "ecdhe", service=None),
        tls("1.3", "ecdhe", service=None),
        tls("1.3", "ecdhe", service="line"),
        tls("1.3", "ecdhe", service=None, provider_live_content="!could_not"),
        tls("1.3", "pq_hybrid", service="none", provider_live_content="unknown"),
        tls("1.3", "ecdhe", service="none", name_visibility="absent", provider_live_content="unknown"),
    ],
    "one_direction_2025.pcap": [session("tls", sides="client_only", version_is="offered", key_exchange="unknown",
                                        service="signal", provider_live_content="!could_not")],
    "vlan_nanoseconds.pcap": [tls("1.3", "pq_hybrid", ip_version="4"), tls("1.2", "ecdhe", ip_version="6")],
    # 16 SYNs and 4 empty datagrams carry nothing; 4 datagrams of one byte are nobody's protocol.
    "scans.pcap": [session("unknown", "no_payload", proto="tcp")] * 16 +
                  [session("unknown", "no_payload" if i % 2 == 0 else "unrecognised", proto="udp") for i in range(8)],
    "unnamed.pcap": [
        session("unknown", "opaque", proto="tcp", wire="opaque", provider_live_content="!could_not"),
        session("unknown", "opaque", proto="udp", wire="opaque", provider_live_content="!could_not"),
        session("unknown", "unrecognised", proto="tcp", provider_live_content="!could_not"),
        session(None, None, proto="tcp", provider_live_content="!could_not"),
    ],
}


def holds(got, wanted):
    if wanted is None:
        return True
    if isinstance(wanted, str) and wanted.startswith("!"):
        return got != wanted[1:]
    return got == wanted


files = sorted(name for name in os.listdir(CAPTURES) if name.endswith((".pcap", ".pcapng")))
expect_equal(files, sorted(WANTED), "the captures and the table name the same files")
for name in files:
    inspected = run("inspect", "-r", os.path.join(CAPTURES, name), "--identifiers")
    expect_equal(inspected.returncode, 0, f"inspect {name}: {inspected.stderr}")
    sessions = [json.loads(line) for line in inspected.stdout.splitlines()]
    wanted = WANTED.get(name, [])
    expect_equal(len(sessions), len(wanted), f"{name}: number of sessions")
    for i, (got, want) in enumerate(zip(sessions, wanted)):
        for key, value in want.items():
            expect(holds(got.get(key), value), f"{name}, session {i}: {key} is {got.get(key)!r}, wanted {value!r}; {got}")
    plain = [json.loads(line) for line in run("inspect", "-r", os.path.join(CAPTURES, name)).stdout.splitlines()]
    for word in ("sni", "src", "dst", "ja4", "certificate_name"):
        expect(all(word not in got for got in plain), f"{name}: {word} is told without --identifiers")
finish()
