import { get, repeat } from '../api.js';
import { redraw } from '../redraw.js';
import { copyable, documentOf, empty, h, offer, plural, s, short, title } from '../ui.js';

/** Up to here every event is in the page; of more only those near the window are. */
export const drawnAllMax = 5000;

const laneWidth = 84;
const margin = 30;

/** Up to here every row says in words what is in it. */
const worded = 400;

/** So many authors have a lane of their own; anybody can make keys, and thousands of lanes would show nothing. */
export const lanesMax = 50;

/** Missing links side by side; more of one height lie on top of each other. */
const lostMax = 20;
const lostStep = 15;

/** Which lane each author has: of many, this node and those with most events, and one lane for all others. */
export function lanesOf(dag) {
  const all = dag.authors.map((_, i) => i);
  if (all.length <= lanesMax) {
    return { of: all, authors: all, others: 0 };
  }
  const events = new Array(all.length).fill(0);
  dag.author.forEach(author => events[author]++);
  const rank = author => dag.authors[author].own ? Infinity : events[author];
  const authors = [...all].sort((a, b) => rank(b) - rank(a) || a - b).slice(0, lanesMax).sort((a, b) => a - b);
  const of = new Array(all.length).fill(lanesMax);
  authors.forEach((author, lane) => { of[author] = lane; });
  return { of, authors, others: all.length - lanesMax };
}

/** Who links to each missing event. */
function citersOf(dag) {
  const citers = dag.missing.map(() => []);
  if (citers.length > 0) {
    dag.links.forEach((links, i) => links.forEach(link => link < 0 && citers[-1 - link].push(i)));
  }
  return citers;
}

/** Where every event goes: a lane an author, a row a height. Rows are dense: heights nobody has take no room. */
export function layOut(dag) {
  const citers = citersOf(dag);
  // A missing event is below the lowest that links to it; how far below nobody knows.
  const lostHeights = citers.map(by => by.reduce((low, i) => Math.min(low, dag.height[i] - 1), Infinity)).map(height => Math.max(0, height === Infinity ? 0 : height));
  const heights = [...new Set([...dag.height, ...lostHeights])].sort((a, b) => a - b);
  const rowOf = new Map(heights.map((height, row) => [height, row]));
  const step = dag.cid.length > 400 ? 15 : 26;
  const lanes = lanesOf(dag);
  const x = dag.author.map(author => margin + lanes.of[author] * laneWidth);
  const y = dag.height.map(height => margin + rowOf.get(height) * step);
  const lostX = margin + (lanes.authors.length + (lanes.others > 0 ? 1 : 0)) * laneWidth;
  const rows = heights.length;
  const beside = new Map();
  const lost = citers.map((by, i) => {
    const row = rowOf.get(lostHeights[i]);
    const place = beside.get(row) ?? 0;
    beside.set(row, place + 1);
    return { x: lostX + Math.min(place, lostMax - 1) * lostStep, y: margin + row * step, citers: by };
  });
  const words = dag.cid.length <= worded ? wordsOf(dag, rowOf) : [];
  const widest = Math.min(lostMax, Math.max(0, ...beside.values()));
  const wordsX = lostX + (lost.length ? Math.max(laneWidth, widest * lostStep + margin) : 0);
  return { x, y, lost, lanes, step, words, wordsX, width: wordsX + (words.length ? 360 : 0), height: margin * 2 + Math.max(0, rows - 1) * step };
}

/** What happened at a height, in document order. */
function wordsOf(dag, rowOf) {
  const rows = Array.from({ length: rowOf.size }, () => []);
  dag.cid.forEach((cid, i) => rows[rowOf.get(dag.height[i])].push(i));
  return rows.map(events => ({
    first: events[0],
    text: events.map(i => `${short(dag.cid[i], 6)} ${dag.type[i]}${dag.at[i] > 0 ? ` ${new Date(dag.at[i]).toLocaleTimeString()}` : ''}`).join('   ·   '),
  }));
}

/** All events an event rests on, itself included. */
export function ancestors(dag, from) {
  const seen = new Set([from]);
  const open = [from];
  while (open.length > 0) {
    for (const link of dag.links[open.pop()]) {
      if (link >= 0 && !seen.has(link)) {
        seen.add(link);
        open.push(link);
      }
    }
  }
  return seen;
}

