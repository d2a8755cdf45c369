import { get, repeat } from '../api.js';
import { copyable, documentOf, empty, h, offer, plural, s, short, title } from '../ui.js';

/** Up to here every event is in the page; of more only those near the window are. */
export const drawnAllMax = 5000;

const laneWidth = 84;
const margin = 30;

/** Up to here every row says in words what is in it. */
const worded = 400;

/** Where every event goes: a lane an author, a row a height. Rows are dense: heights nobody has take no room. */
export function layOut(dag) {
  const heights = [...new Set(dag.height)].sort((a, b) => a - b);
  const rowOf = new Map(heights.map((height, row) => [height, row]));
  const step = dag.cid.length > 400 ? 15 : 26;
  const x = dag.author.map(author => margin + author * laneWidth);
  const y = dag.height.map(height => margin + rowOf.get(height) * step);
  const lostX = margin + dag.authors.length * laneWidth;
  const rows = heights.length;
  const lost = dag.missing.map((cid, i) => ({ x: lostX, y: margin + (rows - 1 - i) * step }));
  const words = dag.cid.length <= worded ? wordsOf(dag, rowOf) : [];
  const wordsX = lostX + (lost.length ? laneWidth : 0);
  return { x, y, lost, step, words, wordsX, width: wordsX + (words.length ? 360 : 0), height: margin * 2 + Math.max(0, rows - 1) * step };
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
  const past = selected === null ? null : ancestors(dag, selected);
  const heads = new Set(dag.heads);
  const near = i => places.y[i] >= top && places.y[i] <= bottom;
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
        lost += `M${x} ${y}L${to.x} ${to.y}`;
      } else if (isNear || near(link)) {
        const tx = places.x[link];
        const ty = places.y[link];
        const line = x === tx ? `M${x} ${y}V${ty}` : `M${x} ${y}C${x} ${(y + ty) / 2} ${tx} ${(y + ty) / 2} ${tx} ${ty}`;
        if (past?.has(i)) {
          lit += line;
        } else {
          edges += line;
        }
      }
    }
    if (isNear) {
      const kind = past === null ? '' : past.has(i) ? ' past' : ' other';
      if (heads.has(dag.cid[i])) {
        nodes += `<circle class="ring${kind}" cx="${x}" cy="${y}" r="9"/>`;
      }
      nodes += `<circle class="node a${dag.author[i] % 12}${kind}${i === selected ? ' selected' : ''}" cx="${x}" cy="${y}" r="5" data-i="${i}"/>`;
    }
  }
  const hollow = places.lost.map(({ x, y }, i) => `<circle class="lost" cx="${x}" cy="${y}" r="5" data-lost="${i}"/>`).join('');
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

  function tell() {
    if (selected === null || selected >= dag.cid.length) {
      details.replaceChildren(h('h2', {}, 'Event'), empty('Click an event, or walk with the arrow keys: what it rests on is lit.'));
      return;
    }
    const cid = dag.cid[selected];
    const author = dag.authors[dag.author[selected]];
    const at = dag.at[selected];
    const rows = [
      ['Event', h('a', { class: 'mono', href: `#/content?cid=${cid}` }, short(cid, 16))],
      ['Author', h('span', {}, lane(dag.author[selected]), author.name, author.own ? ' (this node)' : '')],
      ['Key', copyable(author.id, short(author.id, 12))],
      ['Type', dag.type[selected]],
      ['Number', dag.seq[selected].toLocaleString()],
      ['Height', dag.height[selected].toLocaleString()],
      ['Claimed time', at > 0 ? new Date(at).toLocaleString() : '–'],
      ['Links', h('span', {}, ...dag.links[selected].map(link => link >= 0
        ? h('button', { class: 'copy', type: 'button', onclick: () => select(link) }, short(dag.cid[link], 6))
        : h('span', { class: 'id' }, `missing ${short(dag.missing[-1 - link], 6)}`)))],
      ['Rests on', plural(ancestors(dag, selected).size - 1, 'event')],
    ];
    details.replaceChildren(h('h2', {}, 'Event'), h('dl', {}, ...rows.flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)])));
  }

  function select(index) {
    selected = index;
    if (index !== null) {
      count = Math.max(count, index + 1);
      const y = places.y[index];
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
    const index = event.target.dataset?.i;
    select(index === undefined ? null : Number(index));
    scroller.focus();
  });
  canvas.addEventListener('pointerover', event => {
    const index = event.target.dataset?.i;
    if (index !== undefined && !event.target.firstChild) {
      const at = dag.at[index];
      event.target.append(s('title', {}, `${dag.authors[dag.author[index]].name} · ${dag.type[index]} · height ${dag.height[index]} · ${at > 0 ? new Date(at).toLocaleString() : 'time withheld'}`));
    }
  });
  scroller.addEventListener('scroll', () => dag && dag.cid.length > drawnAllMax && schedule());
  scroller.addEventListener('keydown', event => {
    const moves = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (event.key in moves && dag?.cid.length > 0) {
      const last = dag.cid.length - 1;
      select(selected === null ? last : Math.max(0, Math.min(last, selected + moves[event.key])));
      event.preventDefault();
    } else if (event.key === 'Escape') {
      select(null);
    } else if (event.key === 'Enter' && selected !== null) {
      go(`content?cid=${dag.cid[selected]}`);
    }
  });

  function lane(author) {
    return s('svg', { class: 'lane', width: 12, height: 12, 'aria-hidden': 'true' }, s('circle', { class: `node a${author % 12}`, cx: 6, cy: 6, r: 5 }));
  }

  function take(next) {
    const wasAtEnd = dag === null || count >= dag.cid.length;
    const marked = selected === null ? null : dag.cid[selected];
    const stick = dag === null || scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 40;
    dag = next;
    places = layOut(dag);
    slider.max = dag.cid.length;
    count = wasAtEnd ? dag.cid.length : Math.min(count, dag.cid.length);
    selected = marked === null ? null : dag.cid.indexOf(marked);
    selected = selected === -1 ? null : selected;
    summary.textContent = `${plural(dag.visible, 'event')} · ${plural(dag.authors.length, 'author')} · ${plural(dag.heads.length, 'head')}`
      + (dag.missing.length ? ` · ${dag.missing.length} missing` : '') + (dag.waiting ? ` · ${dag.waiting} waiting` : '');
    canvas.setAttribute('aria-label', `History of ${dag.name}: ${summary.textContent}`);
    lanes.replaceChildren(...dag.authors.map((author, i) => {
      const label = h('span', { class: 'lane-name', title: author.id }, lane(i), author.own ? `${author.name} (here)` : author.name);
      return label;
    }));
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
      details.replaceChildren(empty('No document is open here.'));
      return;
    }
    const shown = documentOf(documents, query.get('doc'));
    picker.value = shown.id;
    const now = `${shown.applied} ${shown.frontier} ${shown.missing}`;
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
