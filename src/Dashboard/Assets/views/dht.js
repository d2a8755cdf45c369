import { get, repeat } from '../api.js';
import { redraw } from '../redraw.js';
import { copyable, empty, h, plural, short, title } from '../ui.js';
import { dot } from './overview.js';

export function mount(root) {
  const summary = h('span', { class: 'state' });
  const buckets = h('section', { class: 'card' });
  const lookup = h('section', { class: 'card' });
  root.append(title('DHT', summary), h('div', { class: 'columns' }, buckets, lookup));
  let last = '';
  return repeat(async () => {
    const table = await get('api/dht');
    const state = JSON.stringify([table.size, table.lookup, table.peers.map(p => [p.peer, p.bucket, p.failures])]);
    if (state === last) {
      return;
    }
    last = state;
    summary.textContent = `${plural(table.peers.length, 'peer')} in the routing table · about ${plural(table.size, 'server')} in the network`;
    redraw(buckets, h('h2', {}, 'Buckets, by the length of the common prefix'), ...rows(table.peers));
    redraw(lookup, h('h2', {}, 'Last lookup, hop by hop'), ...hops(table.lookup));
  }, 2000);
}

function rows(peers) {
  if (peers.length === 0) {
    return [empty('The table is empty: no peer here serves the DHT.')];
  }
  const groups = new Map();
  for (const peer of peers) {
    groups.set(peer.bucket, [...(groups.get(peer.bucket) ?? []), peer]);
  }
  return [h('table', {},
    h('thead', {}, h('tr', {}, ...['Bits', 'Peers', 'Who'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...[...groups].sort(([a], [b]) => a - b).map(([bits, list]) => h('tr', {},
      h('td', { class: 'num' }, bits),
      h('td', {}, bar(list.length)),
      h('td', { class: 'wrap' }, ...list.map(p => h('span', { class: 'chip', title: `${p.peer}\nuseful ${p.usefulSeconds} s ago, ${plural(p.failures, 'failure')}` }, dot(p.name), p.name)))))))];
}

function bar(count) {
  const meter = h('meter', { min: 0, max: 20, value: count, 'aria-label': `${count} of 20` });
  return h('span', { class: 'meter' }, meter, ` ${count}`);
}

function hops(lookup) {
  if (!lookup) {
    return [empty('Nothing was looked up yet. Opening a document looks for others who have it.')];
  }
  return [
    h('p', { class: 'state' }, `${lookup.kind} of ${short(lookup.key, 12)} · ${lookup.end} after ${lookup.ms} ms · ${plural(lookup.hops.length, 'peer')} asked`),
    h('table', {},
      h('thead', {}, h('tr', {}, ...['', 'Peer', 'Common bits', 'Told by', 'Answer'].map(text => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, ...lookup.hops.map((hop, i) => h('tr', {},
        h('td', { class: 'num' }, i + 1),
        h('td', {}, dot(hop.name), copyable(hop.peer, hop.name)),
        h('td', { class: 'num' }, hop.bits),
        h('td', {}, hop.from ?? 'routing table'),
        h('td', {}, hop.state))))),
  ];
}
