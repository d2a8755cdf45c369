using System.Buffers.Binary;
using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>Anchors: places bound to elements, and their serialised form.</summary>
internal sealed class Anchors(ElementTree tree, EventTable events)
{
    private const byte Version = 1;
    private const int CidBytes = 36;
    private const int Start = 0;
    private const int End = -1;

    private static readonly Dictionary<int, uint> s_nothingCited = [];

    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;

    /// <summary>The visible offset of an anchor. On an element that is gone: between its visible neighbours.</summary>
    public int Resolve(SeqAnchor anchor)
    {
        if (anchor.Element <= 0)
        {
            return anchor.Element == Start ? 0 : _tree.Order.Units;
        }

        Place place = _tree.Order.Find(anchor.Element);
        int start = _tree.Order.StartOf(place);
        int offset = _tree.Order.OffsetOf(place);
        if (Entry.Kind(_tree.Order.MetaOf(place)) != Entry.Visible)
        {
            return offset;
        }

        return offset + _tree.Text.Units(start, anchor.Element - start + (anchor.Bias == Bias.Left ? 1 : 0));
    }

    /// <summary>Bytes written; 0 when the element is in no event yet.</summary>
    public int Write(SeqAnchor anchor, Span<byte> destination)
    {
        destination[..SeqAnchor.BytesMax].Clear();
        destination[0] = Version;
        destination[1] = (byte)anchor.Bias;
        if (anchor.Element <= 0)
        {
            destination[2] = (byte)(anchor.Element == Start ? 0 : 1);
            return 3;
        }

        (int number, int offset) = _events.VisibleIntroduction(anchor.Element, s_nothingCited, out _);
        if (number < 0 || _events.CidOf(number) is not { IsNone: false } cid)
        {
            return 0;
        }

        cid.Bytes.CopyTo(destination[2..]);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(2 + CidBytes)..], (uint)offset);
        return SeqAnchor.BytesMax;
    }

    public bool TryRead(ReadOnlySpan<byte> source, out SeqAnchor anchor)
    {
        anchor = default;
        if (source.Length < 3 || source[0] != Version || source[1] is not ((byte)Bias.Left or (byte)Bias.Right))
        {
            return false;
        }

        Bias bias = (Bias)source[1];
        if (source.Length == 3)
        {
            anchor = new SeqAnchor(source[2] == 0 ? Start : End, bias);
            return source[2] <= 1;
        }

        if (source.Length != SeqAnchor.BytesMax || !Cid.TryRead(source[2..], out Cid cid, out int used) || used != CidBytes
            || !_events.TryGet(cid, out int number))
        {
            return false;
        }

        uint offset = BinaryPrimitives.ReadUInt32BigEndian(source[(2 + CidBytes)..]);
        if (offset >= (uint)_events.ElementCount(number))
        {
            return false;
        }

        anchor = new SeqAnchor(_events.Resolve(number, (int)offset), bias);
        return true;
    }
}
