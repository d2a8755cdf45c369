using P2P.Core.Encoding;
using P2P.Crdt.Federation.Queries;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Parameters of operators: strict maps, read the same way when a program is judged and when it runs.</summary>
internal static class OperatorParameters
{
    public static bool IsEmpty(ReadOnlySpan<byte> parameters) => parameters is [0xa0];

    public static bool IsConst(ReadOnlySpan<byte> parameters) => TryReadConst(parameters, out _);

    public static bool TryReadConst(ReadOnlySpan<byte> parameters, out ReadOnlySpan<byte> bytes)
    {
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        bytes = default;
        return reader.TryReadMapStart(out int keys) && keys == 1 && reader.TryReadKey("bytes"u8) && reader.TryReadBytes(out bytes) && reader.End();
    }

    public static bool IsSlice(ReadOnlySpan<byte> parameters) => TryReadSlice(parameters, out _, out _);

    public static bool TryReadSlice(ReadOnlySpan<byte> parameters, out ulong offset, out ulong length)
    {
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        (offset, length) = (0, 0);
        return reader.TryReadMapStart(out int keys) && keys == 2
            && reader.TryReadKey("length"u8) && reader.TryReadUInt(out length)
            && reader.TryReadKey("offset"u8) && reader.TryReadUInt(out offset) && reader.End();
    }

    public static bool IsScan(ReadOnlySpan<byte> parameters) => TryReadScan(parameters, out _);

