// The page. What it counts is of committed windows, from /api/v1/history, which reads the log; what is marked live is of this
// moment, from /api/v1/summary. Both are asked again every two seconds, until the reader says pause.
import {$, answer, asTable, cell, columns, element, number, rowBar, rowHead, rows, stack, swatch} from './draw.js';
import {ANSWERS, FORWARD_SECRET, POST_QUANTUM, VERDICTS, VERDICT_WORDS, ago, bytes, clock, count, day, grouped, keyExchange, moment,
  protocol, share, words} from './words.js';

const PERIODS = {run: 'this run', hour: 'the last hour', day: 'the last day', week: 'the last week', month: 'the last month'};
const EVERY_MS = 2000;
const ROWS = 12;
const ALL_ROWS = 60;
// Three bands of a narrow column, from the axis up; the words of each stand in the key.
const BANDS = [['could_not', ['could_not']], ['mixed', ['own_keys', 'conditional', 'undetermined', 'unknown', 'opaque']], ['could', ['could', 'clear']]];

let period = new URLSearchParams(location.search).get('period');
let paused = false;
let drawnAt = '';
let timer = 0;
let last = null;

function counted(id, value, text = grouped(value)) {
  const td = number(text);
  td.dataset.count = id;
  td.dataset.value = value;
  return td;
}
function note(text) {
  $('notice').textContent = text;
  $('notice').hidden = text === '';
}

function fact(name, value, under, live = false) {
  const title = element('dt', {}, name);
  if (live) title.append(' ', element('span', {class: 'live'}, 'live'));
  return element('div', {}, title, element('dd', {}, value), element('dd', {class: 'd'}, under));
}

function drawNow(now, {totals, log, witnessed}) {
  const live = now.live;
  const dropped = live.dropped_kernel + live.dropped_interface;
  const last60 = Math.max(0, Math.round(Date.now() / 1000 - now.checkpoint_time));
  const shown = log.cosignatures > 0 ? count(log.cosignatures, 'cosignature') : witnessed.size ? `witnessed up to entry ${grouped(witnessed.size)}` : 'no witness has signed it';
  $('now').replaceChildren(
    fact('Sessions', grouped(totals.sessions), `${bytes(totals.bytes)} in ${count(totals.packets, 'packet')}`),
    fact('Conversations', grouped(totals.both_sides), 'payload both ways, both sides seen'),
    fact('Dropped', grouped(dropped), 'packets before the gateway', true),
    fact('Flow table', share(live.flows_in_table, live.flow_capacity) || '0', `${grouped(live.flows_in_table)} of ${grouped(live.flow_capacity)} flows`, true),
    fact('Checkpoint', now.checkpoint_time === 0 ? 'none' : ago(last60), shown, true));
}

function drawHeadline(now, {totals, until}) {
  const all = totals.both_sides;
  const sealed = totals.verdicts.could_not;
  const open = totals.verdicts.could + totals.verdicts.clear;
  const doubt = totals.verdicts.unknown + totals.verdicts.undetermined;
  const of = (n) => share(n, all) || grouped(n);
  if (totals.windows === 0) {
    $('headline').textContent = 'Reading the first window';
    $('sub').textContent = 'It is drawn as soon as it is committed to the log.';
  } else if (all === 0) {
    $('headline').textContent = `No conversation was seen in ${PERIODS[period]}`;
    $('sub').textContent = `${count(totals.windows, 'window is', 'windows are')} recorded, with ${count(totals.sessions, 'session')}.`;
  } else if (period === 'run') {
    $('headline').textContent = now.headline;
    $('sub').textContent = now.note + ' What a handshake cannot show is counted as unknown, never as could not.';
  } else {
    $('headline').textContent = sealed === 0
      ? `In ${PERIODS[period]} no conversation went to a service that, by its own policy, could not have handed over what was said`
      : `In ${PERIODS[period]} ${of(sealed)} of ${count(all, 'conversation')} went to a service that, by its own policy, could not have handed over what was said`;
    $('sub').textContent = `Could or in clear: ${of(open)}. Unknown or undetermined: ${of(doubt)}. Up to ${moment(until)}.`;
  }
}

