// node run.mjs TRACE...: this build and four other libraries on the same files, one after another. JSON lines on standard output, a table of them on
// standard error. Build first: ../../p2p does.
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const traces = process.argv.slice(2);
if (traces.length === 0) {
  console.error('node run.mjs TRACE...');
  process.exit(2);
}

const rows = [];
function run(label, command, args) {
  const child = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const line = child.stdout.split('\n').find(l => l.startsWith('{'));
  if (child.status !== 0 && !line) {
    console.error(`${label} ended with ${child.status}`);
    process.exitCode = 1;
    return;
  }
  const row = { peer: label, load: +loadavg()[0].toFixed(1), ...JSON.parse(line) };
  rows.push(row);
  console.log(JSON.stringify(row));
}

for (const trace of traces) {
  run('p2p', join(here, '..', '..', 'p2p'), ['bench', 'text', '--trace', trace]);
  for (const library of ['diamond-types', 'loro', 'yjs', 'automerge']) {
    run(library, process.execPath, ['--expose-gc', join(here, 'peer.mjs'), library, trace]);
  }
}

const number = (value, digits = 0) => (value == null ? '–' : value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ','));
const table = ['| trace | | local ms | remote, one at a time, ms | load ms | encoded KB | heap MB | text | machine load |', '|---|---|---|---|---|---|---|---|---|'];
for (const r of rows) {
  table.push(`| ${r.trace} | ${r.peer} | ${number(r.local_ms, 1)} | ${number(r.remote_ms, 1)} | ${number(r.load_ms, 1)} | ${number(r.encoded_bytes / 1000)} | `
    + `${number(r.heap_bytes / 1e6, 1)} | ${r.text_ok ? 'ok' : 'WRONG'} | ${r.load} |`);
}
console.error(table.join('\n'));
