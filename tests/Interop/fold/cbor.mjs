// Strict-enough DAG-CBOR for the independent fold: decodes to plain values and keeps the bytes of every map value.
export class Link {
  constructor(bytes) { this.bytes = bytes; this.hex = Buffer.from(bytes).toString('hex'); }
  get digest() { return this.hex.slice(-64); }
  get codec() { return this.bytes[1]; }
}

export function decode(buffer) {
  const [value, end] = item(buffer, 0);
  if (end !== buffer.length) throw new Error('trailing bytes');
  return value;
}

function head(b, at) {
  const major = b[at] >> 5, info = b[at] & 31;
  if (info < 24) return [major, BigInt(info), at + 1, info];
  const size = { 24: 1, 25: 2, 26: 4, 27: 8 }[info];
  if (!size) throw new Error('indefinite length');
  let n = 0n;
  for (let i = 1; i <= size; i++) n = (n << 8n) | BigInt(b[at + i]);
  return [major, n, at + 1 + size, info];
}

function item(b, at) {
  const [major, n, start, info] = head(b, at);
  switch (major) {
    case 0: return [n, start];
    case 1: return [-1n - n, start];
    case 2: return [b.subarray(start, start + Number(n)), start + Number(n)];
    case 3: return [b.subarray(start, start + Number(n)).toString('utf8'), start + Number(n)];
    case 4: {
      const list = [];
      let next = start;
      for (let i = 0n; i < n; i++) { let v; [v, next] = item(b, next); list.push(v); }
      return [list, next];
    }
    case 5: {
      const map = new Map();
      map.raw = new Map();
      let next = start;
      for (let i = 0n; i < n; i++) {
        let k, v;
        [k, next] = item(b, next);
        const from = next;
        [v, next] = item(b, next);
        map.set(k, v);
        map.raw.set(k, b.subarray(from, next));
      }
      return [map, next];
    }
    case 6: {
      const [bytes, next] = item(b, start);
      if (n !== 42n || bytes[0] !== 0) throw new Error('not a link');
      return [new Link(bytes.subarray(1)), next];
    }
    default:
      if (info === 20) return [false, start];
      if (info === 21) return [true, start];
      if (info === 22) return [null, start];
      throw new Error('simple value');
  }
}

function headBytes(major, n) {
  n = BigInt(n);
  const m = major << 5;
  if (n < 24n) return Buffer.from([m | Number(n)]);
  for (const [size, info] of [[1, 24], [2, 25], [4, 26], [8, 27]]) {
    if (n < 1n << BigInt(8 * size)) {
      const out = Buffer.alloc(1 + size);
      out[0] = m | info;
      for (let i = size; i > 0; i--) { out[i] = Number(n & 255n); n >>= 8n; }
      return out;
    }
  }
  throw new Error('too large');
}

export const raw = bytes => ({ raw: bytes });

export function encode(value) {
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const n = BigInt(value);
    return n >= 0n ? headBytes(0, n) : headBytes(1, -1n - n);
  }
  if (typeof value === 'string') { const t = Buffer.from(value, 'utf8'); return Buffer.concat([headBytes(3, t.length), t]); }
  if (value instanceof Link) return Buffer.concat([Buffer.from([0xd8, 0x2a]), headBytes(2, value.bytes.length + 1), Buffer.from([0]), value.bytes]);
  if (value instanceof Uint8Array) return Buffer.concat([headBytes(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([headBytes(4, value.length), ...value.map(encode)]);
  if (value.raw instanceof Uint8Array) return value.raw;
  const entries = [...(value instanceof Map ? value : Object.entries(value))].map(([k, v]) => [encode(k), encode(v)]);
  entries.sort((a, b) => a[0].length - b[0].length || Buffer.compare(a[0], b[0]));
  return Buffer.concat([headBytes(5, entries.length), ...entries.flat()]);
}