function drawSlices(data) {
  const shown = data.slice_seconds > 0;
  $('over-time').hidden = !shown;
  if (!shown) return;
  const width = data.slice_seconds;
  const places = {hour: 60, day: 96, week: 84, month: 90}[period];
  const at = new Map(data.slices.map((slice) => [slice.start, slice]));
  const of = (slice, ids) => ids.reduce((sum, id) => sum + slice.verdicts[VERDICTS.findIndex(([v]) => v === id)], 0);
  const slots = [];
  const labels = [];
  const every = {hour: 10, day: 16, week: 12, month: 15}[period];
  for (let i = 0; i < places; ++i) {
    const start = data.from + i * width;
    const slice = at.get(start);
    slots.push(slice && slice.windows > 0 ? BANDS.map(([id, ids]) => [id, of(slice, ids)]) : null);
    if (i % every === 0) labels.push([i, width < 7200 ? clock(start) : day(start).slice(5), i === 0 ? 'start' : 'middle']);
  }
  const missing = slots.filter((slot) => slot === null).length;
  const name = width < 3600 ? `${width / 60} min` : `${width / 3600} h`;
  $('c-time').textContent = `Conversations in slices of ${name}, by answer for live content. Both sides seen. ` +
    (missing === 0 ? 'Every slice was recorded.' : `${count(missing, 'slice', 'slices')} of ${places} hold no recorded window.`);
  const label = `${places} columns, ${name} each: ${grouped(data.totals.both_sides)} conversations, of which could not ${grouped(data.totals.verdicts.could_not)}; ${missing} not recorded`;
  $('columns').replaceChildren(columns(slots, labels, label, (n) => grouped(n)));
  rows($('slices').tBodies[0], data.slices.filter((slice) => slice.windows + slice.gaps > 0).map((slice) => [
    rowHead(moment(slice.start)), number(slice.windows === 0 ? 'not recorded' : grouped(slice.verdicts.reduce((a, b) => a + b, 0))),
    ...BANDS.map(([, ids]) => number(grouped(of(slice, ids)))), number(bytes(slice.bytes)), number(grouped(slice.lost_packets))]));
}

function drawVerdicts({totals}) {
  const all = totals.both_sides;
  const parts = VERDICTS.map(([id, word]) => [id, totals.verdicts[id], word]).filter(([, n]) => n > 0);
  $('bar').replaceChildren(stack(parts, all, 34, all === 0 ? 'No conversation yet' :
    `Of ${count(all, 'conversation')}: ` + parts.map(([, n, word]) => `${word} ${grouped(n)}`).join(', ')));
  const shared = share(1, all) !== '';
  $('verdicts').classList.toggle('counts', !shared);
  rows($('verdicts').tBodies[0], VERDICTS.map(([id, word, meaning]) => [rowHead(swatch(id), word), counted(`verdict-${id}`, totals.verdicts[id]),
    number(share(totals.verdicts[id], all), {class: 'num share'}), cell(meaning, {class: 'says'})]));
  asTable($('verdicts'));
}

const WIRES = [['encrypted', 'wire-encrypted'], ['clear', 'clear'], ['opaque', 'opaque'], ['unknown', 'unknown']];
function drawWire({totals}) {
  const sums = Object.fromEntries(WIRES.map(([id]) => [id, totals.wire.filter((row) => row.wire === id).reduce((sum, row) => sum + row.sessions, 0)]));
  const parts = WIRES.map(([id, look]) => [look, sums[id], id === 'clear' ? 'in clear' : id]).filter(([, n]) => n > 0);
  $('wire-bar').replaceChildren(stack(parts, totals.sessions, 34, totals.sessions === 0 ? 'No session yet' :
    `Of ${count(totals.sessions, 'session')} on the wire: ` + parts.map(([, n, word]) => `${word} ${grouped(n)}`).join(', ')));
  const most = Math.max(1, ...totals.wire.map((row) => row.sessions));
  rows($('wire').tBodies[0], totals.wire.slice(0, ROWS).map((row) => [rowHead(row.wire === 'clear' ? 'in clear' : words(row.wire)), cell(words(row.policy)),
    element('td', {class: 'barcell'}, rowBar(row.sessions, most)), number(grouped(row.sessions)), number(share(row.sessions, totals.sessions), {class: 'num share'})]));
  $('wire').classList.toggle('counts', share(1, totals.sessions) === '');
}

