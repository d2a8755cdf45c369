// The second fold: reads a CAR file and computes final_state with nothing of the product, from docs/federation.md.
// Usage: node fold.mjs FILE.car…  →  a line each: {"final_state":…,"order":…,"n":…,"types":{…},"refuted":[…],"snaps":{CID: whether it claims the state},
// "refused":[…],"missing":[…]}. Without a state: what is missing, or what no replica admits.
import { readFileSync } from 'node:fs';
import { Link, decode, encode } from './cbor.mjs';
import { run, sha256 } from './pel.mjs';
import { byOrder, citingFlagged, malformed, payloadOf, removalTail, unauthentic, unpermitted, withAllAbove, writersOf } from './rules.mjs';

const hex = b => Buffer.from(b).toString('hex');

function readCar(file) {
  let at = 0;
  const uvarint = () => { let n = 0, shift = 1; for (;;) { const b = file[at++]; n += (b & 127) * shift; if (b < 128) return n; shift *= 128; } };
  const headerLength = uvarint();
  const header = decode(file.subarray(at, at + headerLength));
  at += headerLength;
  const blocks = new Map();
  while (at < file.length) {
    const length = uvarint(), section = file.subarray(at, at + length);
    at += length;
    const cid = section.subarray(0, 36), data = section.subarray(36);
    if (!sha256(data).equals(cid.subarray(4))) throw new Error('a block does not match its CID');
    blocks.set(hex(cid), data);
  }
  return { roots: header.get('roots'), blocks };
}

// Ancestors-or-equal of a cut.
function closure(roots, blocks) {
  const events = new Map(), missing = new Set(), work = [...roots];
  while (work.length > 0) {
    const link = work.pop();
    if (events.has(link.hex) || missing.has(link.hex)) continue;
    const bytes = blocks.get(link.hex);
    if (!bytes) { missing.add(link.hex); continue; }
    const map = decode(bytes), body = map.get('body');
    const links = [map.get('prev'), ...map.get('deps'), ...(['seq', 'forkproof'].includes(map.get('t')) ? body.get('refs') ?? [] : [])].filter(Boolean);
    events.set(link.hex, { link, map, body, bytes, links, h: map.get('h'), type: map.get('t'), by: hex(map.get('by')), seq: map.get('seq') });
    work.push(...links);
  }
  const document = events.values().next().value?.map.get('doc'), block = document && blocks.get(document.hex);
  if (document && !block) missing.add(document.hex);
  return { events, missing, writers: block ? writersOf(decode(block)) : null };
}

// Visible: outside every fork tail and removal tail, or below such an event.
function visible({ events, writers }) {
  const bySeq = new Map(), forkSeq = new Map();
  for (const e of events.values()) {
    const key = `${e.by}|${e.seq}`;
    const payload = hex(sha256(payloadOf(e)));
    if (!bySeq.has(key)) bySeq.set(key, new Set());
    bySeq.get(key).add(payload);
    if (bySeq.get(key).size > 1 && (!forkSeq.has(e.by) || e.seq < forkSeq.get(e.by))) forkSeq.set(e.by, e.seq);
  }
  const removed = removalTail(events, writers, forkSeq);
  const seen = new Set(), work = [...events.values()].filter(e => !(e.seq >= forkSeq.get(e.by)) && !removed.has(e.link.hex));
  while (work.length > 0) {
    const e = work.pop();
    if (seen.has(e.link.hex)) continue;
    seen.add(e.link.hex);
    for (const l of e.links) work.push(events.get(l.hex));
  }
  const ordered = [...events.values()].filter(e => seen.has(e.link.hex)).sort(byOrder);
  return { ordered, forkSeq };
}

function hiddenIn(ordered) {
  const lifted = new Set(ordered.filter(e => e.type === 'lift').flatMap(e => e.body.get('tombs').map(t => t.hex)));
  return new Set(ordered.filter(e => e.type === 'tomb' && !lifted.has(e.link.hex)).map(e => e.body.get('target').hex));
}

const slotOf = e => hex(sha256(encode([e.body.get('from'), e.body.get('to'), e.body.get('type')])));

function recordSet(ordered) {
  const hidden = hiddenIn(ordered), slots = new Map(), out = new Map(), into = new Map();
  for (const e of ordered) if (e.type === 'edge' && !hidden.has(e.link.hex)) slots.set(slotOf(e), e);
  const add = (index, type, a, b) => { const k = `${type}|${a.hex}`; if (!index.has(k)) index.set(k, []); index.get(k).push(b); };
  for (const e of slots.values()) {
    const ends = [...e.body.get('from'), ...e.body.get('to')], roles = e.body.get('roles');
    for (let i = 0; i < ends.length; i++) for (let j = 0; j < ends.length; j++) {
      if ((roles[i] & 1n) && (roles[j] & 2n)) { add(out, e.body.get('type'), ends[i], ends[j]); add(into, e.body.get('type'), ends[j], ends[i]); }
    }
  }
  for (const e of ordered) e.tag = e.type === 'artifact' ? e.body.get('tag') : undefined;
  return { ordered, hidden, out, into, byHex: new Map(ordered.map(e => [e.link.hex, e])) };
}

