// Draws /api/v1/summary. Session numbers advance with each committed window; what is marked live is of this moment.
'use strict';

const VERDICTS = [
  ['could_not', 'could not', 'by service policy, at the window’s date, the provider cannot read it'],
  ['own_keys', 'own keys', 'no third party could; the endpoint’s owner holds the keys'],
  ['conditional', 'conditional', 'depends on a named condition'],
  ['undetermined', 'undetermined', 'the service offers both; a handshake cannot tell'],
  ['unknown', 'unknown', 'no verified fact'],
  ['opaque', 'opaque', 'protocol not recognised'],
  ['could', 'could', 'the provider holds it readable'],
  ['clear', 'clear', 'readable to anyone on the path'],
];
const ANSWERS = [['could_not', 'could not'], ['conditional', 'conditional'], ['undetermined', 'undetermined'], ['unknown', 'unknown'],
  ['could', 'could'], ['not_applicable', 'does not exist']];
const ROWS = 40;
const STALE_SECONDS = 180;

const $ = (id) => document.getElementById(id);
const grouped = (n) => n.toLocaleString('en-US');
const moment = (iso) => iso.replace('T', ' ').replace(/(:\d\d):00Z$/, '$1').replace('Z', '') + ' UTC';
function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (n >= 999.95 && unit < units.length - 1) { n /= 1000; ++unit; }
  return (unit === 0 ? n : n.toFixed(1)) + ' ' + units[unit];
}
function cell(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  if (tag === 'th') element.scope = 'row';
  return element;
}
// A word of the log as people read it.
function words(id) {
  const spelled = {none_named: 'none named', ip_logs: 'IP logs'}[id];
  return spelled || id.replaceAll('_', ' ').replace(/^e2ee\b/, 'E2EE');
}
const PROTOCOLS = {unknown: 'unknown', other: 'other', other_ip: 'other IP', wireguard: 'WireGuard', whatsapp_noise: 'WhatsApp Noise', mdns: 'mDNS',
  telnet: 'Telnet', bittorrent: 'BitTorrent', syslog: 'syslog', netbios: 'NetBIOS'};
const protocol = (id) => PROTOCOLS[id] || id.toUpperCase();
function rows(body, lines) {
  body.replaceChildren(...lines.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells);
    return row;
  }));
}

// On a phone these rows are drawn as blocks, which some browsers no longer take for a table's.
function asTable(table) {
  for (const row of table.rows) {
    const head = row.parentNode === table.tHead;
    row.role = 'row';
    for (const part of row.cells) part.role = part.tagName === 'TD' ? 'cell' : head ? 'columnheader' : 'rowheader';
  }
}

function spanning(text, columns) {
  const all = cell('td', text, 'quiet');
  all.colSpan = columns;
  return all;
}

function drawVerdicts(data) {
  const all = data.conversations;
  const counted = VERDICTS.filter(([id]) => data.verdicts[id] > 0);
  $('bar').replaceChildren(...counted.map(([id]) => {
    const part = cell('span', '', 'p-' + id);
    part.style.flexGrow = data.verdicts[id];
    return part;
  }));
  $('bar').setAttribute('aria-label', all === 0 ? 'No conversation yet' :
    `Of ${grouped(all)} conversations: ` + counted.map(([id, word]) => `${word} ${grouped(data.verdicts[id])}`).join(', '));
  const shared = VERDICTS.some(([id]) => data.shares[id] !== '');
  $('verdicts').classList.toggle('counts', !shared);
  rows($('verdicts').tBodies[0], VERDICTS.map(([id, word, meaning]) => {
    const head = cell('th', word);
    head.prepend(cell('span', '', 'swatch p-' + id));
    return [head, cell('td', grouped(data.verdicts[id]), 'num'), cell('td', data.shares[id], 'num share'), cell('td', meaning, 'says')];
  }));
  asTable($('verdicts'));
}

function drawSessions(data) {
  const sorted = [...data.sessions].sort((a, b) => b.sessions - a.sessions);
  const lines = sorted.slice(0, ROWS).map((row) => [
    cell('th', protocol(row.protocol)), cell('td', words(row.endpoint)), cell('td', words(row.policy)),
    cell('td', grouped(row.sessions), 'num'), cell('td', grouped(row.conversations), 'num'), cell('td', bytes(row.bytes), 'num')]);
  const rest = sorted.slice(ROWS);
  if (rest.length > 0) {
    const sum = (key) => rest.reduce((total, row) => total + row[key], 0);
    lines.push([cell('th', `${rest.length} more rows`), cell('td', ''), cell('td', ''), cell('td', grouped(sum('sessions')), 'num'),
      cell('td', grouped(sum('conversations')), 'num'), cell('td', bytes(sum('bytes')), 'num')]);
  }
  if (lines.length === 0) lines.push([spanning('No session yet.', 6)]);
  rows($('sessions').tBodies[0], lines);
  asTable($('sessions'));
}