function drawServices({totals}) {
  // One row a service; its sessions may have been answered in several ways, by what each showed.
  const services = new Map();
  for (const row of totals.services) {
    const one = services.get(row.endpoint) || {title: row.title, sessions: 0, verdicts: {}};
    one.sessions += row.sessions;
    one.verdicts[row.verdict] = (one.verdicts[row.verdict] || 0) + row.sessions;
    services.set(row.endpoint, one);
  }
  const named = [...services.values()].sort((one, other) => other.sessions - one.sessions).slice(0, ROWS);
  const most = Math.max(1, ...named.map((row) => row.sessions));
  const lines = named.map((row) => {
    const parts = VERDICTS.map(([id, word]) => [id, row.verdicts[id] || 0, word]).filter(([, n]) => n > 0);
    const [first] = [...parts].sort((one, other) => other[1] - one[1]);
    const told = element('td', {}, answer(first[0], first[2]));
    if (parts.length > 1) told.append(element('span', {class: 'also'}, 'and ' + parts.filter((part) => part !== first).map(([, n, word]) => `${grouped(n)} ${word}`).join(', ')));
    return [rowHead(row.title), told, element('td', {class: 'barcell'}, stack(parts.map(([id, n]) => [id, n]), most, 13,
      parts.map(([, n, word]) => `${word} ${grouped(n)}`).join(', '))), number(grouped(row.sessions))];
  });
  const rest = totals.sessions - named.reduce((sum, row) => sum + row.sessions, 0);
  if (totals.sessions > 0) lines.push([rowHead(element('span', {class: 'quiet'}, 'all others, and no service named')), cell(''), cell('', {class: 'barcell'}), number(grouped(rest))]);
  else lines.push([element('td', {colspan: 4, class: 'quiet'}, 'No session yet.')]);
  rows($('services').tBodies[0], lines);
}

function drawProtocols({totals}) {
  const shown = totals.protocols.slice(0, ROWS);
  const most = Math.max(1, ...shown.map((row) => row.sessions));
  const lines = shown.map((row) => [rowHead(protocol(row.protocol, row.version)), element('td', {class: 'barcell'}, rowBar(row.sessions, most)), number(grouped(row.sessions))]);
  const more = totals.protocols.slice(ROWS);
  if (more.length > 0) lines.push([rowHead(element('span', {class: 'quiet'}, `${more.length} others`)), cell(''), number(grouped(more.reduce((sum, row) => sum + row.sessions, 0)))]);
  if (lines.length === 0) lines.push([element('td', {colspan: 3, class: 'quiet'}, 'No session yet.')]);
  rows($('protocols').tBodies[0], lines);
}

function drawKeys({totals}) {
  const encrypted = totals.key_exchanges.reduce((sum, row) => sum + row.sessions, 0);
  const sum = (ids) => totals.key_exchanges.filter((row) => ids.has(row.key_exchange)).reduce((all, row) => all + row.sessions, 0);
  const lines = [['used a post-quantum key exchange', sum(POST_QUANTUM), 'post_quantum'], ['forward secret by what was negotiated', sum(FORWARD_SECRET), 'forward_secret'],
    ['exposed to a later quantum computer', totals.exposed_to_quantum, 'exposed']];
  for (const row of totals.key_exchanges) if (!POST_QUANTUM.has(row.key_exchange)) lines.push([keyExchange(row.key_exchange), row.sessions, row.key_exchange]);
  $('c-keys').textContent = `Of ${count(encrypted, 'encrypted session')}. A tap cannot show that ends erased their keys.`;
  rows($('keys').tBodies[0], lines.map(([name, n, id]) => [rowHead(name), element('td', {class: 'barcell'}, rowBar(n, encrypted)), counted(`key-${id}`, n),
    number(share(n, encrypted), {class: 'num share'})]));
  $('keys').classList.toggle('counts', share(1, encrypted) === '');
}

