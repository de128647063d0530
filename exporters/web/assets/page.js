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
const ANSWERS = ['could', 'could_not', 'conditional', 'undetermined', 'unknown', 'not_applicable'];
const PERCENT_FROM = 1000;  // below, counts say more than shares
const ROWS = 40;

const $ = (id) => document.getElementById(id);
const words = (id) => id.replaceAll('_', ' ');
const grouped = (n) => n.toLocaleString('en-US');
const share = (part, whole) => {
  if (whole < PERCENT_FROM) return '';
  if (part === 0) return '0.0%';
  return part / whole < 0.0005 ? '< 0.1%' : (100 * part / whole).toFixed(1) + '%';
};
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
function rows(body, lines) {
  body.replaceChildren(...lines.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells);
    return row;
  }));
}

function drawVerdicts(data) {
  const all = data.conversations;
  $('bar').replaceChildren(...VERDICTS.filter(([id]) => data.verdicts[id] > 0).map(([id]) => {
    const part = cell('span', '', 'p-' + id);
    part.style.flexGrow = data.verdicts[id];
    return part;
  }));
  rows($('verdicts').tBodies[0], VERDICTS.map(([id, word, meaning]) => {
    const head = cell('th', word);
    head.prepend(cell('span', '', 'swatch p-' + id));
    return [head, cell('td', grouped(data.verdicts[id]), 'num'), cell('td', share(data.verdicts[id], all), 'num'), cell('td', meaning)];
  }));
}

function drawSessions(data) {
  const sorted = [...data.sessions].sort((a, b) => b.sessions - a.sessions);
  const lines = sorted.slice(0, ROWS).map((row) => [
    cell('th', words(row.protocol)), cell('td', words(row.endpoint)), cell('td', words(row.policy)),
    cell('td', grouped(row.sessions), 'num'), cell('td', grouped(row.conversations), 'num'), cell('td', bytes(row.bytes), 'num')]);
  const rest = sorted.slice(ROWS);
  if (rest.length > 0) {
    const sum = (key) => rest.reduce((total, row) => total + row[key], 0);
    lines.push([cell('th', `${rest.length} more rows`), cell('td', ''), cell('td', ''), cell('td', grouped(sum('sessions')), 'num'),
      cell('td', grouped(sum('conversations')), 'num'), cell('td', bytes(sum('bytes')), 'num')]);
  }
  rows($('sessions').tBodies[0], lines);
}

function drawCategories(data) {
  for (const party of ['provider', 'operator']) {
    const table = $(party);
    const head = document.createElement('tr');
    head.append(cell('th', 'Category'), ...ANSWERS.map((answer) => cell('th', words(answer), 'num')));
    for (const th of head.children) th.scope = 'col';
    table.tHead.replaceChildren(head);
    rows(table.tBodies[0], data.categories.map((category) => [cell('th', words(category)), ...ANSWERS.map((answer) => {
      const count = data.assessed[party][category][answer];
      return cell('td', grouped(count), count === 0 ? 'num zero' : 'num');
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
  const fact = (name, value, note) => {
    const group = document.createElement('div');
    group.append(cell('dt', name), cell('dd', value), cell('dd', note, 'd'));
    return group;
  };
  $('now').replaceChildren(
    fact('Sessions', grouped(data.sessions_total), `${grouped(data.no_payload_sessions)} without payload, apart`),
    fact('Conversations', grouped(data.conversations), 'both sides seen'),
    fact('Windows', grouped(data.windows), data.last_window_start ? `last began ${data.last_window_start}` : 'none yet'),
    fact('Log', grouped(data.tree_size), 'entries under the signed checkpoint'),
    fact('Dropped', grouped(data.live.dropped_kernel), 'packets, by the kernel, live'));
}

function draw(data) {
  $('tap').textContent = `${data.tap}, ${data.live.live ? 'live' : 'from files, packet time'}`;
  $('headline').textContent = data.headline;
  $('sub').textContent = data.conversations === 0 ? '' :
    `Of ${grouped(data.conversations)} conversations in ${grouped(data.windows)} committed windows. What a handshake cannot show is counted as unknown, not as could not.`;
  document.title = `${data.tap} - Unopened`;
  $('version').textContent = `unopened ${data.version}.`;
  const trouble = data.live.log_writable ? '' : `The log is not written: ${data.live.log_trouble}. ${data.live.windows_held} windows are held.`;
  $('notice').textContent = trouble;
  $('notice').hidden = trouble === '';
  drawNow(data);
  drawVerdicts(data);
  drawSessions(data);
  drawCategories(data);
  drawLosses(data);
}

async function refresh() {
  try {
    const response = await fetch('api/v1/summary', {cache: 'no-store'});
    if (!response.ok) throw new Error(String(response.status));
    draw(await response.json());
  } catch {
    $('notice').textContent = 'No connection to the gateway: what stands here was true when it was last drawn. Trying again.';
    $('notice').hidden = false;
  }
  setTimeout(refresh, 5000);
}
refresh();
