// What a replica admits of records, who may write, and what authenticates an event: written from docs/federation.md and docs/replica.md, not from the product.
// Not here: the limits of the codec, which no exporter's events break.
import { createPublicKey, verify } from 'node:crypto';
import { Link, encode, raw } from './cbor.mjs';

const KEY_FORM = '08011220';
const HIDEABLE = ['artifact', 'edge', 'per'];
const SLOT = /^[a-z0-9_]{1,32}$/;
const hex = b => Buffer.from(b).toString('hex');

export const byOrder = (a, b) => (a.h < b.h ? -1 : a.h > b.h ? 1 : Buffer.compare(a.link.bytes, b.link.bytes));
export const payloadOf = e => encode(new Map([...e.map.raw].filter(([k]) => k !== 'sig').map(([k, v]) => [k, raw(v)])));

// Whether `low` stands in the past of `high`.
export function isBelow(events, low, high) {
  const seen = new Set(), work = [...high.links];
  while (work.length > 0) {
    const link = work.pop();
    if (link.hex === low.link.hex) return true;
    const e = events.get(link.hex);
    if (!e || seen.has(link.hex) || e.h <= low.h) continue;
    seen.add(link.hex);
    work.push(...e.links);
  }
  return false;
}

// An event is authentic iff its signature verifies, or an authentic event of its author names it as prev.
export function unauthentic(events) {
  const vouched = new Set(), bad = [];
  for (const e of [...events.values()].sort(byOrder).reverse()) {
    if (!vouched.has(e.link.hex) && !isSigned(e)) { bad.push(e.link.hex); continue; }
    if (e.map.get('prev')) vouched.add(e.map.get('prev').hex);
  }
  return bad;
}

function isSigned(e) {
  if (e.by.length !== 72 || !e.by.startsWith(KEY_FORM)) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(e.by.slice(8), 'hex').toString('base64url') }, format: 'jwk' });
  return verify(null, Buffer.concat([Buffer.from('p2p-event:'), payloadOf(e)]), key, e.map.get('sig'));
}

// Type rules of federation §2: the event and its past, nothing else.
export function malformed(events) {
  return [...events.values()].filter(e => RULES[e.type] && !RULES[e.type](e, events)).map(e => e.link.hex);
}

const keysAre = (body, names) => body.size === names.length && names.every(n => body.has(n));
const isUint = v => typeof v === 'bigint' && v >= 0n;
const isLink = v => v instanceof Link;
const isCborLink = v => isLink(v) && v.codec === 0x71;
const isAscending = links => links.every((l, i) => i === 0 || Buffer.compare(links[i - 1].bytes, l.bytes) < 0);
const areLinks = (v, least, most) => Array.isArray(v) && v.length >= least && v.length <= most && v.every(isCborLink);
const isText = (v, most) => typeof v === 'string' && Buffer.byteLength(v) <= most;
const areSlots = m => m instanceof Map && m.size <= 64 && [...m].every(([name, link]) => SLOT.test(name) && isLink(link));

const RULES = {
  artifact({ body }) {
    const data = body.get('data'), size = body.get('size'), known = ['key', 'tag', 'data', 'size'];
    return [...body.keys()].every(k => known.includes(k)) && isUint(size) && (!body.has('key') || isText(body.get('key'), 256))
      && (!body.has('tag') || (isUint(body.get('tag')) && body.get('tag') < 1n << 32n))
      && (isLink(data) || (data instanceof Uint8Array && data.length <= 65_536 && size === BigInt(data.length)));
  },
  edge({ body }) {
    const from = body.get('from'), to = body.get('to'), roles = body.get('roles'), type = body.get('type');
    return keysAre(body, ['from', 'to', 'type', 'roles']) && areLinks(from, 1, 64) && areLinks(to, 1, 64) && isText(type, 64)
      && (type.startsWith('ordered:') || (isAscending(from) && isAscending(to)))
      && Array.isArray(roles) && roles.length === from.length + to.length && roles.every((r, i) => r === 3n || r === (i < from.length ? 1n : 2n));
  },
  tomb(e, events) {
    const target = e.body.get('target'), named = isCborLink(target) && events.get(target.hex);
    return keysAre(e.body, ['target']) && !!named && HIDEABLE.includes(named.type) && isBelow(events, named, e);
  },
  lift(e, events) {
    const target = e.body.get('target'), tombs = e.body.get('tombs');
    return keysAre(e.body, ['target', 'tombs']) && isCborLink(target) && areLinks(tombs, 1, 1_024) && isAscending(tombs) && tombs.every(t => {
      const tomb = events.get(t.hex);
      return tomb?.type === 'tomb' && tomb.body.get('target').hex === target.hex && isBelow(events, tomb, e);
    });
  },
  per({ body }) {
    return keysAre(body, ['in', 'gas', 'out', 'prog', 'scheme', 'status']) && areSlots(body.get('in')) && areSlots(body.get('out'))
      && isCborLink(body.get('prog')) && typeof body.get('scheme') === 'string' && Buffer.byteLength(body.get('scheme')) <= 64 && isUint(body.get('gas')) && isUint(body.get('status'));
  },
  snap(e, events) {
    const cut = e.body.get('cut'), data = e.body.get('data'), state = e.body.get('state');
    if (!keysAre(e.body, ['n', 'cut', 'data', 'state']) || !isUint(e.body.get('n')) || e.body.get('n') === 0n || !areLinks(cut, 1, 64) || !isAscending(cut)
      || !(data === null || isLink(data)) || !(state instanceof Uint8Array) || state.length !== 32) return false;
    const heads = cut.map(c => events.get(c.hex));
    return heads.every(h => h && isBelow(events, h, e)) && heads.every(a => heads.every(b => a === b || !isBelow(events, a, b)));
  },
  forkproof(e, events) {
    const refs = e.body.get('refs');
    if (!keysAre(e.body, ['refs']) || !areLinks(refs, 2, 2) || !isAscending(refs)) return false;
    const [a, b] = refs.map(r => events.get(r.hex));
    return a && b && a.by === b.by && a.seq === b.seq && !payloadOf(a).equals(payloadOf(b));
  },
};