    public static bool TryReadScan(ReadOnlySpan<byte> parameters, out ScanQuery query)
    {
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        query = new ScanQuery();
        if (!reader.TryReadMapStart(out _))
        {
            return false;
        }

        if (reader.TryReadKey("tag"u8))
        {
            if (!reader.TryReadUInt(out ulong tag) || tag > uint.MaxValue)
            {
                return false;
            }

            query = query with { Tag = (uint)tag };
        }

        if (reader.TryReadKey("hmax"u8))
        {
            if (!reader.TryReadUInt(out ulong highest))
            {
                return false;
            }

            query = query with { HeightMax = highest };
        }

        if (reader.TryReadKey("hmin"u8))
        {
            if (!reader.TryReadUInt(out ulong lowest))
            {
                return false;
            }

            query = query with { HeightMin = lowest };
        }

        if (reader.TryReadKey("type"u8))
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> type))
            {
                return false;
            }

            query = query with { Type = System.Text.Encoding.UTF8.GetString(type) };
        }

        return reader.End();
    }

    public static bool IsFilter(ReadOnlySpan<byte> parameters) => TryReadFilter(parameters, out _);

    public static bool TryReadFilter(ReadOnlySpan<byte> parameters, out FilterQuery? query)
    {
        query = null;
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out _))
        {
            return false;
        }

        byte[]? equal = null;
        byte[]? prefix = null;
        long? lowest = null;
        long? highest = null;
        if (reader.TryReadKey("eq"u8))
        {
            if (!reader.TrySkip(out ReadOnlySpan<byte> raw))
            {
                return false;
            }

            equal = raw.ToArray();
        }

        if ((reader.TryReadKey("max"u8) && !TryReadBound(ref reader, out highest)) || (reader.TryReadKey("min"u8) && !TryReadBound(ref reader, out lowest))
            || !reader.TryReadKey("field"u8) || !reader.TryReadText(out ReadOnlySpan<byte> field))
        {
            return false;
        }

        if (reader.TryReadKey("prefix"u8))
        {
            if (reader.PeekKind() is not (DagCborKind.Text or DagCborKind.Bytes) || !reader.TrySkip(out ReadOnlySpan<byte> raw))
            {
                return false;
            }

            prefix = raw.ToArray();
        }

        int ways = (equal is null ? 0 : 1) + (prefix is null ? 0 : 1) + (lowest is null && highest is null ? 0 : 1);
        query = new FilterQuery
        {
            Field = System.Text.Encoding.UTF8.GetString(field),
            Equal = Memory(equal),
            Prefix = Memory(prefix),
            Min = lowest,
            Max = highest,
        };
        return ways == 1 && reader.End();
    }

    public static bool IsProject(ReadOnlySpan<byte> parameters) => TryReadProject(parameters, out _);

    public static bool TryReadProject(ReadOnlySpan<byte> parameters, out string[] fields)
    {
        fields = [];
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 1 || !reader.TryReadKey("fields"u8)
            || !reader.TryReadArrayStart(out int count) || count is 0 or > RecordFields.ProjectMax)
        {
            return false;
        }

        fields = new string[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> field))
            {
                return false;
            }

            fields[i] = System.Text.Encoding.UTF8.GetString(field);
            if (i > 0 && RecordFields.CompareNames(fields[i - 1], fields[i]) >= 0)
            {
                return false; // in the order in which they stand in the records made of them
            }
        }

        return reader.End();
    }

    public static bool IsTraverse(ReadOnlySpan<byte> parameters) => TryReadTraverse(parameters, out _);

    public static bool TryReadTraverse(ReadOnlySpan<byte> parameters, out TraverseQuery? query)
    {
        query = null;
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 3
            || !reader.TryReadKey("type"u8) || !reader.TryReadText(out ReadOnlySpan<byte> type)
            || !reader.TryReadKey("depth"u8) || !reader.TryReadUInt(out ulong depth) || depth > ProgramScheme.TraverseDepthMax
            || !reader.TryReadKey("direction"u8) || !reader.TryReadText(out ReadOnlySpan<byte> direction) || !reader.End())
        {
            return false;
        }

        TraverseDirection way = direction.SequenceEqual("out"u8) ? TraverseDirection.Out
            : direction.SequenceEqual("in"u8) ? TraverseDirection.In
            : direction.SequenceEqual("both"u8) ? TraverseDirection.Both : TraverseDirection.None;
        query = new TraverseQuery(System.Text.Encoding.UTF8.GetString(type), way, (int)depth);
        return way != TraverseDirection.None;
    }

    public static bool IsAggregate(ReadOnlySpan<byte> parameters) => TryReadAggregate(parameters, out _);

    public static bool TryReadAggregate(ReadOnlySpan<byte> parameters, out AggregateQuery? query)
    {
        query = null;
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out _) || !reader.TryReadKey("kind"u8) || !reader.TryReadText(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        AggregateKind kind = name.SequenceEqual("count"u8) ? AggregateKind.Count
            : name.SequenceEqual("sum"u8) ? AggregateKind.Sum
            : name.SequenceEqual("union"u8) ? AggregateKind.Union : AggregateKind.None;
        string? field = null;
        if (reader.TryReadKey("field"u8))
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> utf8))
            {
                return false;
            }

            field = System.Text.Encoding.UTF8.GetString(utf8);
        }

        query = new AggregateQuery(kind, field ?? string.Empty);
        return kind != AggregateKind.None && (kind == AggregateKind.Count) == (field is null) && reader.End();
    }

    public static bool IsLimit(ReadOnlySpan<byte> parameters) => TryReadLimit(parameters, out _, out _);

    public static bool TryReadLimit(ReadOnlySpan<byte> parameters, out ulong offset, out ulong count)
    {
        DagCborReader reader = new(parameters, DagCborOptions.NoFloats);
        (offset, count) = (0, 0);
        return reader.TryReadMapStart(out int keys) && keys == 2
            && reader.TryReadKey("count"u8) && reader.TryReadUInt(out count)
            && reader.TryReadKey("offset"u8) && reader.TryReadUInt(out offset) && reader.End();
    }

    // Spelled out: the compiler would make an empty memory of a null array or literal, and a filter that matches nothing.
    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes)
    {
        ReadOnlyMemory<byte>? memory = default;
        if (bytes is not null)
        {
            memory = bytes;
        }

        return memory;
    }

    private static bool TryReadBound(ref DagCborReader reader, out long? bound)
    {
        bool read = reader.TryReadInt(out long value);
        bound = read ? value : null;
        return read;
    }
}
