import { get, repeat } from '../api.js';
import { redraw } from '../redraw.js';
import { ago, bytes, color, copyable, empty, h, plural, short, title } from '../ui.js';

export function mount(root) {
  const problems = h('div', { class: 'problems' });
  const tiles = h('div', { class: 'tiles' });
  const documents = h('section', { class: 'card' });
  const peers = h('section', { class: 'card' });
  const about = h('section', { class: 'card' });
  const events = h('section', { class: 'card' });
  const doctor = checks();
  const traffic = meter();
  root.append(title('Overview'), problems, tiles, h('div', { class: 'columns' }, documents, peers, about, events, doctor));
  let last = '';
  const stop = repeat(async () => {
    const [overview, log] = await Promise.all([get('api/overview'), get('api/log')]);
    traffic.add(overview.traffic); // it never stands still, and redraws nothing else
    delete overview.traffic;
    doctor.hidden = !overview.checks;
    const state = JSON.stringify([overview, log.last]);
    if (state === last) {
      return; // nothing is redrawn under a pointer or a screen reader without a reason
    }
    last = state;
    redraw(problems, ...overview.problems.map(text => h('p', { class: 'notice' }, text)));
    redraw(tiles,
      tile(overview.peers.length, overview.peers.length === 1 ? 'peer' : 'peers', overview.offline ? 'offline by choice' : 'connected'),
      tile(overview.documents.length, overview.documents.length === 1 ? 'document' : 'documents', 'open here'),
      tile(overview.documents.reduce((sum, d) => sum + d.events, 0), 'events', 'visible'),
      tile(overview.documents.reduce((sum, d) => sum + d.missing, 0), 'missing links', 'being looked for'),
      traffic.tile);
    redraw(documents, h('h2', {}, 'Documents'), documentTable(overview.documents));
    redraw(peers, h('h2', {}, 'Peers'), peerTable(overview.peers));
    redraw(about, h('h2', {}, 'This node'), facts(overview));
    redraw(events, h('h2', {}, 'Just now'), recent(log.events.slice(-8).reverse()));
  }, 1000);
  return stop;
}

function tile(number, what, detail) {
  return h('div', { class: 'tile' }, h('strong', {}, number.toLocaleString()), h('span', {}, what), h('small', {}, detail));
}

/** Bytes a second over all connections, from one look to the next. */
function meter() {
  const number = h('strong', {}, '–');
  const detail = h('small', {}, 'in and out');
  let before = null;
  return {
    tile: h('div', { class: 'tile' }, number, h('span', {}, 'a second'), detail),
    add({ received, sent }) {
      const now = performance.now();
      if (before) {
        const seconds = (now - before.now) / 1000;
        const [down, up] = [(received - before.received) / seconds, (sent - before.sent) / seconds];
        number.textContent = bytes(down + up);
        detail.textContent = `${bytes(down)} in, ${bytes(up)} out`;
      }
      before = { now, received, sent };
    },
  };
}

/** What `p2p doctor` says. It takes seconds and asks the network, so a button starts it. */
function checks() {
  const list = h('div', { role: 'status' }, empty('Looks for what keeps this node from others: store, clock, interfaces, mDNS, ports, limits, sync. Takes some seconds.'));
  const ask = h('button', { type: 'button', onclick: async () => {
    ask.disabled = true;
    list.replaceChildren(empty('Checking …'));
    try {
      list.replaceChildren(verdicts(await get('api/checks')));
    } catch (error) {
      list.replaceChildren(empty(`The node does not answer: ${error.message}`));
    }
    ask.disabled = false;
  } }, 'Run the checks');
  return h('section', { class: 'card checks', hidden: true }, h('h2', {}, 'Doctor'), ask, list);
}

function verdicts(list) {
  const words = { ok: ['ok', 'good'], problem: ['problem', 'bad'], skipped: ['not checked', 'quiet'] };
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['Check', 'Verdict', 'Found'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...list.map(c => {
      const [text, kind] = words[c.verdict] ?? [c.verdict, 'quiet'];
      return h('tr', {}, h('td', {}, c.name), h('td', {}, h('span', { class: `badge ${kind}` }, text)), h('td', {}, c.message, c.next && h('p', { class: 'next' }, `→ ${c.next}`)));
    })));
}

export function syncBadge(document) {
  const waiting = document.followers > 0 ? ['not confirmed yet', 'quiet'] : ['alone', 'quiet'];
  const words = { Confirmed: ['in sync', 'good'], Syncing: ['syncing', 'busy'], Stalled: ['stalled', 'bad'], Unknown: waiting };
  const [text, kind] = words[document.sync] ?? [document.sync, 'quiet'];
  return h('span', { class: `badge ${kind}` }, text);
}

function documentTable(documents) {
  if (documents.length === 0) {
    return empty('No document is open. “p2p up --doc NAME” opens one; the editor can too.');
  }
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['Name', 'Events', 'Heads', 'Followers', 'State', ''].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...documents.map(d => h('tr', { 'data-key': d.id },
      h('td', {}, h('a', { href: `#/editor?doc=${d.id}` }, d.name), d.kind === 'log' && h('span', { class: 'faint' }, ' log')),
      h('td', { class: 'num' }, d.events.toLocaleString()),
      h('td', {}, ...d.heads.slice(0, 3).map(head => h('a', { class: 'id', 'data-key': head, href: `#/content?cid=${head}`, title: head }, short(head, 6)))),
      h('td', { class: 'num' }, d.followers),
      h('td', {}, syncBadge(d)),
      h('td', {}, h('a', { href: `#/dag?doc=${d.id}` }, 'history'))))));
}

function peerTable(peers) {
  if (peers.length === 0) {
    return empty('Nobody is connected.');
  }
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['Name', 'Peer', 'Found', 'Address'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...peers.map(p => h('tr', { 'data-key': p.peer },
      h('td', {}, dot(p.name), p.name),
      h('td', {}, copyable(p.peer, short(p.peer))),
      h('td', {}, `${p.found}, ${p.direction}`),
      h('td', { class: 'mono' }, p.address)))));
}

export function dot(text) {
  const mark = h('span', { class: 'dot', 'aria-hidden': 'true' });
  mark.style.background = color(text);
  return mark;
}

function facts(overview) {
  const rows = [
    ['Name', overview.name],
    ['Peer id', copyable(overview.peer)],
    ['Network', overview.network],
    ['Profile', overview.profile],
    ['Addresses', h('ul', { class: 'plain mono' }, ...overview.addresses.map(a => h('li', {}, a.replace(/\/p2p\/.*$/, ''))))],
    ['Data', overview.data ?? 'in memory only'],
    ['Running for', ago(overview.since)],
  ];
  return h('dl', {}, ...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function recent(events) {
  return events.length === 0 ? empty('Nothing happened yet.')
    : h('ul', { class: 'plain events' }, ...events.map(e => h('li', {}, h('time', { datetime: e.at }, new Date(e.at).toLocaleTimeString()), h('b', {}, e.type), ' ', describe(e))));
}

/** An event in a few words. */
export function describe(event) {
  switch (event.type) {
    case 'peer.connected':
    case 'peer.disconnected':
      return event.name;
    case 'event':
      return `${event.name} · ${event.eventType} by ${event.authorName}, height ${event.height}`;
    case 'events':
      return `${event.name} · ${plural(event.count, 'more event')}`;
    case 'opened':
      return `${event.name} · ${plural(event.events, 'event')}`;
    default:
      return event.message ?? event.name ?? '';
  }
}
