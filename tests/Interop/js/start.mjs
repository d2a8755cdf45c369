// How long js-libp2p takes from createLibp2p to the first pubsub message at another node, for `p2p bench start --js`.
// Two nodes in this process, TCP on loopback, a dial written by hand: what its users write. One JSON line.
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'

// Node 20 lacks it and js-libp2p uses it.
Promise.withResolvers ??= () => {
  const deferred = {}
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }))
  return deferred
}

const rounds = Number(process.argv[2] ?? 20)
const topic = 'bench'
const make = () => createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true, scoreParams: { IPColocationFactorWeight: 0 } }) }
})

const starts = []
const firsts = []
for (let round = 0; round <= rounds; round++) { // the first one warms up and is not counted
  const listener = await make()
  const got = new Promise((resolve) => listener.services.pubsub.addEventListener('message', (e) => e.detail.topic === topic && resolve()))
  listener.services.pubsub.subscribe(topic)
  const begin = performance.now()
  const node = await make()
  const started = performance.now() - begin
  node.services.pubsub.subscribe(topic)
  await node.dial(listener.getMultiaddrs()[0])
  while (node.services.pubsub.getSubscribers(topic).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await node.services.pubsub.publish(topic, new TextEncoder().encode('hello'))
  await got
  if (round > 0) {
    starts.push(started)
    firsts.push(performance.now() - begin)
  }
  await node.stop()
  await listener.stop()
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
process.stdout.write(JSON.stringify({ node_start_ms: median(starts), first_message_ms: median(firsts), rounds }) + '\n')
process.exit(0)