// 16-ary hash trie over SHA-256(first item).
function root(entries) {
  const items = entries.map(e => ({ path: hex(sha256(encode(e[0]))), bytes: encode(e) }));
  const node = (list, depth) => {
    if (list.length <= 32) {
      list.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
      return sha256(Buffer.concat([Buffer.from([0]), encode(list.map(i => ({ raw: i.bytes })))]));
    }
    const children = Array.from({ length: 16 }, () => []);
    for (const i of list) children[parseInt(i.path[depth], 16)].push(i);
    return sha256(Buffer.concat([Buffer.from([1]), ...children.map(c => c.length === 0 ? Buffer.alloc(32) : node(c, depth + 1))]));
  };
  return node(items, 0);
}

function state({ roots, blocks }) {
  const set = closure(roots, blocks), { events, missing } = set;
  if (missing.size > 0) return { missing: [...missing].sort() };
  const forged = unauthentic(events), refused = forged.length > 0 ? forged : withAllAbove(events, [...malformed(events), ...unpermitted(events, set.writers), ...citingFlagged(events)]);
  if (refused.length > 0) return { refused: refused.sort(), missing: [] };
  const { ordered, forkSeq } = visible(set);
  const hidden = hiddenIn(ordered), shown = ordered.filter(e => !hidden.has(e.link.hex));
  const arts = shown.filter(e => e.type === 'artifact');
  const slots = new Map();
  for (const e of shown) if (e.type === 'edge') slots.set(slotOf(e), e);

  const contents = new Map(), snaps = new Map();
  for (const e of arts) {
    const data = e.body.get('data');
    if (data instanceof Link) contents.set(data.digest, contents.get(data.digest) ?? null);
    else contents.set(hex(sha256(data)), data);
  }
  for (const e of ordered) if (e.type === 'snap') snaps.set(e.link.digest, e);
  const present = link => contents.has(link.digest) || snaps.has(link.digest);
  const lost = new Set();
  const host = {
    read(link) {
      const bytes = blocks.get(link.hex) ?? contents.get(link.digest);
      if (!bytes) { lost.add(link.hex); return Buffer.alloc(0); }
      return bytes;
    },
    snapshot(link) {
      const snap = snaps.get(link.digest);
      if (!snap || snap.link.hex !== link.hex) return null;
      return recordSet(visible(closure(snap.body.get('cut'), blocks)).ordered);
    },
  };

  const groups = new Map();
  for (const e of shown.filter(r => r.type === 'per' && r.body.get('scheme') === 'pel/1')) {
    const inputs = [...e.body.get('in')];
    if (!present(e.body.get('prog')) || !inputs.every(([, l]) => present(l))) continue;
    const key = sha256(encode([e.body.get('prog'), e.body.get('scheme'), e.body.get('in')]));
    if (!groups.has(hex(key))) groups.set(hex(key), { key, inputs, prog: e.body.get('prog'), receipts: [] });
    groups.get(hex(key)).receipts.push(e);
  }
  const pers = [], conflicts = [], refuted = [];
  for (const g of groups.values()) {
    const result = run(host.read(g.prog), g.inputs, host);
    const out = new Map([...result.out].map(([slot, block]) => [slot, block.link]));
    pers.push([g.key, result.status, out]);
    const claims = g.receipts.map(e => hex(encode([e.body.get('status'), e.body.get('out')])));
    if (new Set(claims).size > 1) conflicts.push([g.key, g.receipts.map(e => e.link).sort((a, b) => Buffer.compare(a.bytes, b.bytes))]);
    refuted.push(...g.receipts.filter((_, i) => claims[i] !== hex(encode([result.status, out]))).map(e => e.link.hex));
  }
  if (lost.size > 0) return { missing: [...lost].sort() };
  const document = encode({
    v: 1,
    n: ordered.length,
    arts: root(arts.map(e => [e.link])),
    edges: root([...slots].map(([slot, e]) => [Buffer.from(slot, 'hex'), e.link])),
    pers: root(pers),
    conflicts: root(conflicts),
    forks: root([...forkSeq].map(([by, seq]) => [Buffer.from(by, 'hex'), seq])),
  });
  return {
    final_state: hex(sha256(document)),
    order: hex(sha256(Buffer.concat(ordered.map(e => e.link.bytes)))),
    n: ordered.length,
    types: Object.fromEntries([...new Set(ordered.map(e => e.type))].sort().map(t => [t, ordered.filter(e => e.type === t).length])),
    refuted: refuted.sort(),
    refused: [],
    missing: [],
  };
}

// What each snapshot claims, against the state of its cut.
function judged(car) {
  const result = state(car), { events } = closure(car.roots, car.blocks);
  if (!result.final_state) return result;
  result.snaps = Object.fromEntries([...events.values()].filter(e => e.type === 'snap').map(e => {
    const computed = state({ roots: e.body.get('cut'), blocks: car.blocks });
    return [e.link.hex, computed.final_state === hex(e.body.get('state')) && BigInt(computed.n) === e.body.get('n')];
  }));
  return result;
}

for (const path of process.argv.slice(2)) console.log(JSON.stringify(judged(readCar(readFileSync(path)))));
