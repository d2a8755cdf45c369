using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Broadcast and fetch between replicas of one process. Loss is set by the test.</summary>
internal sealed class MemoryWire
{
    private readonly List<Port> _ports = [];
    private readonly Dictionary<Cid, Event> _known = [];

    /// <summary>Whether a broadcast is lost.</summary>
    public bool Silent { get; set; }

    public int Fetches { get; private set; }

    public Port Connect(int number)
    {
        Port port = new(this, AdversarialTests.Peer(number));
        _ports.Add(port);
        return port;
    }

    public void Know(IEnumerable<Event> events)
    {
        lock (_known)
        {
            foreach (Event known in events)
            {
                _known[known.Cid] = known;
            }
        }
    }

    internal sealed class Port(MemoryWire wire, PeerId self) : IBroadcaster, ISyncer
    {
        private readonly Channel<BroadcastMessage> _heard = Channel.CreateBounded<BroadcastMessage>(1_024);

        public List<byte[]> Said { get; } = [];

        public ValueTask BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
        {
            lock (Said)
            {
                Said.Add(payload.ToArray());
            }

            if (GossipPayload.Read(payload, Author.Genesis.Cid, out Event? sent, out _) == InvalidReason.None && sent is not null)
            {
                wire.Know([sent]);
            }

            foreach (Port other in wire._ports)
            {
                if (other != this && !wire.Silent)
                {
                    other._heard.Writer.TryWrite(new BroadcastMessage(self, payload, SignatureVerified: false));
                }
            }

            return ValueTask.CompletedTask;
        }

        public IAsyncEnumerable<BroadcastMessage> ReadAllAsync(CancellationToken cancellationToken) => _heard.Reader.ReadAllAsync(cancellationToken);

        public ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
        {
            lock (wire._known)
            {
                wire.Fetches++;
                return ValueTask.FromResult<IReadOnlyList<Event?>>([.. cids.Select(wire._known.GetValueOrDefault)]);
            }
        }

        public ValueTask DisposeAsync()
        {
            _heard.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