// Grants of genesis keys, by the key they speak of.
function grantsOf(events, genesis) {
  const adds = new Map(), removals = [];
  for (const e of events.values()) {
    if (e.type !== 'grant' || !genesis.has(e.by)) continue;
    for (const key of e.body.get('add') ?? []) adds.set(hex(key), [...adds.get(hex(key)) ?? [], e]);
    for (const [key, last] of e.body.get('del') ?? []) if (!genesis.has(hex(key))) removals.push({ grant: e, key: hex(key), last });
  }
  return { adds, removals };
}

export const writersOf = genesis => {
  const writers = genesis.get('policy').get('writers');
  return writers === 'open' ? null : new Set(writers.map(hex));
};

// Events of keys that neither the genesis nor a grant below them names, or that a grant below them has removed.
export function unpermitted(events, writers) {
  if (!writers) return [];
  const { adds, removals } = grantsOf(events, writers);
  const includes = (high, low) => high === low || isBelow(events, low, high);
  return [...events.values()].filter(e => !writers.has(e.by) && !(adds.get(e.by) ?? []).some(add => isBelow(events, add, e)
    && !removals.some(r => r.key === e.by && isBelow(events, r.grant, e) && includes(r.grant, add)))).map(e => e.link.hex);
}

// What a removed writer wrote beside its removal: it counts only if somebody permitted cites it.
export function removalTail(events, writers, forkSeq) {
  const tail = new Set();
  if (!writers) return tail;
  const { adds, removals } = grantsOf(events, writers);
  const includes = (high, low) => high === low || isBelow(events, low, high);
  const stands = [...events.values()].filter(e => writers.has(e.by) && !(e.seq >= forkSeq.get(e.by)));
  for (const { grant, key, last } of removals) {
    if (!stands.some(e => includes(e, grant))) continue;
    for (const e of events.values()) {
      if (e.by === key && e.seq > last && !includes(e, grant) && !includes(grant, e)
        && !(adds.get(key) ?? []).some(add => includes(e, add) && !includes(grant, add))) tail.add(e.link.hex);
    }
  }
  return tail;
}

// The citation rule: whoever has a proof against an author below its other links may not cite another branch of that author. A fork proof may cite its own two.
export function citingFlagged(events) {
  const bySeq = new Map(), flagged = new Set();
  for (const e of events.values()) {
    const place = `${e.by}|${e.seq}`, payload = hex(payloadOf(e));
    if ((bySeq.get(place) ?? payload) !== payload) flagged.add(e.by);
    bySeq.set(place, payload);
  }
  const breaks = (e, f) => f.by !== e.by && flagged.has(f.by) && !(e.type === 'forkproof' && e.body.get('refs').some(r => r.hex === f.link.hex)) && (() => {
    const others = pastOf(events, e.links.filter(l => l.hex !== f.link.hex));
    return !others.has(f.link.hex) && holdsProof(events, others, f.by);
  })();
  return [...events.values()].filter(e => e.links.some(l => breaks(e, events.get(l.hex)))).map(e => e.link.hex);
}

function pastOf(events, links) {
  const seen = new Set(), work = [...links];
  while (work.length > 0) {
    const link = work.pop();
    if (seen.has(link.hex)) continue;
    seen.add(link.hex);
    work.push(...events.get(link.hex).links);
  }
  return seen;
}

function holdsProof(events, past, by) {
  const bySeq = new Map();
  for (const e of [...past].map(h => events.get(h)).filter(e => e.by === by)) {
    const payload = hex(payloadOf(e));
    if ((bySeq.get(e.seq) ?? payload) !== payload) return true;
    bySeq.set(e.seq, payload);
  }
  return false;
}

// What stands on a refused event is refused as well.
export function withAllAbove(events, refused) {
  const all = new Set(refused);
  for (const e of [...events.values()].sort(byOrder)) if (e.links.some(l => all.has(l.hex))) all.add(e.link.hex);
  return [...all];
}
