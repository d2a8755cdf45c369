// Two OrbitDB nodes in two processes over loopback (TCP, Noise, Yamux): one writes a log, the other joins it. Prints one JSON line.
//   node join.mjs [events]
// The writer appends events of 100 bytes before the other starts, so the clock covers: connect, exchange heads, fetch every entry, verify, index.
// Node 20 lacks Promise.withResolvers, which the dependencies use; the platform is not what is compared here.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

Promise.withResolvers ??= function () {
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}

const ROLE = process.env.ORBITDB_ROLE
const EVENTS = Number(process.argv[2] ?? 5000)
const DATA = 'x'.repeat(100)

async function start (folder) {
  const { createLibp2p } = await import('libp2p')
  const { tcp } = await import('@libp2p/tcp')
  const { noise } = await import('@chainsafe/libp2p-noise')
  const { yamux } = await import('@chainsafe/libp2p-yamux')
  const { identify } = await import('@libp2p/identify')
  const { gossipsub } = await import('@libp2p/gossipsub')
  const { createHelia } = await import('helia')
  const { createOrbitDB } = await import('@orbitdb/core')
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) }
  })
  const ipfs = await createHelia({ libp2p }) // blocks in memory
  const orbitdb = await createOrbitDB({ ipfs, directory: folder })
  return { libp2p, orbitdb }
}

async function write (folder) {
  const { libp2p, orbitdb } = await start(folder)
  const db = await orbitdb.open('log', { type: 'events' })
  const startedAt = performance.now()
  for (let i = 0; i < EVENTS; i++) await db.add(DATA)
  process.send({ address: db.address, listen: String(libp2p.getMultiaddrs()[0]), writeMs: performance.now() - startedAt })
}

async function joinLog (folder, { address, listen }) {
  const { libp2p, orbitdb } = await start(folder)
  const { multiaddr } = await import('@multiformats/multiaddr')
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  await libp2p.dial(multiaddr(listen))
  const db = await orbitdb.open(address)
  let firstMs = 0
  const errors = []
  db.events.on('update', () => { firstMs ||= performance.now() - startedAt })
  db.events.on('error', error => errors.push(String(error)))
  let held = 0
  while (held < EVENTS && performance.now() - startedAt < 600_000) {
    await new Promise(resolve => setTimeout(resolve, 50))
    if (!firstMs) continue
    held = 0
    for await (const _ of db.log.iterator()) held++ // the whole log, as a reader would see it
  }
  const wallMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  process.send({ held, wallMs, firstMs, cpuMs: (cpu.user + cpu.system) / 1000, errors })
}

function run (role, folder, message) {
  const child = fork(process.argv[1], [String(EVENTS)], { env: { ...process.env, ORBITDB_ROLE: role, ORBITDB_FOLDER: folder } })
  const answer = new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`${role} ended: ${code}`)))
  })
  if (message) child.send(message)
  return { child, answer }
}

if (ROLE === 'writer') {
  await write(process.env.ORBITDB_FOLDER)
} else if (ROLE === 'joiner') {
  process.once('message', message => joinLog(process.env.ORBITDB_FOLDER, message))
} else {
  const folder = mkdtempSync(join(tmpdir(), 'orbitdb-'))
  const writer = run('writer', join(folder, 'writer'))
  let joiner
  try {
    const log = await writer.answer
    joiner = run('joiner', join(folder, 'joiner'), log)
    const { held, wallMs, firstMs, cpuMs, errors } = await joiner.answer
    console.log(JSON.stringify({
      system: 'OrbitDB 4.0.0', events: EVENTS, held, wall_ms: Math.round(wallMs), first_event_ms: Math.round(firstMs), cpu_ms: Math.round(cpuMs), write_ms: Math.round(log.writeMs), errors: errors.length
    }))
    process.exitCode = held === EVENTS ? 0 : 1
  } finally {
    writer.child.kill()
    joiner?.child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
