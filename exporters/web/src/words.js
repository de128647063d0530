// Words and numbers as people read them; the log's own words are the keys.

// In the order of a drawing: sealed at the left, readable at the right, doubt between.
export const VERDICTS = [
  ['could_not', 'could not', 'by service policy, at the window’s date, the provider cannot read it'],
  ['own_keys', 'own keys', 'no third party could; the endpoint’s owner holds the keys'],
  ['conditional', 'conditional', 'depends on a named condition'],
  ['undetermined', 'undetermined', 'the service offers both; a handshake cannot tell'],
  ['unknown', 'unknown', 'no verified fact'],
  ['opaque', 'opaque', 'protocol not recognised'],
  ['could', 'could', 'the provider holds it readable'],
  ['clear', 'clear', 'readable to anyone on the path'],
];
export const VERDICT_WORDS = Object.fromEntries(VERDICTS.map(([id, word]) => [id, word]));

export const ANSWERS = [['could_not', 'could not'], ['conditional', 'conditional'], ['undetermined', 'undetermined'],
  ['unknown', 'unknown'], ['could', 'could'], ['not_applicable', 'does not exist']];

const SPELLED = {none_named: 'no service named', ip_logs: 'IP logs', mixed: 'differs by scope', e2ee_always: 'end-to-end, always',
  e2ee_default: 'end-to-end by default', e2ee_optional: 'end-to-end if chosen', user_keys: 'keys of the user'};
export const words = (id) => SPELLED[id] || id.replaceAll('_', ' ');

const PROTOCOLS = {unknown: 'not identified', other: 'beyond the bound', other_ip: 'other IP', wireguard: 'WireGuard', openvpn: 'OpenVPN',
  whatsapp_noise: 'WhatsApp Noise', mdns: 'mDNS', telnet: 'Telnet', bittorrent: 'BitTorrent', syslog: 'syslog', netbios: 'NetBIOS',
  mtproto: 'MTProto', threema: 'Threema', discord: 'Discord', zoom: 'Zoom', tox: 'Tox', gquic: 'gQUIC', postgresql: 'PostgreSQL', mysql: 'MySQL'};
export function protocol(id, version = 'none') {
  const name = PROTOCOLS[id] || id.toUpperCase().replaceAll('_', ' ');
  if (version === 'none' || version === 'unknown') return name;
  // The version is that of the TLS within.
  return id === 'openvpn' ? `${name}, TLS ${version}` : `${name} ${version.replace(/^(ike|ssh)-/, '')}`;
}

const KEYS = {static_rsa: 'static RSA', dh_anonymous: 'anonymous DH', ffdhe: 'DHE', ecdhe: 'ECDHE', pq_hybrid: 'post-quantum hybrid',
  pq: 'post-quantum', psk_only: 'shared key only', psk_dhe: 'shared key with DH', noise_dh: 'Noise DH', export: 'export strength',
  null_cipher: 'no cipher', other_dh: 'other DH', none: 'none', unknown: 'not seen'};
export const keyExchange = (id) => KEYS[id] || words(id);
export const POST_QUANTUM = new Set(['pq_hybrid', 'pq']);
// Fresh keys for the session, by what was negotiated; a tap cannot show that ends erased them.
export const FORWARD_SECRET = new Set(['ffdhe', 'ecdhe', 'pq_hybrid', 'pq', 'psk_dhe', 'noise_dh', 'other_dh']);

export const grouped = (n) => n.toLocaleString('en-US');
export const count = (n, one, many = one + 's') => `${grouped(n)} ${n === 1 ? one : many}`;

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (n >= 999.95 && unit < units.length - 1) { n /= 1000; ++unit; }
  return `${unit === 0 ? n : n.toFixed(1)} ${units[unit]}`;
}

// A share of fewer than this says more than was measured.
export const SHARES_FROM = 1000;
export function share(part, whole) {
  if (whole < SHARES_FROM) return '';
  if (part === 0) return '0.0%';
  const percent = 100 * part / whole;
  if (percent < 0.05) return '< 0.1%';
  return part < whole && percent >= 99.95 ? '> 99.9%' : `${percent.toFixed(1)}%`;
}

const two = (n) => String(n).padStart(2, '0');
export function clock(seconds) {
  const at = new Date(seconds * 1000);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}
export const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
export const moment = (seconds) => `${day(seconds)} ${clock(seconds)} UTC`;
export function ago(seconds) {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
}
