using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Queries;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Executes one operator after another and counts gas: 1 per node, 1 per 32 bytes produced, 1 per record touched.</summary>
internal sealed class ProgramMachine(IProgramHost host, Cid snapshot, ISet<Cid> missing)
{
    private RecordSet? _records;

    /// <summary>Gas used so far.</summary>
    public ulong Gas { get; private set; }

    /// <summary>Why the last step failed.</summary>
    public ulong Status { get; private set; }

    /// <summary>A block that is needed is not here: there is no result, not even a failure.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Runs a node.</summary>
    /// <returns>Its value, or null: see <see cref="Status"/> and <see cref="IsIncomplete"/>.</returns>
    public ProgramValue? Step(ProgramNode node, ProgramValue[] inputs)
    {
        if (!Charge(1))
        {
            return null;
        }

        ProgramValue? value = node.Operator switch
        {
            "const" => Const(node),
            "concat" => Concat(inputs),
            "slice" => Slice(node, inputs[0]),
            "hash" => HashOf(inputs[0]),
            _ => OpenRecords() ? Query(node, inputs) : null,
        };
        return value is not null && Charge(((ulong)value.Length + 31) / 32) ? value : null;
    }

    private ProgramValue? Query(ProgramNode node, ProgramValue[] inputs)
    {
        RecordSet records = _records!;
        if (node.Operator == "scan")
        {
            return OperatorParameters.TryReadScan(node.Parameters.Span, out ScanQuery scan) && Charge((ulong)records.Count)
                ? ProgramValue.OfList(QueryOperators.Scan(records, scan))
                : null;
        }

        IReadOnlyList<Cid>[] lists = new IReadOnlyList<Cid>[inputs.Length];
        ulong touched = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].TryGetList(out lists[i]))
            {
                return Fail(ProgramStatus.Type);
            }

            touched += (ulong)lists[i].Count;
        }

        return !Charge(touched) ? null : node.Operator switch
        {
            "merge" => ProgramValue.OfList(QueryOperators.Merge(records, lists)),
            "filter" => OperatorParameters.TryReadFilter(node.Parameters.Span, out FilterQuery? filter)
                ? ProgramValue.OfList(QueryOperators.Filter(records, lists[0], filter!))
                : null,
            "project" => OperatorParameters.TryReadProject(node.Parameters.Span, out string[] fields)
                ? Sized(QueryOperators.Project(records, lists[0], fields))
                : null,
            "traverse" => Traverse(node, lists[0]),
            "aggregate" => Aggregate(node, lists[0]),
            "limit" => OperatorParameters.TryReadLimit(node.Parameters.Span, out ulong offset, out ulong count)
                ? ProgramValue.OfList(QueryOperators.Limit(lists[0], offset, count))
                : null,
            _ => ProgramValue.OfList(QueryOperators.Shadow(records, lists[0])),
        };
    }

    private ProgramValue? Traverse(ProgramNode node, IReadOnlyList<Cid> start)
    {
        if (!OperatorParameters.TryReadTraverse(node.Parameters.Span, out TraverseQuery? query))
        {
            return null;
        }

        IReadOnlyList<Cid>? reached = QueryOperators.Traverse(_records!, start, query!, followed => Charge((ulong)followed));
        return reached is null ? null : ProgramValue.OfList(reached);
    }

    private ProgramValue? Aggregate(ProgramNode node, IReadOnlyList<Cid> list)
    {
        if (!OperatorParameters.TryReadAggregate(node.Parameters.Span, out AggregateQuery? query))
        {
            return null;
        }

        ulong status = QueryOperators.Aggregate(_records!, list, query!, out byte[] value);
        return status == ProgramStatus.Ok ? Sized(value) : Fail(status);
    }

    private static ProgramValue? Const(ProgramNode node)
    {
        // The parameters are a map of one key, "bytes": the content is what stands at the end of it.
        return OperatorParameters.TryReadConst(node.Parameters.Span, out ReadOnlySpan<byte> bytes)
            ? ProgramValue.OfBytes(node.Parameters[^bytes.Length..])
            : null;
    }

    private ProgramValue? Concat(ProgramValue[] inputs)
    {
        ReadOnlyMemory<byte>[] parts = new ReadOnlyMemory<byte>[inputs.Length];
        long length = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].TryGetBytes(out parts[i]))
            {
                return Fail(ProgramStatus.Type);
            }

            length += parts[i].Length;
        }

        if (length > ProgramScheme.ValueBytesMax)
        {
            return Fail(ProgramStatus.Size);
        }

        byte[] joined = new byte[length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.Span.CopyTo(joined.AsSpan(at));
            at += part.Length;
        }

        return ProgramValue.OfBytes(joined);
    }

    private ProgramValue? Slice(ProgramNode node, ProgramValue input)
    {
        if (!input.TryGetBytes(out ReadOnlyMemory<byte> bytes))
        {
            return Fail(ProgramStatus.Type);
        }

        if (!OperatorParameters.TryReadSlice(node.Parameters.Span, out ulong offset, out ulong length)
            || offset > (ulong)bytes.Length || length > (ulong)bytes.Length - offset)
        {
            return Fail(ProgramStatus.Range);
        }

        // A copy: a byte of a long value must not hold all of it.
        return ProgramValue.OfBytes(length == (ulong)bytes.Length ? bytes : bytes.Slice((int)offset, (int)length).ToArray());
    }

    private ProgramValue? HashOf(ProgramValue input) => input.TryGetBytes(out ReadOnlyMemory<byte> bytes)
        ? ProgramValue.OfBytes(SHA256.HashData(bytes.Span))
        : Fail(ProgramStatus.Type);

    private ProgramValue? Sized(byte[] data) => data.Length > ProgramScheme.ValueBytesMax ? Fail(ProgramStatus.Size) : ProgramValue.OfData(data);

    private bool OpenRecords()
    {
        if (_records is not null)
        {
            return true;
        }

        if (snapshot.IsNone)
        {
            Status = ProgramStatus.MissingSlot;
            return false;
        }

        int before = missing.Count;
        _records = host.OpenSnapshot(snapshot, missing);
        IsIncomplete = _records is null && missing.Count > before;
        Status = ProgramStatus.Type;
        return _records is not null;
    }

    private bool Charge(ulong gas)
    {
        Gas += gas;
        if (Gas <= ProgramScheme.GasMax)
        {
            return true;
        }

        Gas = ProgramScheme.GasMax;
        Status = ProgramStatus.Gas;
        return false;
    }

    private ProgramValue? Fail(ulong status)
    {
        Status = status;
        return null;
    }
}
