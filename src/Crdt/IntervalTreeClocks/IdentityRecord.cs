using System.Buffers.Binary;
using P2P.Core.Encoding;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What an identity keeps across a crash.</summary>
/// <param name="Epoch">The causality epoch.</param>
/// <param name="Stamp">What it owns and knows.</param>
/// <param name="Asking">Nonce of an unanswered request, so that a repetition gets the same grant; null for none.</param>
/// <param name="Grants">Grants given, oldest first.</param>
/// <param name="Inherited">Nonces of inheritances, oldest first.</param>
/// <remarks>Spec: interval-tree-clocks, section 6. Canonical DAG-CBOR <c>{a, e, g: [[nonce, stamp]…], i: [nonce…], s, v: 1}</c>.</remarks>
public sealed record IdentityRecord(
    long Epoch, Stamp Stamp, UInt128? Asking, IReadOnlyList<(UInt128 Nonce, Stamp Grant)> Grants, IReadOnlyList<UInt128> Inherited)
{
    private const ulong Version = 1;
    private const int NonceBytes = 16;
    private const int EntriesMax = 4096;

    /// <summary>Owns nothing and knows nothing.</summary>
    public static IdentityRecord Empty { get; } = new(0, new Stamp(Id.Zero, EventTree.Zero), null, [], []);

    /// <summary>The bytes for the store.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(6);
        writer.WriteText("a"u8);
        if (Asking is UInt128 nonce)
        {
            WriteNonce(writer, nonce);
        }
        else
        {
            writer.WriteNull();
        }

        writer.WriteText("e"u8);
        writer.WriteUInt((ulong)Epoch);
        writer.WriteText("g"u8);
        writer.WriteArrayStart(Grants.Count);
        foreach ((UInt128 granted, Stamp grant) in Grants)
        {
            writer.WriteArrayStart(2);
            WriteNonce(writer, granted);
            writer.WriteBytes(grant.Encode());
        }

        writer.WriteText("i"u8);
        writer.WriteArrayStart(Inherited.Count);
        foreach (UInt128 inherited in Inherited)
        {
            WriteNonce(writer, inherited);
        }

        writer.WriteText("s"u8);
        writer.WriteBytes(Stamp.Encode());
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; never throws on input.</summary>
    /// <param name="source">From the store.</param>
    /// <returns>Null when it is not such a record.</returns>
    public static IdentityRecord? TryDecode(ReadOnlySpan<byte> source)
    {
        DagCborReader reader = new(source);
        if (DagCbor.Validate(source) != DagCborStatus.Valid || !reader.TryReadMapStart(out int keys) || keys != 6
            || !reader.TryReadKey("a"u8) || !TryReadAsking(ref reader, out UInt128? asking)
            || !reader.TryReadKey("e"u8) || !reader.TryReadUInt(out ulong epoch) || epoch > long.MaxValue
            || !reader.TryReadKey("g"u8) || !TryReadGrants(ref reader, out List<(UInt128, Stamp)> grants)
            || !reader.TryReadKey("i"u8) || !TryReadNonces(ref reader, out List<UInt128> inherited)
            || !reader.TryReadKey("s"u8) || !TryReadStamp(ref reader, out Stamp? stamp)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End())
        {
            return null;
        }

        return new IdentityRecord((long)epoch, stamp!, asking, grants, inherited);
    }

    internal static void WriteNonce(DagCborWriter writer, UInt128 nonce)
    {
        Span<byte> bytes = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, nonce);
        writer.WriteBytes(bytes);
    }

    internal static bool TryReadNonce(ref DagCborReader reader, out UInt128 nonce)
    {
        bool isNonce = reader.TryReadBytes(out ReadOnlySpan<byte> bytes) && bytes.Length == NonceBytes;
        nonce = isNonce ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : default;
        return isNonce;
    }

    internal static bool TryReadStamp(ref DagCborReader reader, out Stamp? stamp)
    {
        stamp = null;
        return reader.TryReadBytes(out ReadOnlySpan<byte> bytes) && Stamp.TryDecode(bytes, out stamp);
    }

    private static bool TryReadAsking(ref DagCborReader reader, out UInt128? asking)
    {
        asking = null;
        if (reader.TryReadNull())
        {
            return true;
        }

        bool isNonce = TryReadNonce(ref reader, out UInt128 nonce);
        asking = nonce;
        return isNonce;
    }

    private static bool TryReadGrants(ref DagCborReader reader, out List<(UInt128 Nonce, Stamp Grant)> grants)
    {
        grants = [];
        if (!reader.TryReadArrayStart(out int count) || count > EntriesMax)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int pair) || pair != 2 || !TryReadNonce(ref reader, out UInt128 nonce) || !TryReadStamp(ref reader, out Stamp? grant))
            {
                return false;
            }

            grants.Add((nonce, grant!));
        }

        return true;
    }

    private static bool TryReadNonces(ref DagCborReader reader, out List<UInt128> nonces)
    {
        nonces = [];
        if (!reader.TryReadArrayStart(out int count) || count > EntriesMax)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!TryReadNonce(ref reader, out UInt128 nonce))
            {
                return false;
            }

            nonces.Add(nonce);
        }

        return true;
    }
}
