// Reads a trace of the public format and says which transactions each agent must receive before it writes one.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

export function readTrace(path) {
  let bytes = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  const json = JSON.parse(bytes.toString('utf8'));
  const isConcurrent = json.kind === 'concurrent';
  const txns = json.txns.map((t, i) => ({
    agent: isConcurrent ? t.agent : 0,
    parents: isConcurrent ? t.parents : i > 0 ? [i - 1] : [],
    patches: t.patches,
  }));
  if (json.startContent) {
    for (const t of txns) t.parents = t.parents.length ? t.parents.map(p => p + 1) : [0];
    txns.unshift({ agent: 0, parents: [], patches: [[0, 0, json.startContent]] });
  }
  const isAstral = json.txns.some(t => t.patches.some(p => /[\ud800-\udfff]/.test(p[2])));
  if (isAstral && isConcurrent) throw new Error('characters beyond U+FFFF in a concurrent trace: positions cannot be converted here');
  if (isAstral) toUnits(txns);
  return {
    name: basename(path).replace(/\.gz$/, '').replace(/\.json$/, ''),
    patches: json.txns.reduce((n, t) => n + t.patches.length, 0),
    end: json.endContent,
    isConcurrent,
    isAstral,
    txns,
    agents: txns.reduce((most, t) => Math.max(most, t.agent), 0) + 1,
    received: isConcurrent ? plan(txns) : null,
  };
}

// Positions of the file are code points; three of the four libraries count UTF-16 units.
function toUnits(txns) {
  let text = [];
  for (const t of txns) {
    t.points = t.patches;
    t.patches = t.patches.map(([position, deleted, inserted]) => {
      const start = text.slice(0, position).join('').length;
      const removed = text.splice(position, deleted, ...inserted);
      return [start, removed.join('').length, inserted];
    });
  }
}

function plan(txns) {
  const seen = [];
  return txns.map((t, i) => {
    const mine = (seen[t.agent] ??= new Set());
    const missing = new Set();
    const open = [...t.parents];
    while (open.length) {
      const next = open.pop();
      if (mine.has(next) || missing.has(next)) continue;
      missing.add(next);
      open.push(...txns[next].parents);
    }
    for (const m of missing) mine.add(m);
    mine.add(i);
    return [...missing].sort((a, b) => a - b);
  });
}
