using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Records;
using P2P.Dht.Routing;
using P2P.Dht.Wire;

namespace P2P.Dht.Serving;

/// <summary>Answers requests of authenticated peers from the table and the stores. Pure; one owner.</summary>
/// <remarks>Spec: libp2p-wire §14, limits §2 and §3.</remarks>
internal sealed class KadServer
{
    /// <summary>Longest provider key, bytes.</summary>
    public const int ProviderKeyBytesMax = 80;

    private const int QuotaPeersMax = 4096;

    private readonly IKadPeers _peers;
    private readonly KadOptions _options;
    private readonly RoutingTable _table;
    private readonly ProviderStore _providers;
    private readonly RecordStore _records;
    private readonly AddressRules _rules;
    private readonly HourlyQuota _quota;

    public KadServer(IKadPeers peers, KadOptions options, RoutingTable table, ProviderStore providers, RecordStore records)
    {
        _peers = peers;
        _options = options;
        _table = table;
        _providers = providers;
        _records = records;
        _rules = new AddressRules(options.AllowLoopback, options.AllowPrivate);
        _quota = new HourlyQuota(options.ProviderKeysPerPeerHour, QuotaPeersMax);
    }

    /// <summary>Only for <c>timeReceived</c> on the wire.</summary>
    public required WallClock Clock { get; init; }

    /// <summary>Whether we provide a key ourselves.</summary>
    public Func<KadKey, bool> ProvidesItself { get; init; } = static _ => false;

    /// <summary>Answers one request.</summary>
    /// <param name="from">The verified peer at the other end.</param>
    /// <param name="request">What it asks.</param>
    /// <param name="now">Monotonic time.</param>
    public ServerAnswer Answer(PeerId from, KadMessage request, TimeSpan now) => request.Type switch
    {
        KadMessageType.Ping => new ServerAnswer(ServerVerdict.Answer, new KadMessage(KadMessageType.Ping, request.Key)),
        KadMessageType.FindNode => FindNode(from, request),
        KadMessageType.GetProviders => GetProviders(from, request, now),
        KadMessageType.AddProvider => AddProvider(from, request, now),
        KadMessageType.GetValue => GetValue(from, request, now),
        KadMessageType.PutValue => PutValue(from, request, now),
        _ => new ServerAnswer(ServerVerdict.UnknownRequest),
    };

    /// <summary>A peer as it is told to others.</summary>
    public KadPeer Describe(PeerId peer)
    {
        IReadOnlyList<Multiaddr> addresses = peer == _peers.LocalPeer ? _peers.ListenAddresses : _peers.AddressesOf(peer);
        return new KadPeer(peer, _rules.Keep(peer, addresses), _peers.IsConnected(peer) ? KadConnection.Connected : KadConnection.CanConnect);
    }

    private ServerAnswer FindNode(PeerId from, KadMessage request)
    {
        if (request.Key.IsEmpty)
        {
            return new ServerAnswer(ServerVerdict.EmptyKey);
        }

        List<KadPeer> closer = Closer(from, request.Key.Span);
        // The target itself is told when known, DHT server or not: that is how clients are found.
        if (PeerId.TryRead(request.Key.Span, out PeerId target) && target != from && !closer.Exists(p => p.Peer == target))
        {
            KadPeer known = Describe(target);
            if (target == _peers.LocalPeer || known.Addresses.Count > 0)
            {
                closer.Insert(0, known);
            }
        }

        return new ServerAnswer(ServerVerdict.Answer, new KadMessage(KadMessageType.FindNode, request.Key) { CloserPeers = closer });
    }

    private ServerAnswer GetProviders(PeerId from, KadMessage request, TimeSpan now)
    {
        if (CheckProviderKey(request.Key.Span) is ServerVerdict refusal and not ServerVerdict.Answer)
        {
            return new ServerAnswer(refusal);
        }

        KadKey key = KadKey.Of(request.Key.Span);
        List<KadPeer> providers = ProvidesItself(key) ? [Describe(_peers.LocalPeer)] : [];
        foreach (ProviderEntry entry in _providers.Get(key, now))
        {
            providers.Add(Describe(entry));
        }

        return new ServerAnswer(ServerVerdict.Answer, new KadMessage(KadMessageType.GetProviders, request.Key)
        {
            ProviderPeers = providers,
            CloserPeers = Closer(from, request.Key.Span),
        });
    }

