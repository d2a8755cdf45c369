using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Body of a <c>grant</c>: <c>{add:[key, …]}</c>, <c>{del:[[key, seq], …]}</c> or both.</summary>
/// <param name="Added">Keys that may write from here on.</param>
/// <param name="Removed">Keys removed, with the last sequence number the remover accepts.</param>
internal sealed record GrantBody(
    IReadOnlyList<ReadOnlyMemory<byte>> Added,
    IReadOnlyList<(ReadOnlyMemory<byte> Key, ulong LastSequence)> Removed)
{
    /// <summary>Reads a body, or null: lists are ascending by key, distinct, not empty, and there is at least one of them.</summary>
    public static GrantBody? TryRead(ReadOnlySpan<byte> body)
    {
        List<ReadOnlyMemory<byte>> added = [];
        List<(ReadOnlyMemory<byte>, ulong)> removed = [];
        DagCborReader reader = new(body, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys == 0)
        {
            return null;
        }

        int lists = 0;
        if (reader.TryReadKey("add"u8))
        {
            lists++;
            if (!ReadAdded(ref reader, added))
            {
                return null;
            }
        }

        if (lists < keys && reader.TryReadKey("del"u8))
        {
            lists++;
            if (!ReadRemoved(ref reader, removed))
            {
                return null;
            }
        }

        return lists == keys && reader.End() ? new GrantBody(added, removed) : null;
    }

    /// <summary>The canonical body.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart((Added.Count > 0 ? 1 : 0) + (Removed.Count > 0 ? 1 : 0));
        if (Added.Count > 0)
        {
            writer.WriteText("add"u8);
            writer.WriteArrayStart(Added.Count);
            foreach (ReadOnlyMemory<byte> key in Added.OrderBy(static k => k, s_byKey))
            {
                writer.WriteBytes(key.Span);
            }
        }

        if (Removed.Count > 0)
        {
            writer.WriteText("del"u8);
            writer.WriteArrayStart(Removed.Count);
            foreach ((ReadOnlyMemory<byte> key, ulong last) in Removed.OrderBy(static r => r.Key, s_byKey))
            {
                writer.WriteArrayStart(2);
                writer.WriteBytes(key.Span);
                writer.WriteUInt(last);
            }
        }

        return writer.ToArray();
    }

    private static readonly Comparer<ReadOnlyMemory<byte>> s_byKey =
        Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span));

    private static bool ReadAdded(ref DagCborReader reader, List<ReadOnlyMemory<byte>> added)
    {
        if (!reader.TryReadArrayStart(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!TryReadKey(ref reader, added.Count > 0 ? added[^1].Span : default, out byte[] key))
            {
                return false;
            }

            added.Add(key);
        }

        return count > 0;
    }

    private static bool ReadRemoved(ref DagCborReader reader, List<(ReadOnlyMemory<byte> Key, ulong LastSequence)> removed)
    {
        if (!reader.TryReadArrayStart(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int pair) || pair != 2
                || !TryReadKey(ref reader, removed.Count > 0 ? removed[^1].Key.Span : default, out byte[] key)
                || !reader.TryReadUInt(out ulong last))
            {
                return false;
            }

            removed.Add((key, last));
        }

        return count > 0;
    }

    private static bool TryReadKey(ref DagCborReader reader, ReadOnlySpan<byte> before, out byte[] key)
    {
        key = [];
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> read) || !AuthorKey.IsForm(read)
            || (!before.IsEmpty && before.SequenceCompareTo(read) >= 0))
        {
            return false;
        }

        key = read.ToArray();
        return true;
    }
}