function drawCategories({totals}) {
  for (const party of ['provider', 'operator']) {
    const table = $(party);
    const head = element('tr', {}, element('th', {scope: 'col'}, 'Category'), element('th', {scope: 'col', class: 'barcell'}, element('span', {class: 'vh'}, 'Bar')),
      ...ANSWERS.map(([, word]) => element('th', {scope: 'col', class: 'num'}, word)));
    table.tHead.replaceChildren(head);
    rows(table.tBodies[0], Object.entries(totals.assessed[party]).map(([category, answers]) => [rowHead(words(category)),
      element('td', {class: 'barcell'}, stack(ANSWERS.map(([id]) => [id, answers[id]]).filter(([, n]) => n > 0), Math.max(1, totals.sessions), 13,
        `${words(category)}: ` + (ANSWERS.filter(([id]) => answers[id] > 0).map(([id, word]) => `${word} ${grouped(answers[id])}`).join(', ') || 'no session'))),
      ...ANSWERS.map(([id]) => {
        const td = counted(`${party}-${category}-${id}`, answers[id]);
        td.classList.add(answers[id] === 0 ? 'zero' : `a-${id}`);
        return td;
      })]));
  }
}

function drawLosses({totals}) {
  const lines = [[rowHead('seen at the tap'), number(grouped(totals.packets)), number(bytes(totals.bytes))]];
  for (const loss of totals.losses) lines.push([rowHead('not read: ' + words(loss.cause)), number(grouped(loss.packets)), number(bytes(loss.bytes))]);
  if (totals.losses.length === 0) lines.push([rowHead('not read'), number('0'), number('0 B')]);
  for (const bound of totals.bounds) lines.push([rowHead('bound met: ' + words(bound.bound)), number(count(bound.times, 'time')), cell('')]);
  lines.push([rowHead('gaps named in the log'), number(grouped(totals.gaps)), cell('')]);
  lines.push([rowHead('partial windows'), number(grouped(totals.partial)), cell('')]);
  rows($('losses').tBodies[0], lines);
}

function drawAllSessions({totals}) {
  const shown = totals.by_session.slice(0, ALL_ROWS);
  const lines = shown.map((row) => {
    const sessions = counted(`session-${row.protocol}-${row.endpoint}-${row.policy}`, row.sessions);
    return [rowHead(protocol(row.protocol)), cell(words(row.endpoint)), cell(words(row.policy)), sessions, number(grouped(row.conversations)), number(bytes(row.bytes))];
  });
  const rest = totals.by_session.slice(ALL_ROWS);
  const sum = (key) => rest.reduce((all, row) => all + row[key], 0);
  if (rest.length > 0) lines.push([rowHead(`${rest.length} more rows`), cell(''), cell(''), number(grouped(sum('sessions'))), number(grouped(sum('conversations'))), number(bytes(sum('bytes')))]);
  rows($('sessions').tBodies[0], lines);
}

function drawLog(now, {log, witnessed, catalogue}) {
  const lines = [['Origin', log.origin, 'mono'], ['Tree size', grouped(log.tree_size), 'mono'], ['Root', log.root, 'mono hash'],
    ['Checkpoint', now.checkpoint_time === 0 ? 'none yet' : `${moment(now.checkpoint_time)}, signed`, ''],
    ['Witnesses', log.cosignatures > 0 ? `${count(log.cosignatures, 'cosignature')} under it` : witnessed.size ? 'none under it yet' : 'none', ''],
    ['Last witnessed', witnessed.size ? `${grouped(witnessed.size)} entries, ${count(witnessed.cosignatures, 'witness', 'witnesses')}, ${moment(witnessed.at)}` : 'never', ''],
    ['Windows waiting', grouped(now.live.windows_held), ''], ['Catalogue', catalogue.slice(0, 12), 'mono']];
  $('log').replaceChildren(...lines.flatMap(([name, value, look]) => [element('dt', {}, name), element('dd', look ? {class: look} : {}, value)]));
}

