import { get } from '../api.js';
import { bytes, copyable, empty, h, plural, title } from '../ui.js';
import { dot } from './overview.js';

export function mount(root, { overview, query, go }) {
  const input = h('input', { name: 'cid', class: 'mono wide', placeholder: 'bafy…', 'aria-label': 'CID', required: true, autocomplete: 'off', spellcheck: 'false' });
  const form = h('form', { class: 'inline', onsubmit: event => {
    event.preventDefault();
    go(`content?cid=${encodeURIComponent(input.value.trim())}`);
  } }, input, h('button', { class: 'primary', type: 'submit' }, 'Inspect'));
  const result = h('section', { class: 'card' });
  const files = h('section', { class: 'card' }, h('h2', {}, 'Documents as CAR files'), documents(overview.documents));
  root.append(title('Content', form), h('div', { class: 'stack' }, result, files));
  const cid = query.get('cid');
  if (cid) {
    input.value = cid;
    get(`api/block?cid=${encodeURIComponent(cid)}`).then(
      block => result.replaceChildren(...describe(block)),
      error => result.replaceChildren(empty(error.status === 400 ? 'That is no CID.' : `The node does not answer: ${error.message}`)));
  } else {
    result.replaceChildren(empty('A CID names bytes by their hash. Blocks that this node holds are shown; nobody else is asked before you want it.'));
  }
}

function documents(list) {
  return list.length === 0 ? empty('No document is open here.')
    : h('ul', { class: 'plain rows' }, ...list.map(d => h('li', {},
      h('span', {}, d.name), copyable(d.id), h('a', { class: 'button', href: `api/car?doc=${d.id}`, download: '' }, 'CAR file'))));
}

function describe(block) {
  const rows = [
    ['CID', copyable(block.cid)],
    ['Version', `CIDv${block.version}`],
    ['Codec', block.codec],
    ['Hash', `${block.hash} ${block.digest}`],
    ['Here', block.here ? `${block.bytes.toLocaleString()} bytes, ${block.sound ? 'and they are what the CID says' : 'but they are not what the CID says'}` : 'no'],
  ];
  if (block.unixFs) {
    const { type, bytes: size, inline } = block.unixFs;
    rows.push(['UnixFS', `${type.toLowerCase()}${size === null ? '' : `, ${size.toLocaleString()} bytes`}${inline > 0 ? `, ${inline.toLocaleString()} of data in this block` : ''}`]);
  }
  const facts = h('dl', {}, ...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', { class: name === 'Hash' ? 'mono' : '' }, value)]));
  const body = block.dagJson ? h('pre', { tabindex: '0', 'aria-label': 'Block as DAG-JSON' }, ...linked(pretty(block.dagJson)))
    : block.hex ? h('pre', { tabindex: '0', 'aria-label': 'First bytes' }, block.hex.replace(/(.{2})/g, '$1 ').replace(/((?:.{3}){16})/g, '$1\n'))
    : null;
  return [facts, links(block), body, providers(block.cid)].filter(Boolean);
}

/** The links of a dag-pb block: the pieces of a file, the entries of a directory. */
function links({ links: list, linkCount, unixFs }) {
  if (!list) {
    return null;
  }
  if (list.length === 0) {
    return empty(unixFs ? 'It links to nothing: all of it is in this block.' : 'It links to nothing.');
  }
  const more = linkCount > list.length && empty(`${plural(linkCount - list.length, 'more link')}.`);
  return h('section', {}, h('h2', {}, plural(linkCount, 'link')), h('table', {},
    h('thead', {}, h('tr', {}, ...['Name', 'CID', 'Size'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...list.map((l, i) => h('tr', {},
      h('td', {}, l.name ? h('bdi', {}, l.name) : `${i + 1}`),
      h('td', { class: 'mono' }, h('a', { href: `#/content?cid=${l.cid}` }, l.cid)),
      h('td', { class: 'num' }, l.bytes !== null ? bytes(l.bytes) : l.totalBytes !== null ? `${bytes(l.totalBytes)} claimed` : '–'))))), more);
}

/** Who says that it has it; asked when the button is pressed, for that asks other machines. */
function providers(cid) {
  const list = h('div', { role: 'status' });
  const ask = h('button', { type: 'button', onclick: async () => {
    ask.disabled = true;
    list.replaceChildren(empty('Asking the peers of the DHT …'));
    try {
      list.replaceChildren(...found(await get(`api/providers?cid=${encodeURIComponent(cid)}`)));
    } catch (error) {
      list.replaceChildren(empty(`The node does not answer: ${error.message}`));
    }
    ask.disabled = false;
  } }, 'Who has it?');
  return h('section', { class: 'providers' }, h('h2', {}, 'Providers'), ask, list);
}

function found({ pinned, dhtPeers, done, providers: list }) {
  const own = pinned ? 'This node offers it.' : 'This node does not offer it.';
  const others = list.length > 0 ? `${plural(list.length, 'other')} ${list.length === 1 ? 'says' : 'say'} so too${done ? '.' : '; not everybody has answered.'}`
    : dhtPeers === 0 ? 'Nobody else could be asked: no peer here takes part in the DHT.'
    : done ? 'Nobody who was asked knows another.' : 'Nobody has answered in 10 s.';
  return [h('p', {}, `${own} ${others}`), list.length > 0 && h('table', {},
    h('thead', {}, h('tr', {}, ...['Name', 'Peer', 'State', 'Addresses'].map(text => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...list.map(p => h('tr', {},
      h('td', {}, dot(p.name), p.name),
      h('td', {}, copyable(p.peer, p.peer.slice(-8))),
      h('td', {}, p.connected ? 'connected' : 'not connected'),
      h('td', { class: 'mono' }, p.addresses.join(' ') || '–')))))].filter(Boolean);
}

/** Indented without parsing numbers: a 64-bit number stays what it is. */
function pretty(json) {
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (quoted) {
      text += char;
      if (char === '\\') {
        text += json[++i];
      } else if (char === '"') {
        quoted = false;
      }
    } else if (char === '"') {
      quoted = true;
      text += char;
    } else if ('{['.includes(char)) {
      const empty = '}]'.includes(json[i + 1]);
      text += empty ? char + json[++i] : `${char}\n${'  '.repeat(++depth)}`;
    } else if ('}]'.includes(char)) {
      text += `\n${'  '.repeat(--depth)}${char}`;
    } else {
      text += char === ',' ? `,\n${'  '.repeat(depth)}` : char === ':' ? ': ' : char;
    }
  }
  return text;
}

/** Links of DAG-JSON, `{"/": "bafy…"}`, become links of the page. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(/"\/": "([a-zA-Z0-9]{46,})"/g)) {
    parts.push(text.slice(from, found.index), '"/": "', h('a', { href: `#/content?cid=${found[1]}` }, found[1]), '"');
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}
