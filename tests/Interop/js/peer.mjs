// A js-libp2p (and, with --bitswap, Helia) peer that the interop tests drive as a child process. One JSON object a line:
// stdin {"id":1,"cmd":"dial","addr":"…"}, stdout {"ev":"ready",…}, {"ev":"result","id":1,"ok":true,…} and events. Bytes are base64.
// It listens on the address given (default loopback) and talks to nobody it is not told to dial.
import { createHash } from 'node:crypto'
import os from 'node:os'
import { createInterface } from 'node:readline'
import { gossipsub, StrictNoSign, StrictSign } from '@libp2p/gossipsub'
import { identify, identifyPush } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { generateKeyPair, generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { createLibp2p } from 'libp2p'

const args = Object.fromEntries(process.argv.slice(2).map((a) => {
  const [key, ...value] = a.replace(/^--/, '').split('=')
  return [key, value.length > 0 ? value.join('=') : 'true']
}))
const emit = (object) => process.stdout.write(JSON.stringify(object) + '\n')
const b64 = (bytes) => Buffer.from(bytes.subarray ? bytes.subarray() : bytes).toString('base64')
const unb64 = (text) => new Uint8Array(Buffer.from(text, 'base64'))
const PATIENCE = 110_000 // as long as the tests wait: a busy machine is no failure
const messageId = async (data) => (await sha256.digest(data)).digest

async function makeKey () {
  if (args.seed !== undefined) {
    return generateKeyPairFromSeed('Ed25519', new Uint8Array(Buffer.from(args.seed, 'hex')))
  }
  return args.key === 'RSA' ? generateKeyPair('RSA', 2048) : generateKeyPair(args.key ?? 'Ed25519')
}

function services () {
  const chosen = { identify: identify({ timeout: PATIENCE }), identifyPush: identifyPush({ timeout: PATIENCE }), ping: ping({ timeout: PATIENCE }) }
  if (args.gossip !== undefined) {
    chosen.pubsub = gossipsub({
      allowPublishToZeroTopicPeers: true,
      emitSelf: false,
      globalSignaturePolicy: args.gossip === 'nosign' ? StrictNoSign : StrictSign,
      msgIdFn: (message) => messageId(message.data),
      // Every peer of a test shares one address: see trap 20 of the wire digest.
      scoreParams: { IPColocationFactorWeight: 0 },
      fallbackToFloodsub: true
    })
  }
  if (args.kad !== undefined) {
    const accept = async () => {}
    chosen.dht = kadDHT({
      protocol: args.kad === 'true' ? '/ipfs/lan/kad/1.0.0' : args.kad,
      peerInfoMapper: passthroughMapper,
      clientMode: false,
      allowQueryWithZeroPeers: true,
      initialQuerySelfInterval: 200,
      networkDialTimeout: { minTimeout: PATIENCE, maxTimeout: PATIENCE },
      pingNewContactTimeout: { minTimeout: PATIENCE, maxTimeout: PATIENCE },
      onPeerConnectTimeout: PATIENCE,
      validators: { test: accept },
      selectors: { test: () => 0 }
    })
  }
  return chosen
}

// The mdns module joins every interface that the system names and cannot be told otherwise: with --mdns=lo the system names loopback only.
if (args.mdns === 'lo') {
  const all = os.networkInterfaces
  os.networkInterfaces = () => Object.fromEntries(Object.entries(all()).filter(([, addresses]) => addresses.every((a) => a.internal)))
}

async function options () {
  return {
    privateKey: await makeKey(),
    addresses: { listen: [args.listen ?? '/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    peerDiscovery: args.mdns !== undefined ? [mdns({ interval: 1000, ip: '224.0.0.251', port: Number(args.mdnsPort ?? 5353) })] : [],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      dialTimeout: PATIENCE,
      addressDialTimeout: PATIENCE,
      inboundUpgradeTimeout: PATIENCE,
      inboundStreamProtocolNegotiationTimeout: PATIENCE,
      outboundStreamProtocolNegotiationTimeout: PATIENCE
    },
    services: services()
  }
}

async function startNode () {
  if (args.bitswap === undefined) {
    return { node: await createLibp2p(await options()) }
  }
  const { createHeliaLight } = await import('helia')
  const { withLibp2pLight } = await import('@helia/libp2p')
  const { withBitswap } = await import('@helia/bitswap')
  const helia = withBitswap(withLibp2pLight(createHeliaLight(), await options()))
  await helia.start()
  return { node: helia.libp2p, helia }
}

const { node, helia } = await startNode()

const ECHO = '/p2p-interop/echo/1.0.0'
await node.handle(ECHO, async (stream) => {
  for await (const chunk of stream) {
    if (!stream.send(chunk)) {
      await stream.onDrain()
    }
  }
  await stream.close()
})

for (const name of ['peer:connect', 'peer:disconnect']) {
  node.addEventListener(name, ({ detail }) => emit({ ev: name, peer: detail.toString() }))
}
node.addEventListener('peer:discovery', ({ detail }) => {
  emit({ ev: 'peer:discovery', peer: detail.id.toString(), addrs: detail.multiaddrs.map(String) })
})
node.addEventListener('peer:identify', ({ detail }) => {
  emit({
    ev: 'peer:identify',
    peer: detail.peerId.toString(),
    agent: detail.agentVersion,
    protocols: detail.protocols,
    addrs: detail.listenAddrs.map(String),
    observed: detail.observedAddr?.toString(),
    signedRecord: detail.signedPeerRecord == null
      ? null
      : { seq: detail.signedPeerRecord.seq.toString(), addrs: detail.signedPeerRecord.addresses.map(String) }
  })
})
node.services.pubsub?.addEventListener('gossipsub:message', ({ detail: { msg, msgId, propagationSource } }) => {
  const source = propagationSource.toString()
  emit({ ev: 'message', topic: msg.topic, data: b64(msg.data), from: msg.from?.toString() ?? null, type: msg.type, id: Buffer.from(msgId, 'base64').toString('base64'), source })
})
node.services.pubsub?.addEventListener('subscription-change', ({ detail }) => {
  for (const { topic, subscribe } of detail.subscriptions) {
    emit({ ev: 'subscription', peer: detail.peerId.toString(), topic, subscribe })
  }
})
for (const name of ['graft', 'prune']) {
  node.services.pubsub?.addEventListener(`gossipsub:${name}`, ({ detail }) => {
    emit({ ev: name, peer: detail.peerId, topic: detail.topic, direction: detail.direction })
  })
}

async function drain (iterable) {
  const events = []
  for await (const event of iterable) {
    events.push(event)
  }
  return events
}

let unixFs
async function files () {
  unixFs ??= (await import('@helia/unixfs')).unixfs(helia)
  return unixFs
}

async function echo (peer, bytes) {
  const stream = await node.dialProtocol(peerIdFromString(peer), ECHO)
  const received = []
  const reading = (async () => {
    for await (const chunk of stream) {
      received.push(Buffer.from(chunk.subarray()))
    }
  })()
  for (let at = 0; at < bytes.length; at += 65536) {
    if (!stream.send(bytes.subarray(at, at + 65536))) {
      await stream.onDrain()
    }
  }
  await stream.close()
  await reading
  return Buffer.concat(received)
}

const commands = {
  info: async () => ({ peerId: node.peerId.toString(), addrs: node.getMultiaddrs().map(String), peers: node.getPeers().map(String) }),
  dial: async ({ addr }) => ({ peer: (await node.dial(multiaddr(addr))).remotePeer.toString() }),
  hangup: async ({ peer }) => { await node.hangUp(peerIdFromString(peer)); return {} },
  ping: async ({ peer }) => ({ ms: await node.services.ping.ping(peerIdFromString(peer)) }),
  echo: async ({ peer, data, size }) => {
    const bytes = data === undefined ? Buffer.alloc(size, 0x5a) : unb64(data)
    return { equal: Buffer.compare(Buffer.from(bytes), await echo(peer, bytes)) === 0 }
  },
  protocols: async ({ peer }) => ({ protocols: (await node.peerStore.get(peerIdFromString(peer))).protocols }),
  subscribe: async ({ topic }) => { node.services.pubsub.subscribe(topic); return {} },
  unsubscribe: async ({ topic }) => { node.services.pubsub.unsubscribe(topic); return {} },
  subscribers: async ({ topic }) => ({
    peers: node.services.pubsub.getSubscribers(topic).map(String),
    mesh: node.services.pubsub.getMeshPeers(topic)
  }),
  publish: async ({ topic, data }) => {
    const { recipients } = await node.services.pubsub.publish(topic, unb64(data))
    return { recipients: recipients.map(String) }
  },
  'dht.ready': async () => ({ peers: await node.services.dht.routingTable.size }),
  'dht.put': async ({ key, value }) => ({ events: (await drain(node.services.dht.put(unb64(key), unb64(value)))).map((e) => e.name) }),
  'dht.get': async ({ key }) => {
    for await (const event of node.services.dht.get(unb64(key))) {
      if (event.name === 'VALUE') {
        return { value: b64(event.value), from: event.from.toString() }
      }
    }
    return { value: null }
  },
  'dht.provide': async ({ cid }) => ({ events: (await drain(node.services.dht.provide(CID.parse(cid)))).map((e) => e.name) }),
  'dht.findProviders': async ({ cid }) => {
    const providers = new Set()
    for await (const event of node.services.dht.findProviders(CID.parse(cid))) {
      event.providers?.forEach((p) => providers.add(p.id.toString()))
    }
    return { providers: [...providers] }
  },
  'dht.findPeer': async ({ peer }) => {
    for await (const event of node.services.dht.findPeer(peerIdFromString(peer))) {
      if (event.name === 'FINAL_PEER') {
        return { addrs: event.peer.multiaddrs.map(String) }
      }
    }
    return { addrs: null }
  },
  // A pattern that both sides can make, so that megabytes need not pass through a line of JSON.
  'file.add': async ({ size, folder }) => {
    const fs = await files()
    const bytes = new Uint8Array(size)
    for (let i = 0; i < size; i++) {
      bytes[i] = (i * 7 + (i >>> 8)) & 255
    }
    const cid = await fs.addBytes(bytes)
    return { cid: (folder === undefined ? cid : await fs.cp(cid, await fs.addDirectory(), folder)).toString() }
  },
  'file.cat': async ({ cid, path }) => {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of (await files()).cat(CID.parse(cid), { path, signal: AbortSignal.timeout(PATIENCE) })) {
      hash.update(chunk)
      size += chunk.length
    }
    return { size, sha256: hash.digest('hex') }
  },
  'block.put': async ({ data }) => {
    const bytes = unb64(data)
    const cid = CID.createV1(raw.code, await sha256.digest(bytes))
    await helia.blockstore.put(cid, bytes)
    return { cid: cid.toString() }
  },
  'block.get': async ({ cid }) => {
    const block = helia.blockstore.get(CID.parse(cid), { signal: AbortSignal.timeout(PATIENCE) })
    const parts = []
    if (block[Symbol.asyncIterator] !== undefined) {
      for await (const part of block) {
        parts.push(Buffer.from(part))
      }
    } else {
      parts.push(Buffer.from(await block))
    }
    return { data: b64(Buffer.concat(parts)) }
  }
}

async function stop () {
  await Promise.race([helia?.stop() ?? node.stop(), new Promise((resolve) => setTimeout(resolve, 2000))])
  process.exit(0)
}

async function run (line) {
  let request
  try {
    request = JSON.parse(line)
    if (request.cmd === 'quit') {
      return await stop()
    }
    const result = await commands[request.cmd](request)
    emit({ ev: 'result', id: request.id, ok: true, ...result })
  } catch (error) {
    emit({ ev: 'result', id: request?.id ?? null, ok: false, name: error.name, error: String(error.message ?? error) })
  }
}

process.on('uncaughtException', (error) => emit({ ev: 'uncaught', name: error.name, error: String(error.stack ?? error) }))
process.on('unhandledRejection', (error) => emit({ ev: 'unhandled', name: error?.name, error: String(error?.stack ?? error) }))

emit({ ev: 'ready', peerId: node.peerId.toString(), addrs: node.getMultiaddrs().map(String) })
const lines = createInterface({ input: process.stdin })
lines.on('line', run)
lines.on('close', stop)
