using P2P.Core.Encoding;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>A message between identities: ForkRequest, ForkGrant or bequest.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Epoch">The causality epoch.</param>
/// <param name="Nonce">Of the request; a repetition has the same.</param>
/// <param name="Stamp">What is granted or left; null in a request.</param>
/// <remarks>Spec: interval-tree-clocks, section 6. Canonical DAG-CBOR <c>{e, k, n, s: bytes|null, v: 1}</c>.</remarks>
public sealed record IdentityMessage(IdentityMessageKind Kind, long Epoch, UInt128 Nonce, Stamp? Stamp)
{
    private const ulong Version = 1;

    /// <summary>Longest message.</summary>
    public const int BytesMax = ClockLimits.StampBytesMax + 64;

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(5);
        writer.WriteText("e"u8);
        writer.WriteUInt((ulong)Epoch);
        writer.WriteText("k"u8);
        writer.WriteUInt((ulong)Kind);
        writer.WriteText("n"u8);
        IdentityRecord.WriteNonce(writer, Nonce);
        writer.WriteText("s"u8);
        if (Stamp is null)
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteBytes(Stamp.Encode());
        }

        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads a message; never throws on input.</summary>
    /// <param name="source">From a peer.</param>
    /// <returns>Null when it is none.</returns>
    public static IdentityMessage? TryDecode(ReadOnlySpan<byte> source)
    {
        if (source.Length > BytesMax || DagCbor.Validate(source) != DagCborStatus.Valid)
        {
            return null;
        }

        DagCborReader reader = new(source);
        Stamp? stamp = null;
        if (!reader.TryReadMapStart(out int keys) || keys != 5
            || !reader.TryReadKey("e"u8) || !reader.TryReadUInt(out ulong epoch) || epoch > long.MaxValue
            || !reader.TryReadKey("k"u8) || !reader.TryReadUInt(out ulong kind) || kind is < 1 or > 3
            || !reader.TryReadKey("n"u8) || !IdentityRecord.TryReadNonce(ref reader, out UInt128 nonce)
            || !reader.TryReadKey("s"u8) || !(reader.TryReadNull() || IdentityRecord.TryReadStamp(ref reader, out stamp))
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End()
            || (stamp is null) != (kind == (ulong)IdentityMessageKind.Request))
        {
            return null;
        }

        return new IdentityMessage((IdentityMessageKind)kind, (long)epoch, nonce, stamp);
    }
}
