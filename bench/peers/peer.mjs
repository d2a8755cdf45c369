// node --expose-gc peer.mjs LIBRARY TRACE: one JSON line. A process each, so that no library pays for another's heap.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrace } from './trace.mjs';

const ROUNDS = 5;
const BUDGET_MS = 20_000; // a figure that is slower than this in fewer rounds says how many it had
const PATCHES_PER_EVENT = 256;
const REMOTE_TXNS_MAX = 50_000; // beyond, one update a transaction takes some of them a quarter of an hour a round

// Memories of WebAssembly modules are part of the heap, and are seen only when they are made.
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = function (...args) {
  const instance = new Instance(...args);
  memories.push(...Object.values(instance.exports).filter(e => e instanceof WebAssembly.Memory));
  return instance;
};
WebAssembly.Instance.prototype = Instance.prototype;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate(...args);
  memories.push(...Object.values((result.instance ?? result).exports).filter(e => e instanceof WebAssembly.Memory));
  return result;
};

const [library, path, heapFile] = process.argv.slice(2);
const { peers } = await import('./peers.mjs');
const peer = await peers[library]();
const trace = readTrace(path);
let textOk = true;
const patchesOf = t => (peer.countsCodePoints && t.points ? t.points : t.patches);

// The first round warms up, unless it alone took so long that it must be the figure.
function measure(work) {
  const spent = [];
  let total = 0;
  let result;
  for (let i = 0; i <= ROUNDS && total < BUDGET_MS; i++) {
    result = null;
    global.gc();
    const before = process.cpuUsage();
    result = work();
    const { user, system } = process.cpuUsage(before);
    total += (user + system) / 1000;
    if (i > 0 || total >= BUDGET_MS / 2) spent.push((user + system) / 1000);
  }
  spent.sort((a, b) => a - b);
  return { ms: +spent[spent.length >> 1].toFixed(3), rounds: spent.length, result };
}

const check = state => { textOk &&= peer.text(state) === trace.end; };

function local() {
  const state = peer.create(0);
  let batch = [];
  for (const t of trace.txns) {
    for (const patch of patchesOf(t)) {
      batch.push(patch);
      if (batch.length === PATCHES_PER_EVENT) {
        peer.edit(state, batch);
        batch = [];
      }
    }
  }
  if (batch.length) peer.edit(state, batch);
  return state;
}

// One update a transaction, in the order of the file.
function write() {
  const states = [];
  const updates = [];
  trace.txns.forEach((t, i) => {
    const state = (states[t.agent] ??= peer.create(t.agent, true));
    for (const received of trace.received?.[i] ?? []) for (const bytes of updates[received]) peer.receive(state, bytes);
    if (t.patches.length === 0) {
      updates.push([]);
      return;
    }
    peer.edit(state, patchesOf(t));
    updates.push(peer.update(state));
  });
  return updates.flat();
}

function receive(updates) {
  const state = peer.create(trace.agents);
  for (const bytes of updates) peer.receive(state, bytes);
  return state;
}

const memory = () => {
  global.gc();
  global.gc();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers + memories.reduce((n, m) => n + m.buffer.byteLength, 0);
};

// What a load leaves, in a process that has done nothing else.
function heapOf(file) {
  const bytes = new Uint8Array(readFileSync(file));
  peer.text(peer.load(new Uint8Array(readFileSync(file)))); // the library's own first-use structures are not the document's
  const before = memory();
  const kept = peer.load(bytes);
  const length = peer.text(kept).length;
  return { heap: memory() - before, length };
}

if (heapFile) {
  console.log(heapOf(heapFile).heap);
} else {
  const localFigure = trace.isConcurrent ? null : measure(local);
  const updates = trace.isConcurrent || trace.txns.length <= REMOTE_TXNS_MAX ? write() : null;
  const remoteFigure = updates && measure(() => receive(updates));
  const full = remoteFigure?.result ?? localFigure.result;
  check(full);
  if (localFigure) check(localFigure.result);
  const encoded = peer.save(full);
  const loadFigure = measure(() => peer.text(peer.load(encoded)));
  textOk &&= loadFigure.result === trace.end;
  const folder = mkdtempSync(join(tmpdir(), 'p2p-peer-'));
  writeFileSync(join(folder, 'history'), encoded);
  const heap = +execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), library, path, join(folder, 'history')]);
  rmSync(folder, { recursive: true });
  console.log(JSON.stringify({
    peer: library,
    version: peer.version,
    trace: trace.name,
    patches: trace.patches,
    local_ms: localFigure?.ms ?? null,
    local_rounds: localFigure?.rounds ?? null,
    remote_events: updates?.length ?? null,
    remote_ms: remoteFigure?.ms ?? null,
    remote_rounds: remoteFigure?.rounds ?? null,
    load_ms: loadFigure.ms,
    encoded_bytes: encoded.length,
    heap_bytes: heap,
    text_ok: textOk,
  }));
}
