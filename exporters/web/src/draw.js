// Elements, tables and drawings. Nothing is written as HTML: what is shown is set as text.

export const $ = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The page's own drawings name the namespace, so that no address stands in a script.
const NAMESPACE = document.querySelector('svg').namespaceURI;
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const rowHead = (...children) => element('th', {scope: 'row'}, ...children);
export const cell = (text, attributes = {}) => element('td', attributes, text);
export const number = (text, attributes = {}) => element('td', {class: 'num', ...attributes}, text);

export function rows(body, lines) {
  body.replaceChildren(...lines.map((cells) => element('tr', {}, ...cells)));
}

// On a phone these rows are drawn as blocks, which some browsers no longer take for a table's.
export function asTable(table) {
  table.setAttribute('role', 'table');
  for (const row of table.rows) {
    const head = row.parentNode === table.tHead;
    row.setAttribute('role', 'row');
    for (const part of row.cells) part.setAttribute('role', part.tagName === 'TD' ? 'cell' : head ? 'columnheader' : 'rowheader');
  }
}

export function glyph(answer) {
  return svg('svg', {class: `g ${answer}`, viewBox: '0 0 24 18', 'aria-hidden': 'true', focusable: 'false'}, svg('use', {href: `#g-${answer}`}));
}
export const answer = (id, word) => element('span', {class: `a ${id}`}, glyph(id), element('span', {}, word));
export const swatch = (id) => svg('svg', {class: 'sw', 'aria-hidden': 'true', focusable: 'false'},
  svg('rect', {class: `seg ${id}`, x: '.5', y: '.5', width: '25', height: '13', fill: id === 'gap' ? 'none' : `url(#p-${id})`}));

const percent = (n) => `${n.toFixed(3)}%`;

// One bar of parts [[class, count, words]] that add up to the whole; nothing where there is none.
export function stack(parts, whole, height, label) {
  const bar = svg('svg', {class: 'chart', height, role: 'img', 'aria-label': label});
  let at = 0;
  for (const [id, count, word] of parts) {
    if (count === 0) continue;
    const width = 100 * count / whole;
    bar.append(svg('rect', {class: `seg ${id}`, x: percent(at), y: '.5', width: percent(width), height: height - 1, fill: `url(#p-${id})`}));
    if (word && width >= 14) {
      bar.append(svg('text', {class: `on on-${id}`, x: percent(at + width / 2), y: height / 2 + 4, 'text-anchor': 'middle'}, word));
    }
    at += width;
  }
  if (at === 0) bar.append(svg('rect', {class: 'seg gap', x: '0', y: '.5', width: '100%', height: height - 1, fill: 'none'}));
  return bar;
}

export function rowBar(part, most, accent = false) {
  return svg('svg', {class: 'chart', height: 12, 'aria-hidden': 'true', focusable: 'false'},
    svg('rect', {class: accent ? 'bar accent' : 'bar', x: '0', y: '1', height: '10', width: percent(most === 0 ? 0 : 100 * part / most)}));
}

// The least 1, 2 or 5 times a power of ten that is not below n.
export function roundUp(n) {
  let unit = 1;
  while (unit * 10 < n) unit *= 10;
  return [1, 2, 5, 10].map((k) => k * unit).find((top) => top >= n);
}

const PLOT = 160;
// Columns of [[class, count]] from the axis up, in `slots` places of one width; a slot without a column was not recorded.
export function columns(slots, labels, label, format) {
  const most = Math.max(1, ...slots.map((slot) => slot === null ? 0 : slot.reduce((sum, [, n]) => sum + n, 0)));
  const top = roundUp(most);
  const scale = PLOT / top;
  const marks = top >= 4 ? [0, top / 2, top] : [0, top];
  const axis = svg('svg', {height: PLOT + 24, 'aria-hidden': 'true'});
  const plot = svg('svg', {height: PLOT + 24, 'aria-hidden': 'true'});
  for (const mark of marks) {
    const y = PLOT - mark * scale;
    axis.append(svg('text', {x: 40, y: y + 4, 'text-anchor': 'end'}, format(mark)));
    plot.append(svg('line', {class: mark === 0 ? 'axis' : 'grid', x1: '0', x2: '100%', y1: y, y2: y}));
  }
  const width = 100 / slots.length;
  const inset = width * 0.08;
  slots.forEach((slot, i) => {
    const x = percent(i * width + inset);
    const w = percent(width - 2 * inset);
    if (slot === null) {
      plot.append(svg('rect', {class: 'seg gap', x, y: PLOT - 14, width: w, height: 14, fill: 'none'}));
      return;
    }
    let y = PLOT;
    for (const [id, n] of slot) {
      if (n === 0) continue;
      const height = Math.max(n * scale, 0.75);
      y -= height;
      plot.append(svg('rect', {class: `seg ${id}`, x, y, width: w, height, fill: `url(#p-${id})`}));
    }
    if (y === PLOT) plot.append(svg('line', {class: 'tick', x1: x, x2: percent((i + 1) * width - inset), y1: PLOT - 1, y2: PLOT - 1}));
  });
  for (const [at, text, anchor] of labels) {
    plot.append(svg('text', {x: percent(at * width), y: PLOT + 18, 'text-anchor': anchor}, text));
  }
  return element('div', {class: 'plot', role: 'img', 'aria-label': label}, axis, plot);
}
