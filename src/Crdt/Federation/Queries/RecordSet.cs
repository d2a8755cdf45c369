using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Queries;

/// <summary>The visible events of a snapshot in canonical order, with what is hidden among them. Immutable, thread-safe.</summary>
public sealed class RecordSet
{
    private readonly QueryRecord[] _ordered;
    private readonly Dictionary<Cid, QueryRecord> _byCid;
    private readonly HashSet<Cid> _hidden;
    private readonly Dictionary<(Cid Vertex, string Type), List<Cid>> _out = [];
    private readonly Dictionary<(Cid Vertex, string Type), List<Cid>> _in = [];

    /// <summary>Makes a set.</summary>
    /// <param name="records">Visible events, in any order.</param>
    public RecordSet(IEnumerable<QueryRecord> records)
    {
        _ordered = [.. records];
        Array.Sort(_ordered, QueryRecord.CompareCanonical);
        _byCid = _ordered.ToDictionary(static r => r.Cid);
        _hidden = Shadows.Of(_ordered);
        Dictionary<EventDigest, EdgeBody> visible = [];
        foreach (QueryRecord record in _ordered)
        {
            if (record.Edge is not null && !_hidden.Contains(record.Cid))
            {
                visible[record.Edge.SlotHash()] = record.Edge; // ascending: the greatest stays
            }
        }

        foreach (EdgeBody edge in visible.Values)
        {
            Index(edge);
        }
    }

    /// <summary>Count of records.</summary>
    public int Count => _ordered.Length;

    /// <summary>Records in canonical order.</summary>
    public IReadOnlyList<QueryRecord> Ordered => _ordered;

    /// <summary>The record of an event, or null.</summary>
    /// <param name="cid">The event.</param>
    public QueryRecord? Find(Cid cid) => _byCid.GetValueOrDefault(cid);

    /// <summary>Whether a tombstone in force hides it.</summary>
    /// <param name="cid">The event.</param>
    public bool IsHidden(Cid cid) => _hidden.Contains(cid);

    /// <summary>Orders vertices: those that are events of the set by (height, CID), others with height 0.</summary>
    /// <param name="left">A vertex.</param>
    /// <param name="right">A vertex.</param>
    public int Compare(Cid left, Cid right)
    {
        ulong leftHeight = Find(left)?.Height ?? 0;
        ulong rightHeight = Find(right)?.Height ?? 0;
        return leftHeight != rightHeight ? leftHeight.CompareTo(rightHeight) : left.CompareTo(right);
    }

    internal IReadOnlyList<Cid> Successors(Cid vertex, string type) => _out.GetValueOrDefault((vertex, type)) ?? [];

    internal IReadOnlyList<Cid> Predecessors(Cid vertex, string type) => _in.GetValueOrDefault((vertex, type)) ?? [];

    // An endpoint with role 3 stands on both sides.
    private void Index(EdgeBody edge)
    {
        List<Cid> sources = [];
        List<Cid> targets = [];
        for (int i = 0; i < edge.Roles.Count; i++)
        {
            Cid endpoint = i < edge.From.Count ? edge.From[i] : edge.To[i - edge.From.Count];
            if ((edge.Roles[i] & 1) != 0)
            {
                sources.Add(endpoint);
            }

            if ((edge.Roles[i] & 2) != 0)
            {
                targets.Add(endpoint);
            }
        }

        foreach (Cid source in sources)
        {
            foreach (Cid target in targets)
            {
                Add(_out, source, target, edge.Type);
                Add(_in, target, source, edge.Type);
            }
        }
    }

    private static void Add(Dictionary<(Cid Vertex, string Type), List<Cid>> index, Cid from, Cid to, string type)
    {
        if (!index.TryGetValue((from, type), out List<Cid>? list))
        {
            index.Add((from, type), list = []);
        }

        list.Add(to);
    }
}
