using System.Diagnostics.CodeAnalysis;
using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What the clock of a document keeps across a crash.</summary>
/// <param name="Identity">The identity on the home island.</param>
/// <param name="Home">The island it writes on; none while it owns nothing.</param>
/// <param name="Others">What is known of other islands; owns nothing.</param>
/// <param name="Explained">The events that the stamp speaks of.</param>
/// <param name="Checkpoint">What opened the epoch; empty in the first.</param>
/// <remarks>Canonical DAG-CBOR <c>{c, f, h, i, o, v: 1}</c>.</remarks>
public sealed record ClockRecord(
    IdentityRecord Identity, IslandId Home, IslandStamp Others, EventDigest Explained, ReadOnlyMemory<byte> Checkpoint)
{
    private const ulong Version = 1;

    /// <summary>Owns nothing and knows nothing.</summary>
    public static ClockRecord Empty { get; } = new(IdentityRecord.Empty, default, IslandStamp.Empty, default, default);

    /// <summary>The bytes for the store.</summary>
    public byte[] Encode()
    {
        byte[] home = new byte[IslandId.BytesCount];
        Home.Write(home);
        DagCborWriter writer = new();
        writer.WriteMapStart(6);
        writer.WriteText("c"u8);
        writer.WriteBytes(Checkpoint.Span);
        writer.WriteText("f"u8);
        writer.WriteBytes(Explained.ToArray());
        writer.WriteText("h"u8);
        writer.WriteBytes(home);
        writer.WriteText("i"u8);
        writer.WriteBytes(Identity.Encode());
        writer.WriteText("o"u8);
        writer.WriteBytes(Others.Peek().Encode());
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; never throws on input.</summary>
    /// <param name="source">From the store.</param>
    /// <param name="record">The record.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out ClockRecord? record)
    {
        record = null;
        DagCborReader reader = new(source);
        if (!reader.TryReadMapStart(out int keys) || keys != 6
            || !reader.TryReadKey("c"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> checkpoint)
            || !reader.TryReadKey("f"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> explained) || explained.Length != EventDigest.Bytes
            || !reader.TryReadKey("h"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> home) || home.Length != IslandId.BytesCount
            || !reader.TryReadKey("i"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> identity)
            || !reader.TryReadKey("o"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> others)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End()
            || IdentityRecord.TryDecode(identity) is not IdentityRecord read || IslandStamp.TryDecode(others) is not IslandStamp islands)
        {
            return false;
        }

        record = new ClockRecord(read, IslandId.Read(home), islands, EventDigest.Read(explained), checkpoint.ToArray());
        return true;
    }
}
