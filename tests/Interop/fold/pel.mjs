// pel/1, written from docs/federation.md alone: program → { status, out: Map(slot → { link, bytes }) }.
import { createHash } from 'node:crypto';
import { Link, decode, encode, raw } from './cbor.mjs';

const GAS = 100_000_000, VALUE = 16 * 1024 * 1024;
export const sha256 = bytes => createHash('sha256').update(bytes).digest();
export const linkOf = (codec, bytes) => new Link(Buffer.concat([Buffer.from([1, codec, 0x12, 0x20]), sha256(bytes)]));

class Failure extends Error { constructor(status) { super(`status ${status}`); this.status = status; } }

const encodedList = list => encode(list);
const valueOfSlot = (link, bytes) => {
  if (link.codec === 0x71) {
    try {
      const v = decode(bytes);
      if (Array.isArray(v) && v.every(x => x instanceof Link)) return { list: v };
    } catch { /* bytes, then */ }
  }
  return { bytes };
};

export function run(programBytes, inputs, host) {
  let gas = 0;
  const charge = n => { gas += n; if (gas > GAS) throw new Failure(3); };
  try {
    let program;
    try { program = decode(programBytes); } catch { throw new Failure(4); }
    const slots = new Map(inputs.map(([name, link]) => [name, valueOfSlot(link, host.read(link))]));
    const snapshotLink = inputs.find(([name]) => name === 'snapshot')?.[1];
    const records = () => { if (!snapshotLink) throw new Failure(5); const s = host.snapshot(snapshotLink); if (!s) throw new Failure(4); return s; };
    const values = [];
    for (const node of program.get('nodes')) {
      const ins = node.get('in').map(([kind, which]) => {
        if (kind === 'node') return values[Number(which)];
        if (!slots.has(which)) throw new Failure(5);
        return slots.get(which);
      });
      charge(1);
      const value = step(node.get('op'), node.get('params'), ins, records, charge);
      charge(Math.ceil(blockOf(value).bytes.length / 32));
      values.push(value);
    }
    const out = new Map();
    for (const [slot, at] of program.get('out')) out.set(slot, blockOf(values[Number(at)]));
    return { status: 0, out, gas };
  } catch (e) {
    if (e instanceof Failure) return { status: e.status, out: new Map(), gas };
    throw e;
  }
}

function blockOf(value) {
  if (value.bytes) return { bytes: value.bytes, link: linkOf(0x55, value.bytes) };
  const bytes = value.list ? encodedList(value.list) : value.data;
  return { bytes, link: linkOf(0x71, bytes) };
}

const bytesOf = v => { if (!v.bytes) throw new Failure(4); return v.bytes; };
const listOf = v => { if (!v.list) throw new Failure(4); return v.list; };

function step(op, params, ins, records, charge) {
  switch (op) {
    case 'const': return { bytes: params.get('bytes') };
    case 'concat': {
      const parts = ins.map(bytesOf);
      if (parts.reduce((n, p) => n + p.length, 0) > VALUE) throw new Failure(6);
      return { bytes: Buffer.concat(parts) };
    }
    case 'slice': {
      const bytes = bytesOf(ins[0]), offset = params.get('offset'), length = params.get('length');
      if (offset > BigInt(bytes.length) || length > BigInt(bytes.length) - offset) throw new Failure(1);
      return { bytes: bytes.subarray(Number(offset), Number(offset + length)) };
    }
    case 'hash': return { bytes: sha256(bytesOf(ins[0])) };
    default: return query(op, params, ins, records(), charge);
  }
}