function drawCategories(data) {
  for (const party of ['provider', 'operator']) {
    const table = $(party);
    const head = document.createElement('tr');
    head.append(cell('th', 'Category'), ...ANSWERS.map(([, word]) => cell('th', word, 'num')));
    for (const th of head.children) th.scope = 'col';
    table.tHead.replaceChildren(head);
    rows(table.tBodies[0], data.categories.map((category) => [cell('th', words(category)), ...ANSWERS.map(([answer]) => {
      const count = data.assessed[party][category][answer];
      return cell('td', grouped(count), count === 0 ? 'num zero' : 'num a-' + answer);
    })]));
  }
}

function drawLosses(data) {
  const lines = [[cell('th', 'seen'), cell('td', grouped(data.packets), 'num'), cell('td', bytes(data.bytes), 'num')]];
  for (const loss of data.losses) {
    lines.push([cell('th', 'not read: ' + words(loss.cause)), cell('td', grouped(loss.packets), 'num'), cell('td', bytes(loss.bytes), 'num')]);
  }
  if (data.losses.length === 0) lines.push([cell('th', 'not read'), cell('td', '0', 'num'), cell('td', '0 B', 'num')]);
  for (const bound of data.bounds) lines.push([cell('th', 'bound met: ' + words(bound.bound)), cell('td', grouped(bound.times) + ' times', 'num'), cell('td', '')]);
  rows($('losses').tBodies[0], lines);
}

function drawNow(data) {
  const fact = (name, value, note, live = false) => {
    const group = document.createElement('div');
    const title = cell('dt', name);
    if (live) title.append(' ', cell('span', 'live', 'live'));
    group.append(title, cell('dd', value), cell('dd', note, 'd'));
    return group;
  };
  $('now').replaceChildren(
    fact('Sessions', grouped(data.sessions_total), `${grouped(data.no_payload_sessions)} of them without payload`),
    fact('Conversations', grouped(data.conversations), 'seen from both sides'),
    fact('Windows', grouped(data.windows), data.last_window_start ? `last: ${moment(data.last_window_start)}` : 'none yet'),
    fact('Log', grouped(data.tree_size), 'entries under the signed checkpoint'),
    fact('Dropped', grouped(data.live.dropped_kernel + data.live.dropped_interface), 'packets before the gateway', true));
}

// Only where time is the wall's: a capture's windows are as old as they are.
function drawAge(data) {
  const shown = data.live.live && data.windows > 0;
  $('age').hidden = !shown;
  if (!shown) return;
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - data.last_window_end));
  const stale = seconds > STALE_SECONDS;
  $('age').textContent = `Window ${moment(data.last_window_start)} committed, ended ${grouped(seconds)} s ago` + (stale ? ': the next is overdue.' : '.');
  $('age').classList.toggle('stale', stale);
}

function draw(data) {
  $('tap').textContent = `${data.tap}, ${data.live.live ? 'live' : 'from files, packet time'}`;
  const first = data.windows === 0;
  $('headline').textContent = first ? 'Reading the first window' : data.headline;
  if (first) $('sub').textContent = 'It is drawn as soon as it is committed to the log.';
  else if (data.conversations === 0) $('sub').textContent = `${grouped(data.windows)} windows are recorded, with ${grouped(data.sessions_total)} sessions.`;
  else $('sub').textContent = data.note + ' What a handshake cannot show is counted as unknown, never as could not.';
  document.title = `${data.tap}, Unopened`;
  $('version').textContent = `unopened ${data.version}.`;
  const trouble = data.live.log_writable ? '' : `The log cannot be written: ${data.live.log_trouble}. What it holds is safe; ${grouped(data.live.windows_held)} closed windows wait in memory.`;
  $('notice').textContent = trouble;
  $('notice').hidden = trouble === '';
  drawNow(data);
  drawAge(data);
  drawVerdicts(data);
  drawSessions(data);
  drawCategories(data);
  drawLosses(data);
}

let drawn = '';  // when, in the reader's own time
async function refresh() {
  try {
    const response = await fetch('api/v1/summary', {cache: 'no-store'});
    if (!response.ok) throw new Error(String(response.status));
    draw(await response.json());
    drawn = new Date().toLocaleTimeString();
  } catch {
    $('notice').textContent = drawn === '' ? 'No connection to the gateway. Trying again.' :
      `No connection to the gateway: what stands here is of ${drawn}. Trying again.`;
    $('notice').hidden = false;
  }
  setTimeout(refresh, 5000);
}
refresh();
