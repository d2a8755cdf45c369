using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// What two clocks of one document say to each other on a stream of <see cref="Protocol"/>: who I am, and, where there is one, a message between
/// identities. One goes each way.
/// </summary>
/// <param name="Document">The document.</param>
/// <param name="Epoch">The causality epoch of the sender.</param>
/// <param name="Home">The island it writes on; none while it owns nothing.</param>
/// <param name="Id">What it owns there. Showing it gives nothing away: it says whom a fork, or an inheritance, fits best.</param>
/// <param name="Live">Live ids on that island as far as it knows, itself included.</param>
/// <remarks>Spec: interval-tree-clocks, section 6. Canonical DAG-CBOR <c>{c, d, e, h, i, m, n, v: 1}</c>.</remarks>
public sealed record ClockMessage(Cid Document, long Epoch, IslandId Home, Id Id, uint Live)
{
    /// <summary>Protocol id of the streams.</summary>
    public const string Protocol = "/p2p/itc/1.0.0";

    /// <summary>Longest message.</summary>
    public const int BytesMax = (3 * ClockLimits.StampBytesMax) + 1024;

    private const ulong Version = 1;

    /// <summary>The signed checkpoint that opened the epoch; empty in the first.</summary>
    public ReadOnlyMemory<byte> Checkpoint { get; init; }

    /// <summary>An <see cref="IdentityMessage"/>; empty for none.</summary>
    public ReadOnlyMemory<byte> Identity { get; init; }

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        byte[] home = new byte[IslandId.BytesCount];
        Home.Write(home);
        DagCborWriter writer = new();
        writer.WriteMapStart(8);
        writer.WriteText("c"u8);
        writer.WriteBytes(Checkpoint.Span);
        writer.WriteText("d"u8);
        writer.WriteCid(Document);
        writer.WriteText("e"u8);
        writer.WriteUInt((ulong)Epoch);
        writer.WriteText("h"u8);
        writer.WriteBytes(home);
        writer.WriteText("i"u8);
        writer.WriteBytes(new Stamp(Id, EventTree.Zero).Encode());
        writer.WriteText("m"u8);
        writer.WriteBytes(Identity.Span);
        writer.WriteText("n"u8);
        writer.WriteUInt(Live);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads a message; never throws on input.</summary>
    /// <param name="source">From a peer.</param>
    /// <returns>Null when it is none.</returns>
    public static ClockMessage? TryDecode(ReadOnlySpan<byte> source)
    {
        DagCborReader reader = new(source);
        if (source.Length > BytesMax || !reader.TryReadMapStart(out int keys) || keys != 8
            || !reader.TryReadKey("c"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> checkpoint)
            || !reader.TryReadKey("d"u8) || !reader.TryReadCid(out Cid document)
            || !reader.TryReadKey("e"u8) || !reader.TryReadUInt(out ulong epoch) || epoch > long.MaxValue
            || !reader.TryReadKey("h"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> home) || home.Length != IslandId.BytesCount
            || !reader.TryReadKey("i"u8) || !IdentityRecord.TryReadStamp(ref reader, out Stamp? id) || !id!.Events.Equals(EventTree.Zero)
            || !reader.TryReadKey("m"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> identity)
            || !reader.TryReadKey("n"u8) || !reader.TryReadUInt(out ulong live) || live > uint.MaxValue
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End())
        {
            return null;
        }

        return new ClockMessage(document, (long)epoch, IslandId.Read(home), id.Id, (uint)live)
        {
            Checkpoint = checkpoint.ToArray(),
            Identity = identity.ToArray(),
        };
    }
}