function query(op, params, ins, set, charge) {
  if (op === 'scan') {
    charge(set.ordered.length);
    const tag = params.get('tag'), type = params.get('type'), hmin = params.get('hmin') ?? 0n, hmax = params.get('hmax') ?? (1n << 64n) - 1n;
    return { list: set.ordered.filter(r => r.h >= hmin && r.h <= hmax && (type === undefined || r.type === type) && (tag === undefined || r.tag === tag)).map(r => r.link) };
  }
  const lists = ins.map(listOf);
  charge(lists.reduce((n, l) => n + l.length, 0));
  const list = lists[0], find = link => set.byHex.get(link.hex);
  const order = (a, b) => { const d = (find(a)?.h ?? 0n) - (find(b)?.h ?? 0n); return d < 0n ? -1 : d > 0n ? 1 : Buffer.compare(a.bytes, b.bytes); };
  const distinct = links => [...new Map(links.map(l => [l.hex, l])).values()];
  switch (op) {
    case 'merge': return { list: distinct(lists.flat()).sort(order) };
    case 'shadow': return { list: list.filter(l => !set.hidden.has(l.hex)) };
    case 'limit': {
      const from = Number(params.get('offset') < BigInt(list.length) ? params.get('offset') : BigInt(list.length));
      return { list: list.slice(from, params.get('count') < BigInt(list.length) ? from + Number(params.get('count')) : undefined) };
    }
    case 'filter': return { list: list.filter(l => find(l) && matches(find(l), params)) };
    case 'project': {
      const fields = params.get('fields');
      const rows = list.map(find).filter(Boolean).map(r => new Map(fields.map(f => [f, field(r, f)]).filter(([, v]) => v).map(([f, v]) => [f, raw(v)])));
      return sized(encode(rows));
    }
    case 'aggregate': return aggregate(params, list, find);
    case 'traverse': return { list: traverse(params, distinct(list), set, order, charge) };
    default: throw new Failure(4);
  }
}

const sized = data => { if (data.length > VALUE) throw new Failure(6); return { data }; };
const field = (record, name) => name.startsWith('body.') ? record.map.get('body').raw.get(name.slice(5)) : record.map.raw.get(name);

function matches(record, params) {
  const value = field(record, params.get('field'));
  if (!value) return false;
  if (params.raw.has('eq')) return Buffer.compare(value, params.raw.get('eq')) === 0;
  if (params.has('prefix')) {
    const got = decode(value), want = params.get('prefix');
    if (typeof want === 'string') return typeof got === 'string' && Buffer.from(got).subarray(0, Buffer.byteLength(want)).equals(Buffer.from(want));
    return got instanceof Uint8Array && Buffer.from(got).subarray(0, want.length).equals(want);
  }
  const n = decode(value);
  return typeof n === 'bigint' && n >= (params.get('min') ?? -(1n << 63n)) && n <= (params.get('max') ?? (1n << 63n) - 1n);
}

function aggregate(params, list, find) {
  const kind = params.get('kind');
  if (kind === 'count') return sized(encode(list.length));
  const values = list.map(find).filter(Boolean).map(r => field(r, params.get('field'))).filter(Boolean);
  if (kind === 'union') {
    const seen = new Map(values.map(v => [Buffer.from(v).toString('hex'), v]));
    return sized(encode([...seen.values()].sort(Buffer.compare).map(raw)));
  }
  let sum = 0n;
  for (const v of values) {
    const n = decode(v);
    if (typeof n !== 'bigint') throw new Failure(4);
    sum += n;
  }
  if (sum < -(1n << 63n) || sum > (1n << 63n) - 1n) throw new Failure(2);
  return sized(encode(sum));
}

function traverse(params, start, set, order, charge) {
  const type = params.get('type'), direction = params.get('direction'), depth = Number(params.get('depth'));
  const reached = [], seen = new Set(start.map(l => l.hex));
  let level = start;
  for (let hop = 0; level.length > 0; hop++) {
    level.sort(order);
    reached.push(...level);
    if (hop === depth) break;
    const next = [];
    for (const vertex of level) {
      const near = [
        ...(direction !== 'in' ? set.out.get(`${type}|${vertex.hex}`) ?? [] : []),
        ...(direction !== 'out' ? set.into.get(`${type}|${vertex.hex}`) ?? [] : []),
      ];
      for (const l of near) if (!seen.has(l.hex)) { seen.add(l.hex); next.push(l); }
      charge(near.length);
    }
    level = next;
  }
  return reached;
}
