using P2P.Core.Encoding;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a replica says of itself in a sync message: what it knows, owning nothing.</summary>
/// <param name="Epoch">The causality epoch.</param>
/// <param name="Stamp">What it knows, island by island.</param>
/// <remarks>Spec: interval-tree-clocks, sections 3 and 7. Canonical DAG-CBOR <c>{e, s: islands, v: 1}</c>.</remarks>
public sealed record ClockHint(long Epoch, IslandStamp Stamp)
{
    /// <summary>Longest hint that is looked at.</summary>
    public const int BytesMax = ClockLimits.StampBytesMax + 64;

    private const ulong Version = 1;

    /// <summary>Knows nothing.</summary>
    public static ClockHint Empty { get; } = new(0, IslandStamp.Empty);

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(3);
        writer.WriteText("e"u8);
        writer.WriteUInt((ulong)Epoch);
        writer.WriteText("s"u8);
        writer.WriteBytes(Stamp.Peek().Encode());
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads a hint; never throws on input.</summary>
    /// <param name="source">From a peer.</param>
    /// <returns>Null when it is none, too large, or owns something.</returns>
    public static ClockHint? TryDecode(ReadOnlySpan<byte> source)
    {
        DagCborReader reader = new(source);
        return source.Length <= BytesMax && reader.TryReadMapStart(out int keys) && keys == 3
            && reader.TryReadKey("e"u8) && reader.TryReadUInt(out ulong epoch) && epoch <= long.MaxValue
            && reader.TryReadKey("s"u8) && reader.TryReadBytes(out ReadOnlySpan<byte> islands)
            && reader.TryReadKey("v"u8) && reader.TryReadUInt(out ulong version) && version == Version && reader.End()
            && IslandStamp.TryDecode(islands) is IslandStamp stamp && stamp.Islands.All(static i => i.Stamp.IsAnonymous)
            ? new ClockHint((long)epoch, stamp)
            : null;
    }
}
