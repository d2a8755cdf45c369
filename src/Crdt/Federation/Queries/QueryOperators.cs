using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;

namespace P2P.Crdt.Federation.Queries;

/// <summary>The query operators: pure functions over a snapshot, every output in the order (height, CID).</summary>
/// <remarks>Spec: federation, F18 and section 6.</remarks>
public static class QueryOperators
{
    /// <summary>Records that match, in order. Hidden ones too: see <see cref="Shadow"/>.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="query">Which.</param>
    public static IReadOnlyList<Cid> Scan(RecordSet records, ScanQuery query)
    {
        ArgumentNullException.ThrowIfNull(records);
        return [.. records.Ordered.Where(r => Matches(r, query)).Select(static r => r.Cid)];
    }

    /// <summary>Whether a scan takes a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="query">The scan.</param>
    public static bool Matches(QueryRecord record, ScanQuery query)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Height >= query.HeightMin && record.Height <= query.HeightMax
            && (query.Type is null || query.Type == record.Type)
            && (query.Tag is null || query.Tag == record.Tag);
    }

    /// <summary>The part of a list whose field has a value. CIDs that are no records of the snapshot drop out.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="list">Any list.</param>
    /// <param name="query">Which.</param>
    public static IReadOnlyList<Cid> Filter(RecordSet records, IEnumerable<Cid> list, FilterQuery query)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(list);
        return [.. list.Where(cid => records.Find(cid) is QueryRecord record && Matches(record, query))];
    }

    /// <summary>Whether a filter takes a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="query">The filter.</param>
    public static bool Matches(QueryRecord record, FilterQuery query)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(query);
        if (!RecordFields.TryFind(record.Block.Span, query.Field, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        return query.Equal is ReadOnlyMemory<byte> equal ? value.SequenceEqual(equal.Span)
            : query.Prefix is ReadOnlyMemory<byte> prefix ? BeginsWith(value, prefix.Span)
            : TryReadInteger(value, out Int128 number) && number >= (query.Min ?? long.MinValue) && number <= (query.Max ?? long.MaxValue);
    }

    /// <summary>The ordered union of lists.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="lists">Any lists.</param>
    public static IReadOnlyList<Cid> Merge(RecordSet records, IEnumerable<IEnumerable<Cid>> lists)
    {
        ArgumentNullException.ThrowIfNull(records);
        Cid[] all = [.. lists.SelectMany(static l => l).Distinct()];
        Array.Sort(all, records.Compare);
        return all;
    }

    /// <summary>Canonical records with the named fields, as far as they are there.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="list">Any list; what is no record of the snapshot drops out.</param>
    /// <param name="fields">Names in the order of map keys.</param>
    public static byte[] Project(RecordSet records, IEnumerable<Cid> list, IReadOnlyList<string> fields)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(fields);
        QueryRecord[] found = [.. list.Select(records.Find).OfType<QueryRecord>()];
        DagCborWriter writer = new(64 * (found.Length + 1));
        writer.WriteArrayStart(found.Length);
        foreach (QueryRecord record in found)
        {
            ReadOnlySpan<byte> block = record.Block.Span;
            int count = 0;
            foreach (string field in fields)
            {
                count += RecordFields.TryFind(block, field, out _) ? 1 : 0;
            }

            writer.WriteMapStart(count);
            foreach (string field in fields)
            {
                if (RecordFields.TryFind(block, field, out ReadOnlySpan<byte> value))
                {
                    writer.WriteText(field);
                    writer.WriteRaw(value);
                }
            }
        }

        return writer.ToArray();
    }

    /// <summary>Vertices reached, breadth first, the start included; each level in order, each vertex once.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="query">How to walk.</param>
    /// <param name="charge">Asked after each vertex with the count of edges followed; false ends the walk. Null: no limit.</param>
    /// <returns>The vertices, or null when <paramref name="charge"/> ended the walk.</returns>
    public static IReadOnlyList<Cid>? Traverse(RecordSet records, IEnumerable<Cid> start, TraverseQuery query, Func<int, bool>? charge = null)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(query);
        List<Cid> reached = [];
        HashSet<Cid> seen = [];
        List<Cid> level = [.. start.Where(seen.Add)];
        for (int hop = 0; level.Count > 0; hop++)
        {
            level.Sort(records.Compare);
            reached.AddRange(level);
            if (hop == query.Depth)
            {
                break;
            }

            List<Cid> next = [];
            foreach (Cid vertex in level)
            {
                int followed = 0;
                foreach (Cid neighbour in Neighbours(records, vertex, query))
                {
                    followed++;
                    if (seen.Add(neighbour))
                    {
                        next.Add(neighbour);
                    }
                }

                if (charge?.Invoke(followed) == false)
                {
                    return null;
                }
            }

            level = next;
        }

        return reached;
    }

    /// <summary>One value of many records, as canonical DAG-CBOR.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="list">Any list; a record without the field counts for nothing.</param>
    /// <param name="query">What.</param>
    /// <param name="value">The value.</param>
    /// <returns>See <see cref="ProgramStatus"/>.</returns>
    public static ulong Aggregate(RecordSet records, IReadOnlyList<Cid> list, AggregateQuery query, out byte[] value)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(query);
        DagCborWriter writer = new();
        ulong status = ProgramStatus.Ok;
        switch (query.Kind)
        {
            case AggregateKind.Count:
                writer.WriteUInt((ulong)list.Count);
                break;
            case AggregateKind.Sum:
                status = Sum(records, list, query.Field, writer);
                break;
            default:
                Union(records, list, query.Field, writer);
                break;
        }

        value = writer.ToArray();
        return status;
    }

    /// <summary>A part of a list.</summary>
    /// <param name="list">Any list.</param>
    /// <param name="offset">How many to leave out.</param>
    /// <param name="count">Most to take.</param>
    public static IReadOnlyList<Cid> Limit(IReadOnlyList<Cid> list, ulong offset, ulong count)
    {
        ArgumentNullException.ThrowIfNull(list);
        int skip = (int)Math.Min(offset, (ulong)list.Count);
        return [.. list.Skip(skip).Take((int)Math.Min(count, (ulong)(list.Count - skip)))];
    }

    /// <summary>A list without what tombstones hide.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="list">Any list.</param>
    public static IReadOnlyList<Cid> Shadow(RecordSet records, IEnumerable<Cid> list)
    {
        ArgumentNullException.ThrowIfNull(records);
        return [.. list.Where(cid => !records.IsHidden(cid))];
    }

    private static IEnumerable<Cid> Neighbours(RecordSet records, Cid vertex, TraverseQuery query)
    {
        IEnumerable<Cid> forward = query.Direction == TraverseDirection.In ? [] : records.Successors(vertex, query.Type);
        IEnumerable<Cid> backward = query.Direction == TraverseDirection.Out ? [] : records.Predecessors(vertex, query.Type);
        return forward.Concat(backward);
    }

    private static ulong Sum(RecordSet records, IReadOnlyList<Cid> list, string field, DagCborWriter writer)
    {
        Int128 sum = 0; // 2^64 terms of 64 bits fit
        foreach (Cid cid in list)
        {
            if (records.Find(cid) is QueryRecord record && RecordFields.TryFind(record.Block.Span, field, out ReadOnlySpan<byte> value))
            {
                if (!TryReadInteger(value, out Int128 number))
                {
                    return ProgramStatus.Type;
                }

                sum += number;
            }
        }

        if (sum < long.MinValue || sum > long.MaxValue)
        {
            return ProgramStatus.Overflow;
        }

        writer.WriteInt((long)sum);
        return ProgramStatus.Ok;
    }

    private static void Union(RecordSet records, IReadOnlyList<Cid> list, string field, DagCborWriter writer)
    {
        SortedSet<byte[]> values = new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        foreach (Cid cid in list)
        {
            if (records.Find(cid) is QueryRecord record && RecordFields.TryFind(record.Block.Span, field, out ReadOnlySpan<byte> value))
            {
                values.Add(value.ToArray());
            }
        }

        writer.WriteArrayStart(values.Count);
        foreach (byte[] value in values)
        {
            writer.WriteRaw(value);
        }
    }

    private static bool BeginsWith(ReadOnlySpan<byte> value, ReadOnlySpan<byte> prefix)
    {
        DagCborReader left = new(value, DagCborOptions.NoFloats);
        DagCborReader right = new(prefix, DagCborOptions.NoFloats);
        DagCborKind kind = right.PeekKind();
        if (kind != left.PeekKind())
        {
            return false;
        }

        ReadOnlySpan<byte> content;
        ReadOnlySpan<byte> start;
        bool read = kind == DagCborKind.Text
            ? left.TryReadText(out content) & right.TryReadText(out start)
            : left.TryReadBytes(out content) & right.TryReadBytes(out start);
        return read && content.StartsWith(start);
    }

    private static bool TryReadInteger(ReadOnlySpan<byte> value, out Int128 number)
    {
        DagCborReader reader = new(value, DagCborOptions.NoFloats);
        number = 0;
        if (reader.PeekKind() == DagCborKind.NegativeInt && reader.TryReadNegative(out UInt128 magnitude))
        {
            number = -(Int128)magnitude;
            return true;
        }

        if (reader.PeekKind() == DagCborKind.UInt && reader.TryReadUInt(out ulong positive))
        {
            number = positive;
            return true;
        }

        return false;
    }
}
