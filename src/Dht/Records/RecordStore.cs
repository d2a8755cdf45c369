using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Records;

/// <summary>Small values, validated before they are kept. Bounded in number, length and share per remote peer. Pure; one owner.</summary>
/// <remarks>Spec: libp2p-wire §14, limits §2 and T12.</remarks>
internal sealed class RecordStore(PeerId self, KadOptions options)
{
    private readonly KadKey _selfKey = KadKey.Of(self);
    private readonly ValidatorSet _validators = new(options.Validators);
    private readonly Dictionary<KadKey, StoredRecord> _byKey = [];
    private readonly SortedSet<KadKey> _distances = [];
    private readonly Dictionary<PeerId, int> _perPeer = [];

    public int Count => _byKey.Count;

    /// <summary>Whether a value may be stored under a key: namespace, length, validator.</summary>
    public RecordPut Check(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (value.Length > options.ValueBytesMax)
        {
            return RecordPut.TooLong;
        }

        IKadValidator? validator = _validators.For(key);
        return validator is null ? RecordPut.UnknownNamespace
            : validator.IsValid(key, value) ? RecordPut.Stored
            : RecordPut.Invalid;
    }

    public bool KnowsNamespace(ReadOnlySpan<byte> key) => _validators.For(key) is not null;

    /// <summary>Whether a key can have one valid value only.</summary>
    public bool IsFinal(ReadOnlySpan<byte> key) => _validators.For(key) == PublicKeyValidator.Instance;

    /// <summary>Negative when <paramref name="left"/> is the better of two valid values.</summary>
    public int Compare(ReadOnlySpan<byte> key, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        _validators.For(key)?.Compare(key, left, right) ?? 0;

    /// <summary>Stores a value if it is valid and not worse than the one here.</summary>
    /// <param name="record">Key and value are kept as they are: the caller gives them away.</param>
    public RecordPut Put(StoredRecord record)
    {
        RecordPut verdict = Check(record.Key.Span, record.Value.Span);
        if (verdict != RecordPut.Stored)
        {
            return verdict;
        }

        KadKey key = KadKey.Of(record.Key.Span);
        bool replaces = _byKey.TryGetValue(key, out StoredRecord? old);
        if (replaces && Compare(record.Key.Span, old!.Value.Span, record.Value.Span) < 0)
        {
            return RecordPut.Worse;
        }

        if (record.From != self && (!replaces || old!.From != record.From)
            && _perPeer.GetValueOrDefault(record.From) >= options.ValuesPerPeer)
        {
            return RecordPut.PeerQuota;
        }

        if (!replaces && !MakeRoom(key))
        {
            return RecordPut.StoreFull;
        }

        Remove(key);
        _byKey.Add(key, record);
        _distances.Add(_selfKey.DistanceTo(key));
        _perPeer[record.From] = _perPeer.GetValueOrDefault(record.From) + 1;
        return RecordPut.Stored;
    }

    /// <summary>The value of a key unless it has expired.</summary>
    public StoredRecord? Get(ReadOnlySpan<byte> key, TimeSpan now) =>
        _byKey.TryGetValue(KadKey.Of(key), out StoredRecord? record) && now - record.StoredAt < options.RecordLife ? record : null;

    /// <summary>Our own values, for telling them to new peers.</summary>
    public IEnumerable<StoredRecord> Own(TimeSpan now) =>
        _byKey.Values.Where(r => r.From == self && now - r.StoredAt < options.RecordLife);

    /// <summary>Drops what has expired.</summary>
    public void Expire(TimeSpan now)
    {
        List<KadKey> old = [];
        foreach ((KadKey key, StoredRecord record) in _byKey)
        {
            if (now - record.StoredAt >= options.RecordLife)
            {
                old.Add(key);
            }
        }

        old.ForEach(Remove);
    }

    private bool MakeRoom(in KadKey key)
    {
        if (_byKey.Count < options.ValuesMax)
        {
            return true;
        }

        KadKey farthest = _distances.Max;
        if (!_selfKey.DistanceTo(key).IsBelow(farthest))
        {
            return false;
        }

        Remove(_selfKey.DistanceTo(farthest));
        return true;
    }

    private void Remove(KadKey key)
    {
        if (_byKey.Remove(key, out StoredRecord? record))
        {
            _distances.Remove(_selfKey.DistanceTo(key));
            int left = _perPeer[record.From] - 1;
            if (left == 0)
            {
                _perPeer.Remove(record.From);
            }
            else
            {
                _perPeer[record.From] = left;
            }
        }
    }
}
