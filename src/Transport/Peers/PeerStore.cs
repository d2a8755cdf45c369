using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Peers;

/// <summary>
/// What is remembered about peers: addresses with source and life, protocols, the last signed record. A pure, bounded table; time is handed
/// in. Not thread-safe: <see cref="Connections.PeerNetwork"/> owns one and guards it.
/// </summary>
/// <remarks>
/// Spec: limits, peer store row. Two eviction lists: hearsay (third parties only) and trusted. Hearsay goes first and can never push out a
/// trusted entry, so that a flood of invented ids (DHT answers, CVE-2023-40583) costs an attacker nothing but its own entries.
/// </remarks>
/// <param name="options">Limits.</param>
public sealed class PeerStore(PeerStoreOptions options)
{
    private readonly Dictionary<PeerId, PeerEntry> _entries = [];
    private readonly LinkedList<PeerEntry> _hearsay = [];
    private readonly LinkedList<PeerEntry> _trusted = [];

    /// <summary>Peers remembered, at most <see cref="PeerStoreOptions.PeersMax"/>.</summary>
    public int Count => _entries.Count;

    /// <summary>Peers forgotten or not taken because the store was full.</summary>
    public long Evictions { get; private set; }

    /// <summary>Notes addresses of a peer.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="addresses">With or without <c>/p2p</c>; those that name another peer and those nobody can dial are dropped.</param>
    /// <param name="source">Where they came from.</param>
    /// <param name="now">Monotonic time.</param>
    /// <returns>How many were taken or refreshed.</returns>
    public int AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses, AddressSource source, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        if (peer.IsNone || addresses.Count == 0 || GetOrAdd(peer, source is AddressSource.ThirdParty or AddressSource.Discovery) is not { } entry)
        {
            return 0;
        }

        int taken = 0;
        TimeSpan expiresAt = ExpiryOf(source, now);
        foreach (Multiaddr address in addresses)
        {
            taken += IsAcceptable(address, peer) && entry.Add(new KnownAddress(address.WithoutPeer(), source, expiresAt), options.AddressesPerPeerMax) ? 1 : 0;
        }

        if (entry.IsEmpty)
        {
            Remove(entry);
        }

