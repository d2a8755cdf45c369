using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// A signed checkpoint that opens an epoch: what leaked in the former one is free again. Everything at or below <see cref="Closed"/> lies below every
/// stamp of the new epoch.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 6. Canonical DAG-CBOR <c>{c: stamp, d: document, e: epoch, k: author, s: snapshot, v: 1}</c> is what is signed.</remarks>
public sealed class EpochCheckpoint
{
    private const ulong Version = 1;
    private static ReadOnlySpan<byte> Domain => "p2p-itc-epoch:"u8;

    private EpochCheckpoint(Cid document, long epoch, EventTree closed, Cid snapshot, ReadOnlyMemory<byte> author, byte[] signature)
    {
        Document = document;
        Epoch = epoch;
        Closed = closed;
        Snapshot = snapshot;
        Author = author;
        Signature = signature;
    }

    /// <summary>The causality domain: CID of the genesis.</summary>
    public Cid Document { get; }

    /// <summary>The epoch it opens; at least 1.</summary>
    public long Epoch { get; }

    /// <summary>What of the former epoch it covers.</summary>
    public EventTree Closed { get; }

    /// <summary>The <c>snap</c> event whose cut it stands for.</summary>
    public Cid Snapshot { get; }

    /// <summary>Protobuf form of the signer's key.</summary>
    public ReadOnlyMemory<byte> Author { get; }

    /// <summary>64 bytes.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Makes and signs one. The signer, and nobody else, starts the epoch with the seed.</summary>
    /// <param name="document">CID of the genesis.</param>
    /// <param name="epoch">At least 1.</param>
    /// <param name="closed">What of the former epoch it covers.</param>
    /// <param name="snapshot">The <c>snap</c> event.</param>
    /// <param name="signer">A key the others trust locally for this.</param>
    public static EpochCheckpoint Sign(Cid document, long epoch, EventTree closed, Cid snapshot, ISigner signer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        EpochCheckpoint unsigned = new(document, epoch, closed, snapshot, signer.Author, []);
        return new EpochCheckpoint(document, epoch, closed, snapshot, signer.Author, signer.Sign(unsigned.SigningBytes()));
    }

    /// <summary>The whole checkpoint, signature last, for carrying beside a <c>snap</c> event.</summary>
    public byte[] Encode()
    {
        byte[] signed = SigningBytes();
        return [.. signed.AsSpan(Domain.Length), .. Signature.Span];
    }

    /// <summary>Reads and verifies one; never throws on input. Whether its author may open epochs is the caller's to decide.</summary>
    /// <param name="source">From a peer.</param>
    /// <returns>Null when it is none or the signature is wrong.</returns>
    public static EpochCheckpoint? TryVerify(ReadOnlySpan<byte> source)
    {
        const int SignatureBytes = 64;
        if (source.Length <= SignatureBytes || source.Length > ClockLimits.StampBytesMax + 512)
        {
            return null;
        }

        ReadOnlySpan<byte> body = source[..^SignatureBytes];
        DagCborReader reader = new(body);
        if (DagCbor.Validate(body) != DagCborStatus.Valid || !reader.TryReadMapStart(out int keys) || keys != 6
            || !reader.TryReadKey("c"u8) || !IdentityRecord.TryReadStamp(ref reader, out Stamp? closed) || !closed!.IsAnonymous
            || !reader.TryReadKey("d"u8) || !reader.TryReadCid(out Cid document)
            || !reader.TryReadKey("e"u8) || !reader.TryReadUInt(out ulong epoch) || epoch is 0 or > long.MaxValue
            || !reader.TryReadKey("k"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> author)
            || !reader.TryReadKey("s"u8) || !reader.TryReadCid(out Cid snapshot)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End())
        {
            return null;
        }

        EpochCheckpoint checkpoint = new(document, (long)epoch, closed.Events, snapshot, author.ToArray(), source[^SignatureBytes..].ToArray());
        return PublicKey.TryRead(author, out PublicKey? key) && key!.Type == KeyType.Ed25519 && key.Verify(checkpoint.SigningBytes(), checkpoint.Signature.Span)
            ? checkpoint
            : null;
    }

    private byte[] SigningBytes()
    {
        DagCborWriter writer = new();
        writer.WriteRaw(Domain);
        writer.WriteMapStart(6);
        writer.WriteText("c"u8);
        writer.WriteBytes(new Stamp(Id.Zero, Closed).Encode());
        writer.WriteText("d"u8);
        writer.WriteCid(Document);
        writer.WriteText("e"u8);
        writer.WriteUInt((ulong)Epoch);
        writer.WriteText("k"u8);
        writer.WriteBytes(Author.Span);
        writer.WriteText("s"u8);
        writer.WriteCid(Snapshot);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return writer.ToArray();
    }
}
