import { get, repeat } from '../api.js';
import { redraw } from '../redraw.js';
import { ago, color, copyable, empty, h, plural, s, short, title } from '../ui.js';
import { dot } from './overview.js';

const size = 460;

export function mount(root) {
  const picture = h('section', { class: 'card mesh' });
  const list = h('section', { class: 'card' });
  const topics = h('section', { class: 'card' });
  root.append(title('Mesh', h('p', { class: 'state' }, 'This node in the middle; a thick line is a gossip mesh, green a good score, red a bad one.')), picture, h('div', { class: 'stack' }, list, topics));
  let last = '';
  return repeat(async () => {
    const mesh = await get('api/mesh');
    const state = JSON.stringify(mesh);
    if (state === last) {
      return;
    }
    last = state;
    redraw(picture, draw(mesh));
    redraw(list, h('h2', {}, 'Connections'), connections(mesh.connections));
    redraw(topics, h('h2', {}, 'Topics'), topicTable(mesh.topics));
  }, 2000);
}

/** Score to colour: 0 is neutral, as gossipsub means it. */
function scoreClass(score) {
  return score === null || score === 0 ? 'even' : score > 0 ? 'good' : 'bad';
}

function draw({ name, connections }) {
  const middle = size / 2;
  const radius = middle - 74;
  const picture = s('svg', { viewBox: `0 0 ${size * 1.6} ${size}`, role: 'img', 'aria-label': `${name} and ${plural(connections.length, 'connection')}` });
  const cx = middle * 1.6;
  const places = connections.map((c, i) => {
    const angle = (i / connections.length) * 2 * Math.PI - Math.PI / 2;
    return { c, x: cx + Math.cos(angle) * radius * 1.35, y: middle + Math.sin(angle) * radius };
  });
  picture.append(s('ellipse', { class: 'orbit', cx, cy: middle, rx: radius * 1.35, ry: radius }));
  for (const { c, x, y } of places) {
    picture.append(s('line', { class: `link ${scoreClass(c.score)}${c.mesh > 0 ? ' thick' : ''}`, x1: cx, y1: middle, x2: x, y2: y }, s('title', {}, about(c))));
  }
  for (const { c, x, y } of places) {
    picture.append(peer(x, y, c.name, 15, about(c), y < middle - 1));
  }
  picture.append(peer(cx, middle, name, 21, 'this node'));
  if (connections.length === 0) {
    picture.append(s('text', { class: 'hint', x: cx, y: middle + 64 }, 'nobody is connected'));
  }
  return picture;
}

function peer(x, y, name, r, text, above) {
  const circle = s('circle', { class: 'peer', cx: x, cy: y, r });
  circle.style.fill = color(name);
  return s('g', {}, circle, s('text', { x, y: above ? y - r - 8 : y + r + 17 }, name), s('title', {}, text));
}

function about(c) {
  return [
    c.name, `${c.outbound ? 'dialled' : 'came'} ${ago(c.since)} ago, ${c.address}`, c.rttMs === null ? null : `round trip ${c.rttMs} ms`,
    c.agent, `${plural(c.mesh, 'mesh', 'meshes')} of ${plural(c.topics, 'common topic')}`, c.score === null ? null : `score ${c.score.toFixed(2)}`,
  ].filter(Boolean).join('\n');
}

function connections(list) {
  if (list.length === 0) {
    return empty('Nobody is connected.');
  }
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['Name', 'Peer', 'Round trip', 'Score', 'Mesh', 'Streams', 'Agent', 'Address'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...list.map(c => h('tr', { 'data-key': c.peer },
      h('td', {}, dot(c.name), c.name),
      h('td', {}, copyable(c.peer, short(c.peer))),
      h('td', { class: 'num' }, c.rttMs === null ? '–' : `${c.rttMs} ms`),
      h('td', { class: 'num' }, c.score === null ? '–' : c.score.toFixed(2)),
      h('td', { class: 'num' }, `${c.mesh}/${c.topics}`),
      h('td', { class: 'num' }, c.streams),
      h('td', {}, c.agent ?? '–'),
      h('td', { class: 'mono' }, c.address)))));
}

function topicTable(topics) {
  if (topics.length === 0) {
    return empty('No topic is open. A document opens one.');
  }
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['Topic', 'Peers', 'Mesh', ''].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...topics.map(t => h('tr', { 'data-key': t.topic },
      h('td', { class: 'mono', title: t.topic }, t.topic.replace(/(bafy)[a-z0-9]+([a-z0-9]{8})$/, '$1…$2')), h('td', { class: 'num' }, t.peers), h('td', { class: 'num' }, t.mesh), h('td', {}, t.subscribed ? 'subscribed' : 'publishing only')))));
}