        return taken;
    }

    /// <summary>Replaces what an authenticated peer said of itself without a signature.</summary>
    /// <param name="peer">Who; authenticated.</param>
    /// <param name="addresses">Its listen addresses, already filtered.</param>
    /// <param name="now">Monotonic time.</param>
    public void SetOwnAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses, TimeSpan now)
    {
        GetOrAdd(peer, hearsay: false)?.RemoveOwnStatements();
        AddAddresses(peer, addresses, AddressSource.Identify, now);
    }

    /// <summary>Takes a verified record, if it is the authenticated peer's own and newer than the last.</summary>
    /// <param name="authenticated">Whose connection brought it.</param>
    /// <param name="record">A record whose signature has been verified.</param>
    /// <param name="addresses">Its addresses after filtering for that connection.</param>
    /// <param name="now">Monotonic time.</param>
    public RecordVerdict AcceptRecord(PeerId authenticated, PeerRecord record, IReadOnlyList<Multiaddr> addresses, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (authenticated.IsNone || record.PeerId != authenticated)
        {
            return RecordVerdict.ForeignPeer;
        }

        if (GetOrAdd(authenticated, hearsay: false) is not { } entry)
        {
            return RecordVerdict.StoreFull;
        }

        if (entry.RecordSequence is { } last && record.Sequence <= last)
        {
            return RecordVerdict.Stale;
        }

        entry.RecordSequence = record.Sequence;
        entry.RemoveOwnStatements();
        AddAddresses(authenticated, addresses, AddressSource.SignedRecord, now);
        return RecordVerdict.Accepted;
    }

    /// <summary>Notes which protocols a peer accepts.</summary>
    /// <param name="peer">Who; authenticated.</param>
    /// <param name="protocols">Already checked by the codec; more than the limit are dropped.</param>
    /// <param name="agentVersion">Already cleaned; null leaves it.</param>
    public void SetProtocols(PeerId peer, IReadOnlyList<string> protocols, string? agentVersion)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        if (GetOrAdd(peer, hearsay: false) is { } entry)
        {
            entry.Protocols = [.. protocols.Take(options.ProtocolsPerPeerMax)];
            entry.AgentVersion = agentVersion ?? entry.AgentVersion;
        }
    }

    /// <summary>Notes that the peer has connected or has no connection left.</summary>
    /// <param name="peer">Who; authenticated.</param>
    /// <param name="connected">Whether.</param>
    /// <param name="now">Monotonic time.</param>
    public void SetConnected(PeerId peer, bool connected, TimeSpan now)
    {
        PeerEntry? entry = connected ? GetOrAdd(peer, hearsay: false) : _entries.GetValueOrDefault(peer);
        if (entry is null)
        {
            return;
        }

        entry.Connected = connected;
        if (!connected)
        {
            // What it could do is asked again when it comes back; it may be another version by then.
            entry.Protocols = [];
            entry.ExtendOwn(now + options.OwnTtl);
            if (entry.IsEmpty)
            {
                Remove(entry);
            }
        }
    }

    /// <summary>Forgets one address, because somebody else answered there.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="address">Without <c>/p2p</c>.</param>
    public void RemoveAddress(PeerId peer, Multiaddr address)
    {
        if (_entries.TryGetValue(peer, out PeerEntry? entry))
        {
            entry.Remove(address);
            if (entry.IsEmpty)
            {
                Remove(entry);
            }
        }
    }

    /// <summary>Protocols of a connected peer, empty when unknown.</summary>
    /// <param name="peer">Who.</param>
    public IReadOnlyList<string> ProtocolsOf(PeerId peer) => _entries.GetValueOrDefault(peer)?.Protocols ?? [];

    /// <summary>What a peer said it is, or null.</summary>
    /// <param name="peer">Who.</param>
    public string? AgentVersionOf(PeerId peer) => _entries.GetValueOrDefault(peer)?.AgentVersion;

    /// <summary>Live addresses of a peer, best first.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="now">Monotonic time.</param>
    public IReadOnlyList<KnownAddress> AddressesOf(PeerId peer, TimeSpan now) =>
        _entries.TryGetValue(peer, out PeerEntry? entry) ? entry.Ranked(now) : [];

    /// <summary>Forgets expired addresses and peers of which nothing is left. Linear; call it seldom.</summary>
    /// <param name="now">Monotonic time.</param>
    public void Expire(TimeSpan now)
    {
        List<PeerEntry> empty = [];
        foreach (PeerEntry entry in _entries.Values)
        {
            entry.RemoveExpired(now);
            if (entry.IsEmpty)
            {
                empty.Add(entry);
            }
        }

        empty.ForEach(Remove);
    }

    private static bool IsAcceptable(Multiaddr address, PeerId peer)
    {
        PeerId named = address.PeerId;
        return (named.IsNone || named == peer) && AddressRules.Classify(address) != AddressScope.None;
    }

    private TimeSpan ExpiryOf(AddressSource source, TimeSpan now) => source switch
    {
        AddressSource.ThirdParty => now + options.ThirdPartyTtl,
        AddressSource.Discovery => now + options.DiscoveryTtl,
        AddressSource.Manual => TimeSpan.MaxValue, // what a person configured stays until the entry is evicted
        _ => now + options.OwnTtl,
    };

    private PeerEntry? GetOrAdd(PeerId peer, bool hearsay)
    {
        if (_entries.TryGetValue(peer, out PeerEntry? entry))
        {
            ListOf(entry).Remove(entry.Node);
            entry.Trusted |= !hearsay;
            ListOf(entry).AddLast(entry.Node);
            return entry;
        }

        if (_entries.Count >= options.PeersMax && !TryMakeRoom(hearsay))
        {
            Evictions++;
            return null;
        }

        entry = new PeerEntry(peer) { Trusted = !hearsay };
        ListOf(entry).AddLast(entry.Node);
        _entries.Add(peer, entry);
        return entry;
    }

    private bool TryMakeRoom(bool hearsay)
    {
        PeerEntry? victim = _hearsay.First?.Value;
        for (LinkedListNode<PeerEntry>? node = _trusted.First; victim is null && !hearsay && node is not null; node = node.Next)
        {
            victim = node.Value.Connected ? null : node.Value;
        }

        if (victim is null)
        {
            return false;
        }

        Remove(victim);
        Evictions++;
        return true;
    }

    private void Remove(PeerEntry entry)
    {
        ListOf(entry).Remove(entry.Node);
        _entries.Remove(entry.Peer);
    }

    private LinkedList<PeerEntry> ListOf(PeerEntry entry) => entry.Trusted ? _trusted : _hearsay;
}
