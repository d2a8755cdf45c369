using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Peers;

/// <summary>Everything remembered about one peer. Owned by <see cref="PeerStore"/>.</summary>
internal sealed class PeerEntry
{
    private readonly List<KnownAddress> _addresses = [];

    public PeerEntry(PeerId peer)
    {
        Peer = peer;
        Node = new LinkedListNode<PeerEntry>(this);
    }

    public PeerId Peer { get; }

    /// <summary>Its place in the eviction list it is in; see <see cref="PeerStore"/>.</summary>
    public LinkedListNode<PeerEntry> Node { get; }

    /// <summary>True once the peer was authenticated or named by a person; such entries are not pushed out by hearsay.</summary>
    public bool Trusted { get; set; }

    public bool Connected { get; set; }

    public IReadOnlyList<string> Protocols { get; set; } = [];

    public string? AgentVersion { get; set; }

    public ulong? RecordSequence { get; set; }

    public int AddressCount => _addresses.Count;

    public bool IsEmpty => _addresses.Count == 0 && !Connected && Protocols.Count == 0;

    /// <summary>Adds, or raises source and life of what is known.</summary>
    /// <returns>False when the list is full of better ones.</returns>
    public bool Add(KnownAddress known, int countMax)
    {
        int at = _addresses.FindIndex(a => a.Address.Equals(known.Address));
        if (at >= 0)
        {
            KnownAddress old = _addresses[at];
            _addresses[at] = new KnownAddress(
                old.Address,
                known.Source > old.Source ? known.Source : old.Source,
                known.ExpiresAt > old.ExpiresAt ? known.ExpiresAt : old.ExpiresAt);
            return true;
        }

        if (_addresses.Count >= countMax)
        {
            int worst = WorstIndex();
            if (_addresses[worst].Source >= known.Source)
            {
                return false;
            }

            _addresses.RemoveAt(worst);
        }

        _addresses.Add(known);
        return true;
    }

    /// <summary>Drops what the peer said of itself earlier: its new statement replaces it.</summary>
    public void RemoveOwnStatements() =>
        _addresses.RemoveAll(static a => a.Source is AddressSource.Identify or AddressSource.SignedRecord);

    public void Remove(Multiaddr address) => _addresses.RemoveAll(a => a.Address.Equals(address));

    public void RemoveExpired(TimeSpan now)
    {
        // While the peer is connected what it said of itself is kept: it will tell us when it changes.
        bool connected = Connected;
        _addresses.RemoveAll(a => a.ExpiresAt <= now && !(connected && a.Source >= AddressSource.Identify));
    }

    /// <summary>Restarts the life of what the peer itself gave, when it disconnects.</summary>
    public void ExtendOwn(TimeSpan expiresAt)
    {
        for (int i = 0; i < _addresses.Count; i++)
        {
            KnownAddress known = _addresses[i];
            if (known.Source >= AddressSource.Identify && known.ExpiresAt < expiresAt)
            {
                _addresses[i] = known with { ExpiresAt = expiresAt };
            }
        }
    }

    /// <summary>Best first: source, then nearness, then the order in which they came.</summary>
    public List<KnownAddress> Ranked(TimeSpan now)
    {
        List<(KnownAddress Known, int Index)> live = [];
        for (int i = 0; i < _addresses.Count; i++)
        {
            if (_addresses[i].ExpiresAt > now || (Connected && _addresses[i].Source >= AddressSource.Identify))
            {
                live.Add((_addresses[i], i));
            }
        }

        live.Sort(static (x, y) =>
        {
            int bySource = y.Known.Source.CompareTo(x.Known.Source);
            int byScope = bySource != 0 ? bySource : AddressRules.Classify(x.Known.Address).CompareTo(AddressRules.Classify(y.Known.Address));
            return byScope != 0 ? byScope : x.Index.CompareTo(y.Index);
        });
        return live.ConvertAll(static x => x.Known);
    }

    private int WorstIndex()
    {
        int worst = 0;
        for (int i = 1; i < _addresses.Count; i++)
        {
            KnownAddress candidate = _addresses[i];
            if (candidate.Source < _addresses[worst].Source
                || (candidate.Source == _addresses[worst].Source && candidate.ExpiresAt < _addresses[worst].ExpiresAt))
            {
                worst = i;
            }
        }

        return worst;
    }
}
