using System.Buffers.Binary;
using P2P.Core.Crypto;
using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>The exact bytes behind ids. Pure.</summary>
/// <remarks>Spec: hashseq, section 3.</remarks>
internal static class IdHash
{
    /// <summary>64 elements and one salt.</summary>
    public const int ExtrasMax = 65;

    private const int HeaderBytes = 40;

    public static ElementId Origin(Cid document)
    {
        ReadOnlySpan<byte> prefix = "p2p-hashseq/1/origin\0"u8;
        byte[] preimage = [.. prefix, .. document.Bytes];
        return Hash(preimage);
    }

    /// <summary>The salt of a unique insertion.</summary>
    /// <param name="author">Public key in its protobuf form.</param>
    /// <param name="sequence">Of the event the insertion starts.</param>
    public static ElementId Salt(ReadOnlySpan<byte> author, ulong sequence)
    {
        ReadOnlySpan<byte> prefix = "p2p-hashseq/1/uniq\0"u8;
        byte[] preimage = new byte[prefix.Length + 2 + author.Length + 8];
        prefix.CopyTo(preimage);
        BinaryPrimitives.WriteUInt16BigEndian(preimage.AsSpan(prefix.Length), checked((ushort)author.Length));
        author.CopyTo(preimage.AsSpan(prefix.Length + 2));
        BinaryPrimitives.WriteUInt64BigEndian(preimage.AsSpan(prefix.Length + 2 + author.Length), sequence);
        return Hash(preimage);
    }

    /// <summary>Id of an element without extra dependencies: one compression.</summary>
    public static ElementId Element(OpKind kind, int scalar, ElementId anchor)
    {
        Span<byte> preimage = stackalloc byte[HeaderBytes];
        WriteHeader(preimage, kind, 0, scalar, anchor);
        return Hash(preimage);
    }

    /// <summary>Id of any operation.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="scalar">0 for a removal.</param>
    /// <param name="anchor">Anchor, or target of a removal.</param>
    /// <param name="extras">Ascending, distinct, without the anchor.</param>
    public static ElementId Element(OpKind kind, int scalar, ElementId anchor, ReadOnlySpan<ElementId> extras)
    {
        if (extras.IsEmpty)
        {
            return Element(kind, scalar, anchor);
        }

        byte[] preimage = new byte[HeaderBytes + (extras.Length * ElementId.Bytes)];
        WriteHeader(preimage, kind, extras.Length, scalar, anchor);
        for (int i = 0; i < extras.Length; i++)
        {
            extras[i].Write(preimage.AsSpan(HeaderBytes + (i * ElementId.Bytes)));
        }

        return Hash(preimage);
    }

    private static void WriteHeader(Span<byte> preimage, OpKind kind, int extras, int scalar, ElementId anchor)
    {
        preimage[0] = 1;
        preimage[1] = (byte)kind;
        BinaryPrimitives.WriteUInt16BigEndian(preimage[2..], checked((ushort)extras));
        BinaryPrimitives.WriteInt32BigEndian(preimage[4..], scalar);
        anchor.Write(preimage[8..]);
    }

    private static ElementId Hash(ReadOnlySpan<byte> preimage)
    {
        Span<byte> hash = stackalloc byte[Blake3.HashBytes];
        Blake3.Hash(preimage, hash);
        return ElementId.Read(hash);
    }
}
