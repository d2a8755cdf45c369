using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// What the visible set carries: the contents of shown artifacts, and snapshots. A receipt counts only if its program and
/// inputs are here, which is a function of the set; whether a block happens to lie on this disk is not.
/// </summary>
/// <remarks>Spec: federation, F12 and F16.</remarks>
internal sealed class ContentIndex(RecordTable records, Action<EventDigest> presenceChanged)
{
    private readonly HandleTable _first = new(handle => records[handle].Key);
    private readonly Dictionary<EventDigest, SortedSet<int>> _more = [];
    private readonly Dictionary<EventDigest, Cid> _snapshots = [];

    /// <summary>Makes room at once for so many contents.</summary>
    public void Reserve(int artifacts) => _first.Reserve(artifacts);

    public bool Has(Cid link) => Has(FoldItem.DigestOf(link));

    public bool Has(EventDigest digest) => _first.Find(digest) >= 0 || _snapshots.ContainsKey(digest);

    /// <summary>Whether a <c>snap</c> event of the set has this name; a copy that an artifact carries is bytes.</summary>
    public bool IsSnapshot(Cid link) => _snapshots.TryGetValue(FoldItem.DigestOf(link), out Cid snapshot) && snapshot == link;

    /// <summary>A shown artifact that carries this content inline, or none.</summary>
    public Cid InlineHolder(Cid link)
    {
        EventDigest digest = FoldItem.DigestOf(link);
        if (_first.Find(digest) is int first and >= 0 && records[first].IsInline)
        {
            return records.CidOf(first);
        }

        foreach (int other in _more.GetValueOrDefault(digest) ?? [])
        {
            if (records[other].IsInline)
            {
                return records.CidOf(other);
            }
        }

        return default;
    }

    public void Add(int artifact)
    {
        EventDigest key = records[artifact].Key;
        if (_first.Find(key) < 0)
        {
            _first.Add(key, artifact);
            presenceChanged(key);
            return;
        }

        if (!_more.TryGetValue(key, out SortedSet<int>? more))
        {
            _more.Add(key, more = new SortedSet<int>(records.Canonical));
        }

        more.Add(artifact);
    }

    /// <summary>Takes an artifact out, whose record is still there.</summary>
    public void Remove(int artifact)
    {
        EventDigest key = records[artifact].Key;
        SortedSet<int>? more = _more.GetValueOrDefault(key);
        if (_first.Find(key) != artifact)
        {
            more!.Remove(artifact);
        }
        else if (more is not null)
        {
            int next = more.Min;
            more.Remove(next);
            _first.Replace(key, next);
        }
        else
        {
            _first.Remove(key);
            presenceChanged(key);
        }

        if (more?.Count == 0)
        {
            _more.Remove(key);
        }
    }

    public void AddSnapshot(EventDigest snapshot)
    {
        _snapshots[snapshot] = EventId.ToCid(snapshot);
        presenceChanged(snapshot);
    }

    public void RemoveSnapshot(EventDigest snapshot)
    {
        _snapshots.Remove(snapshot);
        presenceChanged(snapshot);
    }
}