// Only where time is the wall's: a capture's windows are as old as they are.
function drawAge(now, {window_seconds: seconds}) {
  const shown = now.windows > 0;
  const age = $('age');
  if (!shown) age.textContent = '';
  else if (!now.live.live) age.textContent = `From files: packet time, ${moment(now.last_window_end)}`;
  else {
    const since = Math.max(0, Math.round(Date.now() / 1000 - now.last_window_end));
    const stale = since > 3 * seconds;
    age.textContent = `Last window ended ${ago(since)} ago` + (stale ? `; one is expected every ${seconds} s` : '');
    age.classList.toggle('stale', stale);
    return;
  }
  age.classList.remove('stale');
}

function draw(now, data) {
  $('tap').textContent = `${now.tap}, ${now.live.live ? 'live' : 'from files'}`;
  document.title = `${now.tap}, ${PERIODS[period]}, Unopened`;
  $('version').textContent = `unopened ${now.version}.`;
  const behind = data.log.tree_size - data.log.read;
  if (!now.live.log_writable) {
    note(`The log cannot be written: ${now.live.log_trouble}. What it holds is safe; ${count(now.live.windows_held, 'closed window waits', 'closed windows wait')} in memory. Free space on its disk: nothing else is needed.`);
  } else if (data.log.trouble !== '') {
    note(`The log cannot be read: ${data.log.trouble}. These numbers are of its first ${grouped(data.log.read)} entries.`);
  } else if (behind > 0) {
    note(`Reading the log: ${grouped(data.log.read)} of ${grouped(data.log.tree_size)} entries.`);
  } else {
    note('');
  }
  for (const draws of [drawNow, drawHeadline, drawLog, drawAge]) draws(now, data);
  for (const draws of [drawSlices, drawVerdicts, drawWire, drawServices, drawProtocols, drawKeys, drawCategories, drawLosses, drawAllSessions]) draws(data);
  document.body.dataset.treeSize = data.log.read;
  document.body.dataset.period = period;
}

async function json(path) {
  const response = await fetch(path, {cache: 'no-store'});
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function refresh() {
  clearTimeout(timer);
  try {
    const now = await json('api/v1/summary');
    if (!(period in PERIODS)) period = now.live.live ? 'hour' : 'run';
    for (const link of $('periods').children) link.toggleAttribute('aria-current', false);
    for (const link of $('periods').children) if (link.dataset.period === period) link.setAttribute('aria-current', 'page');
    const data = await json(`api/v1/history?period=${period}`);
    if (!paused || last === null || last !== period) draw(now, data);
    last = period;
    drawnAt = new Date().toLocaleTimeString();
  } catch {
    note(drawnAt === '' ? 'No connection to the gateway. Trying again.' : `No connection to the gateway: what stands here is of ${drawnAt}. Trying again.`);
  }
  if (!paused) timer = setTimeout(refresh, EVERY_MS);
}

$('periods').addEventListener('click', (event) => {
  const chosen = event.target.dataset.period;
  if (!chosen) return;
  event.preventDefault();
  period = chosen;
  history.replaceState(null, '', `?period=${period}`);
  refresh();
});
$('pause').addEventListener('click', () => {
  paused = !paused;
  $('pause').setAttribute('aria-pressed', paused);
  $('pause').textContent = paused ? 'Go on' : 'Pause';
  $('paused').hidden = !paused;
  if (paused) clearTimeout(timer);
  else refresh();
});
refresh();