/** The picture as SVG text: one path for all edges of a kind and one or two circles an event. Text, because that is what a browser reads fastest. */
export function draw(dag, places, { count, selected, window: [top, bottom] }) {
  const past = selected === null ? null : selected >= dag.cid.length ? new Set(places.lost[selected - dag.cid.length].citers) : ancestors(dag, selected);
  const heads = new Set(dag.heads);
  const isIn = y => y >= top && y <= bottom;
  const near = i => isIn(places.y[i]);
  let nodes = '';
  let edges = '';
  let lit = '';
  let lost = '';
  for (let i = 0; i < count; i++) {
    const x = places.x[i];
    const y = places.y[i];
    const isNear = near(i);
    for (const link of dag.links[i]) {
      if (link < 0) {
        const to = places.lost[-1 - link];
        lost += isNear || isIn(to.y) ? `M${x} ${y}L${to.x} ${to.y}` : '';
      } else if (isNear || near(link)) {
        const tx = places.x[link];
        const ty = places.y[link];
        const line = x === tx ? `M${x} ${y}V${ty}` : `M${x} ${y}C${x} ${(y + ty) / 2} ${tx} ${(y + ty) / 2} ${tx} ${ty}`;
        if (past?.has(i) && selected < dag.cid.length) {
          lit += line;
        } else {
          edges += line;
        }
      }
    }
    if (isNear) {
      const kind = (past === null ? '' : past.has(i) ? ' past' : ' other') + (i >= dag.waitingFrom ? ' waiting' : '');
      if (heads.has(dag.cid[i])) {
        nodes += `<circle class="ring${kind}" cx="${x}" cy="${y}" r="9"/>`;
      }
      nodes += `<circle class="node a${dag.author[i] % 12}${kind}${i === selected ? ' selected' : ''}" cx="${x}" cy="${y}" r="5" data-i="${i}"/>`;
    }
  }
  const hollow = places.lost.map(({ x, y, citers }, i) => isIn(y) && (citers.length === 0 || citers.some(by => by < count))
    ? `<circle class="lost${selected === dag.cid.length + i ? ' selected' : ''}" cx="${x}" cy="${y}" r="5" data-lost="${i}"/>` : '').join('');
  const text = places.words.filter(({ first }) => first < count).map(({ first, text }) => `<text x="${places.wordsX}" y="${places.y[first] + 4}">${text.replaceAll('<', '&lt;')}</text>`).join('');
  return `${text}<path class="edge" d="${edges}"/><path class="edge lit" d="${lit}"/><path class="edge gone" d="${lost}"/>${nodes}${hollow}`;
}