    private ServerAnswer AddProvider(PeerId from, KadMessage request, TimeSpan now)
    {
        if (CheckProviderKey(request.Key.Span) is ServerVerdict refusal and not ServerVerdict.Answer)
        {
            return new ServerAnswer(refusal);
        }

        // Only the peer itself may say that it provides: otherwise anybody could point crowds at a victim (limits, T22).
        KadPeer? self = request.ProviderPeers.FirstOrDefault(p => p.Peer == from);
        if (self is null)
        {
            return new ServerAnswer(ServerVerdict.ForeignProvider);
        }

        List<Multiaddr> addresses = _rules.Keep(from, self.Addresses);
        if (addresses.Count == 0 && Describe(from).Addresses.Count == 0)
        {
            return new ServerAnswer(ServerVerdict.NoAddress);
        }

        if (!_quota.TryUse(from, now))
        {
            return new ServerAnswer(ServerVerdict.ProviderQuota);
        }

        return new ServerAnswer(_providers.Add(KadKey.Of(request.Key.Span), from, addresses, now) switch
        {
            ProviderAdd.KeyFull => ServerVerdict.ProviderKeyFull,
            ProviderAdd.StoreFull => ServerVerdict.ProviderStoreFull,
            _ => ServerVerdict.Silent,
        });
    }

    private ServerAnswer GetValue(PeerId from, KadMessage request, TimeSpan now)
    {
        if (request.Key.IsEmpty)
        {
            return new ServerAnswer(ServerVerdict.EmptyKey);
        }

        KadRecord? record = _records.Get(request.Key.Span, now) is StoredRecord stored
            ? new KadRecord(stored.Key, stored.Value, Clock.Rfc3339(stored.StoredAt))
            : null;
        return new ServerAnswer(ServerVerdict.Answer, new KadMessage(KadMessageType.GetValue, request.Key)
        {
            Record = record,
            CloserPeers = Closer(from, request.Key.Span),
        });
    }

    private ServerAnswer PutValue(PeerId from, KadMessage request, TimeSpan now)
    {
        if (request.Key.IsEmpty)
        {
            return new ServerAnswer(ServerVerdict.EmptyKey);
        }

        if (request.Record is not KadRecord record)
        {
            return new ServerAnswer(ServerVerdict.MissingRecord);
        }

        // A validator sees the record's key while lookups use the message's: a difference would store a valid record under a foreign key.
        if (!record.Key.Span.SequenceEqual(request.Key.Span))
        {
            return new ServerAnswer(ServerVerdict.RecordKeyMismatch);
        }

        return _records.Put(new StoredRecord(record.Key, record.Value, from, now)) switch
        {
            RecordPut.Stored => new ServerAnswer(ServerVerdict.Answer, new KadMessage(KadMessageType.PutValue, request.Key) { Record = record }),
            RecordPut.UnknownNamespace => new ServerAnswer(ServerVerdict.UnknownNamespace),
            RecordPut.TooLong => new ServerAnswer(ServerVerdict.ValueTooLong),
            RecordPut.Worse => new ServerAnswer(ServerVerdict.WorseValue),
            RecordPut.StoreFull => new ServerAnswer(ServerVerdict.RecordStoreFull),
            RecordPut.PeerQuota => new ServerAnswer(ServerVerdict.RecordQuota),
            _ => new ServerAnswer(ServerVerdict.InvalidValue),
        };
    }

    private static ServerVerdict CheckProviderKey(ReadOnlySpan<byte> key) =>
        key.IsEmpty ? ServerVerdict.EmptyKey
        : key.Length > ProviderKeyBytesMax ? ServerVerdict.KeyTooLong
        : !Multihash.TryRead(key, out _, out int consumed) || consumed != key.Length ? ServerVerdict.NotAMultihash
        : ServerVerdict.Answer;

    private KadPeer Describe(ProviderEntry entry)
    {
        KadPeer now = Describe(entry.Peer);
        return now with { Addresses = _rules.Keep(entry.Peer, [.. entry.Addresses, .. now.Addresses]) };
    }

    private List<KadPeer> Closer(PeerId from, ReadOnlySpan<byte> key)
    {
        List<KadPeer> result = [];
        foreach (PeerId peer in _table.Closest(KadKey.Of(key), _options.K, from))
        {
            KadPeer told = Describe(peer);
            if (told.Addresses.Count > 0)
            {
                result.Add(told);
            }
        }

        return result;
    }
}
