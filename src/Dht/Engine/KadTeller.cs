using P2P.Core.Identity;
using P2P.Dht.Records;
using P2P.Dht.Routing;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>
/// Tells peers that have just appeared what we provide and the values we put, as far as they are near enough to hold it. This is what makes a swarm
/// of two work at once: who provided into an empty table is heard by the first peer that comes. Pure; one owner.
/// </summary>
internal sealed class KadTeller
{
    /// <summary>Provider records on one stream.</summary>
    public const int BatchMax = 64;

    /// <summary>Peers that wait to be told; further ones hear at the next renewal.</summary>
    public const int PeersMax = 1024;

    /// <summary>How often in an hour a peer that was gone is told everything again.</summary>
    public const int ToldAgainPerHour = 60;

    /// <summary>A peer is told this long after it appeared: several may appear at once.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    private readonly KadOptions _options;
    private readonly RoutingTable _table;
    private readonly ProvideBook _book;
    private readonly RecordStore _records;
    private readonly KadServer _server;
    private readonly IKadPeers _peers;
    private readonly KadOutbox _outbox;
    private readonly HourlyQuota _forgets = new(ToldAgainPerHour, PeersMax);
    private readonly HashSet<PeerId> _waiting = [];
    private readonly Dictionary<PeerId, Queue<KadMessage>> _queues = [];

    public KadTeller(KadOptions options, IKadPeers peers, KadStores stores, KadOutbox outbox)
    {
        _options = options;
        _peers = peers;
        _table = stores.Table;
        _book = stores.Book;
        _records = stores.Records;
        _server = stores.Server;
        _outbox = outbox;
    }

    public TimeSpan NextDue { get; private set; } = TimeSpan.MaxValue;

    /// <summary>A peer has entered the table or has come back.</summary>
    public void Joined(PeerId peer)
    {
        if (_waiting.Count < PeersMax && _waiting.Add(peer) && NextDue == TimeSpan.MaxValue)
        {
            NextDue = _outbox.Now + Delay;
        }
    }

    /// <summary>The peer is gone, and with it perhaps all it was told.</summary>
    public void Gone(PeerId peer)
    {
        _waiting.Remove(peer);
        _queues.Remove(peer);
        // It may have restarted empty, but a peer that comes and goes all the time must not make us send everything each time.
        if (_forgets.TryUse(peer, _outbox.Now))
        {
            _book.Forget(peer);
        }
    }

    public void Tick()
    {
        if (_outbox.Now < NextDue)
        {
            return;
        }

        NextDue = TimeSpan.MaxValue;
        foreach (PeerId peer in _waiting.Order())
        {
            if (_queues.ContainsKey(peer))
            {
                continue; // it is being told already
            }

            Queue<KadMessage> queue = new();
            KadPeer[] self = [_server.Describe(_peers.LocalPeer)];
            foreach (ProvidedKey key in _book.Untold(peer, _table))
            {
                key.Holders.Add(peer);
                queue.Enqueue(new KadMessage(KadMessageType.AddProvider, key.Multihash) { ProviderPeers = self });
            }

            foreach (StoredRecord record in _records.Own(_outbox.Now))
            {
                if (_table.RankOf(peer, KadKey.Of(record.Key.Span)) < _options.K)
                {
                    queue.Enqueue(new KadMessage(KadMessageType.PutValue, record.Key) { Record = new KadRecord(record.Key, record.Value) });
                }
            }

            if (queue.Count > 0)
            {
                _queues.Add(peer, queue);
                SendNext(peer, queue);
            }
        }

        _waiting.Clear();
    }

    /// <summary>A message or batch for a peer has ended; the next one follows, or after a failure none.</summary>
    public void Settled(PeerId peer, bool written)
    {
        if (!_queues.TryGetValue(peer, out Queue<KadMessage>? queue))
        {
            return;
        }

        if (!written)
        {
            Gone(peer);
        }
        else if (queue.Count == 0)
        {
            _queues.Remove(peer);
        }
        else
        {
            SendNext(peer, queue);
        }
    }

    private void SendNext(PeerId peer, Queue<KadMessage> queue)
    {
        List<KadMessage> batch = [queue.Dequeue()];
        while (batch[0].Type == KadMessageType.AddProvider && batch.Count < BatchMax
            && queue.TryPeek(out KadMessage? next) && next.Type == KadMessageType.AddProvider)
        {
            batch.Add(queue.Dequeue());
        }

        _outbox.Send(KadRpcPurpose.Tell, peer, batch);
    }
}