export function mount(root, { query, go }) {
  const picker = h('select', { 'aria-label': 'Document', onchange: () => go(`dag?doc=${picker.value}`) });
  const summary = h('span', { class: 'state', role: 'status' });
  const download = h('a', { class: 'button', download: '' }, 'CAR file');
  const slider = h('input', { type: 'range', min: 0, 'aria-label': 'Replay: how many events are shown', oninput: () => { count = slider.valueAsNumber; schedule(); } });
  const play = h('button', { type: 'button', onclick: () => togglePlay() }, 'Replay');
  const canvas = s('svg', { class: 'dag', role: 'img' });
  const scroller = h('div', { class: 'dag-scroll', tabindex: '0', 'aria-label': 'Events, a lane for each author. Arrow keys walk, Escape lets go.' }, canvas);
  const lanes = h('div', { class: 'lanes' });
  const details = h('aside', { class: 'card details', 'aria-live': 'polite' });
  root.append(
    title('History', h('div', { class: 'tools' }, picker, summary, download)),
    h('div', { class: 'dag-view' },
      h('div', { class: 'card dag-card' }, lanes, scroller, h('div', { class: 'replay' }, play, slider)),
      details));

  let dag = null;
  let places = null;
  let count = 0;
  let selected = null;
  let state = '';
  let frame = 0;
  let playing = 0;

  const windowOf = () => dag.cid.length <= drawnAllMax ? [-Infinity, Infinity]
    : [scroller.scrollTop - 600, scroller.scrollTop + scroller.clientHeight + 600];

  function render() {
    frame = 0;
    const began = performance.now();
    canvas.setAttribute('width', Math.max(places.width, 1));
    canvas.setAttribute('height', places.height);
    canvas.innerHTML = draw(dag, places, { count, selected, window: windowOf() });
    canvas.dataset.ms = (performance.now() - began).toFixed(1);
    canvas.dataset.events = dag.cid.length;
  }

  function schedule() {
    slider.value = count;
    slider.setAttribute('aria-valuetext', `${count} of ${dag.cid.length} events`);
    frame ||= requestAnimationFrame(render);
  }

  const button = index => h('button', { class: 'copy', type: 'button', 'data-key': nameOf(index), onclick: () => select(index) }, short(nameOf(index), 6));

  /** The CID of an event, or behind them of a missing one. */
  const nameOf = index => index < dag.cid.length ? dag.cid[index] : dag.missing[index - dag.cid.length];

  function describe(heading, rows) {
    redraw(details, h('h2', {}, heading), h('dl', {}, ...rows.filter(Boolean).flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)])));
  }

  function tell() {
    if (selected === null) {
      redraw(details, h('h2', {}, 'Event'), empty('Click an event, or walk with the arrow keys: what it rests on is lit.'));
      return;
    }
    if (selected >= dag.cid.length) {
      const { citers } = places.lost[selected - dag.cid.length];
      describe('Missing event', [
        ['Event', copyable(nameOf(selected), short(nameOf(selected), 16))],
        ['State', 'Nobody has brought it yet; what links to it waits.'],
        ['Linked by', h('span', {}, ...citers.slice(0, 50).map(button), citers.length > 50 && ` and ${citers.length - 50} more`)],
      ]);
      return;
    }
    const cid = dag.cid[selected];
    const author = dag.authors[dag.author[selected]];
    const at = dag.at[selected];
    const rows = [
      ['Event', h('a', { class: 'mono', href: `#/content?cid=${cid}` }, short(cid, 16))],
      selected >= dag.waitingFrom && ['State', 'It waits for what it links to, and is not in the document yet.'],
      ['Author', h('span', {}, lane(dag.author[selected]), author.name, author.own ? ' (this node)' : '')],
      ['Key', copyable(author.id, short(author.id, 12))],
      ['Type', dag.type[selected]],
      ['Number', dag.seq[selected].toLocaleString()],
      ['Height', dag.height[selected].toLocaleString()],
      ['Claimed time', at > 0 ? new Date(at).toLocaleString() : '–'],
      ['Links', h('span', {}, ...dag.links[selected].map(link => link >= 0 ? button(link) : [' missing ', button(dag.cid.length - 1 - link)]).flat())],
      ['Rests on', plural(ancestors(dag, selected).size - 1, 'event')],
    ];
    describe('Event', rows);
  }

  function select(index) {
    selected = index;
    if (index !== null) {
      count = Math.max(count, index < dag.cid.length ? index + 1 : 0);
      const y = index < dag.cid.length ? places.y[index] : places.lost[index - dag.cid.length].y;
      if (y < scroller.scrollTop + 40 || y > scroller.scrollTop + scroller.clientHeight - 40) {
        scroller.scrollTop = y - scroller.clientHeight / 2;
      }
    }
    tell();
    schedule();
  }

  function togglePlay() {
    if (playing) {
      clearInterval(playing);
      playing = 0;
    } else {
      count = count >= dag.cid.length ? 0 : count;
      const step = Math.max(1, Math.ceil(dag.cid.length / 200));
      playing = setInterval(() => {
        count = Math.min(dag.cid.length, count + step);
        schedule();
        scroller.scrollTop = (places.y[Math.max(0, count - 1)] ?? 0) - scroller.clientHeight * 0.7;
        if (count >= dag.cid.length) {
          togglePlay();
        }
      }, 50);
    }
    play.textContent = playing ? 'Stop' : 'Replay';
  }

  canvas.addEventListener('click', event => {
    const { i, lost } = event.target.dataset ?? {};
    select(i !== undefined ? Number(i) : lost !== undefined ? dag.cid.length + Number(lost) : null);
    scroller.focus();
  });
  canvas.addEventListener('pointerover', event => {
    const { i: index, lost } = event.target.dataset ?? {};
    if (lost !== undefined && !event.target.firstChild) {
      event.target.append(s('title', {}, `missing: ${dag.missing[lost]}`));
    } else if (index !== undefined && !event.target.firstChild) {
      const at = dag.at[index];
      event.target.append(s('title', {}, `${dag.authors[dag.author[index]].name} · ${dag.type[index]} · height ${dag.height[index]} · ${index >= dag.waitingFrom ? 'waits for its links · ' : ''}${at > 0 ? new Date(at).toLocaleString() : 'time withheld'}`));
    }
  });
  scroller.addEventListener('scroll', () => dag && dag.cid.length > drawnAllMax && schedule());
  scroller.addEventListener('keydown', event => {
    const moves = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (event.key in moves && dag?.cid.length > 0) {
      const last = dag.cid.length + dag.missing.length - 1; // the missing ones come behind all others
      select(selected === null ? Math.max(0, dag.waitingFrom - 1) : Math.max(0, Math.min(last, selected + moves[event.key])));
      event.preventDefault();
    } else if (event.key === 'Escape') {
      select(null);
    } else if (event.key === 'Enter' && selected !== null) {
      go(`content?cid=${nameOf(selected)}`);
    }
  });

  function lane(author) {
    return s('svg', { class: 'lane', width: 12, height: 12, 'aria-hidden': 'true' }, s('circle', { class: `node a${author % 12}`, cx: 6, cy: 6, r: 5 }));
  }

  function take(next) {
    const wasAtEnd = dag === null || count >= dag.cid.length;
    const marked = selected === null ? null : nameOf(selected);
    const stick = dag === null || scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 40;
    dag = next;
    places = layOut(dag);
    slider.max = dag.cid.length;
    count = wasAtEnd ? dag.cid.length : Math.min(count, dag.cid.length);
    selected = marked === null ? null : [...dag.cid, ...dag.missing].indexOf(marked);
    selected = selected === -1 ? null : selected;
    summary.textContent = `${plural(dag.visible, 'event')} · ${plural(dag.authors.length, 'author')} · ${plural(dag.heads.length, 'head')}`
      + (dag.visible > dag.waitingFrom ? ` · the newest ${dag.waitingFrom.toLocaleString()} are shown` : '')
      + (dag.missingCount ? ` · ${dag.missingCount.toLocaleString()} missing` : '') + (dag.waiting ? ` · ${dag.waiting} waiting` : '');
    canvas.setAttribute('aria-label', `History of ${dag.name}: ${summary.textContent}`);
    lanes.replaceChildren(
      ...places.lanes.authors.map(i => {
        const author = dag.authors[i];
        return h('span', { class: 'lane-name', title: author.id }, lane(i), author.own ? `${author.name} (here)` : author.name);
      }),
      ...places.lanes.others > 0 ? [h('span', { class: 'lane-name' }, plural(places.lanes.others, 'other'))] : []);
    download.href = `api/car?doc=${dag.id}`;
    tell();
    render();
    slider.value = count;
    if (stick) {
      scroller.scrollTop = scroller.scrollHeight;
    }
  }

  async function look() {
    const documents = await get('api/documents');
    offer(picker, documents);
    if (documents.length === 0) {
      redraw(details, empty('No document is open here.'));
      return;
    }
    const shown = documentOf(documents, query.get('doc'));
    picker.value = shown?.id ?? '';
    if (!shown) {
      redraw(details, h('p', { class: 'empty' }, h('bdi', {}, `“${query.get('doc')}”`), ' is not open here. Choose another document above.'));
      return;
    }
    const now = `${shown.applied} ${shown.frontier} ${shown.missing} ${shown.waiting}`;
    if (now !== state && !playing) {
      state = now;
      take(await get(`api/dag?doc=${shown.id}`));
    }
  }

  const stop = repeat(look, 1000);
  return () => {
    stop();
    clearInterval(playing);
    cancelAnimationFrame(frame);
  };
}
