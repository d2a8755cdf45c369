using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// What the visible set carries: the contents of shown artifacts, and snapshots. A receipt counts only if its program and
/// inputs are here, which is a function of the set; whether a block happens to lie on this disk is not.
/// </summary>
/// <remarks>Spec: federation, F12 and F16.</remarks>
internal sealed class ContentIndex(Action<EventDigest> presenceChanged)
{
    private readonly Dictionary<EventDigest, FoldRecord> _first = [];
    private readonly Dictionary<EventDigest, SortedSet<FoldRecord>> _more = [];
    private readonly Dictionary<EventDigest, Cid> _snapshots = [];

    public bool Has(Cid link) => Has(FoldItem.DigestOf(link));

    public bool Has(EventDigest digest) => _first.ContainsKey(digest) || _snapshots.ContainsKey(digest);

    /// <summary>Whether a <c>snap</c> event of the set has this name; a copy that an artifact carries is bytes.</summary>
    public bool IsSnapshot(Cid link) => _snapshots.TryGetValue(FoldItem.DigestOf(link), out Cid snapshot) && snapshot == link;

    /// <summary>A shown artifact that carries this content inline, or none.</summary>
    public Cid InlineHolder(Cid link)
    {
        EventDigest digest = FoldItem.DigestOf(link);
        return _first.TryGetValue(digest, out FoldRecord? first) && first.IsInline ? first.Cid
            : _more.TryGetValue(digest, out SortedSet<FoldRecord>? more) && more.FirstOrDefault(static r => r.IsInline) is FoldRecord inline ? inline.Cid
            : default;
    }

    public void Add(FoldRecord artifact)
    {
        if (_first.TryAdd(artifact.Key, artifact))
        {
            presenceChanged(artifact.Key);
            return;
        }

        if (!_more.TryGetValue(artifact.Key, out SortedSet<FoldRecord>? more))
        {
            _more.Add(artifact.Key, more = new SortedSet<FoldRecord>(FoldRecord.Canonical));
        }

        more.Add(artifact);
    }

    public void Remove(FoldRecord artifact)
    {
        SortedSet<FoldRecord>? more = _more.GetValueOrDefault(artifact.Key);
        if (!ReferenceEquals(_first[artifact.Key], artifact))
        {
            more!.Remove(artifact);
        }
        else if (more?.Min is FoldRecord next)
        {
            more.Remove(next);
            _first[artifact.Key] = next;
        }
        else
        {
            _first.Remove(artifact.Key);
            presenceChanged(artifact.Key);
        }

        if (more?.Count == 0)
        {
            _more.Remove(artifact.Key);
        }
    }

    public void AddSnapshot(Cid snapshot)
    {
        EventDigest digest = FoldItem.DigestOf(snapshot);
        _snapshots[digest] = snapshot;
        presenceChanged(digest);
    }

    public void RemoveSnapshot(Cid snapshot)
    {
        EventDigest digest = FoldItem.DigestOf(snapshot);
        _snapshots.Remove(digest);
        presenceChanged(digest);
    }
}
