using System.Buffers.Binary;
using P2P.Core.Multiformats;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Presence;

/// <summary>
/// A place in the text: behind an element. Elements have the same name on every replica, so the place survives edits and merges. The start of the
/// text is behind element 0 of the genesis block.
/// </summary>
/// <param name="Event">The event that introduced the element, or the document.</param>
/// <param name="Offset">Which of its elements.</param>
public readonly record struct PresencePlace(Cid Event, uint Offset)
{
    // The serialised form of SeqAnchor: version, bias, then CID and offset of the element, or one byte for the start (0) or the end.
    private const int HeadBytes = 2;
    private const int EdgeBytes = 3;

    /// <summary>The place of an anchor that leans to its left neighbour.</summary>
    /// <param name="anchor">As <see cref="Sequence.WriteAnchor"/> wrote it.</param>
    /// <param name="document">The document.</param>
    /// <returns>Null when the element is in no event yet.</returns>
    public static PresencePlace? Of(ReadOnlySpan<byte> anchor, Cid document) => anchor.Length switch
    {
        EdgeBytes => new PresencePlace(document, 0),
        SeqAnchor.BytesMax when Cid.TryRead(anchor[HeadBytes..], out Cid cid, out int used) =>
            new PresencePlace(cid, BinaryPrimitives.ReadUInt32BigEndian(anchor[(HeadBytes + used)..])),
        _ => null,
    };

    /// <summary>The anchor in its serialised form; whether it names anything is known when it is read.</summary>
    /// <param name="document">The document.</param>
    public byte[] ToAnchor(Cid document)
    {
        if (Event == document)
        {
            return [1, (byte)Bias.Left, 0];
        }

        byte[] anchor = new byte[HeadBytes + Event.Bytes.Length + sizeof(uint)];
        anchor[0] = 1;
        anchor[1] = (byte)Bias.Left;
        Event.Bytes.CopyTo(anchor.AsSpan(HeadBytes));
        BinaryPrimitives.WriteUInt32BigEndian(anchor.AsSpan(HeadBytes + Event.Bytes.Length), Offset);
        return anchor;
    }
}
