using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Programs;

/// <summary>What passes between nodes: bytes, a list of CIDs, or an encoded value (records, numbers).</summary>
internal sealed class ProgramValue
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly IReadOnlyList<Cid>? _list;
    private readonly bool _isData;
    private int _length = -1;

    private ProgramValue(ReadOnlyMemory<byte> bytes, IReadOnlyList<Cid>? list, bool isData)
    {
        _bytes = bytes;
        _list = list;
        _isData = isData;
    }

    /// <summary>Length as a block.</summary>
    public int Length => _length >= 0 ? _length : _length = _list is null ? _bytes.Length : EncodeList(_list).Length;

    public static ProgramValue OfBytes(ReadOnlyMemory<byte> bytes) => new(bytes, null, isData: false);

    public static ProgramValue OfList(IReadOnlyList<Cid> list) => new(default, list, isData: true);

    /// <summary>A canonical DAG-CBOR value.</summary>
    public static ProgramValue OfData(ReadOnlyMemory<byte> encoded) => new(encoded, null, isData: true);

    /// <summary>The value of a slot: a DAG-CBOR list of links is a list, all else bytes.</summary>
    public static ProgramValue OfSlot(Cid cid, ReadOnlyMemory<byte> block) =>
        cid.Codec == Cid.DagCborCodec && TryReadList(block.Span, out List<Cid> list) ? OfList(list) : OfBytes(block);

    public bool TryGetBytes(out ReadOnlyMemory<byte> bytes)
    {
        bytes = _bytes;
        return !_isData;
    }

    public bool TryGetList(out IReadOnlyList<Cid> list)
    {
        list = _list ?? [];
        return _list is not null;
    }

    /// <summary>The value as a block: bytes are raw, all else is DAG-CBOR.</summary>
    public Block ToBlock()
    {
        if (!_isData)
        {
            return new Block(Cid.ForRaw(_bytes.Span), _bytes);
        }

        ReadOnlyMemory<byte> encoded = _list is null ? _bytes : EncodeList(_list);
        return new Block(Cid.ForDagCbor(encoded.Span), encoded);
    }

    private static byte[] EncodeList(IReadOnlyList<Cid> list)
    {
        DagCborWriter writer = new(16 + (42 * list.Count));
        writer.WriteArrayStart(list.Count);
        foreach (Cid cid in list)
        {
            writer.WriteCid(cid);
        }

        return writer.ToArray();
    }

    private static bool TryReadList(ReadOnlySpan<byte> block, out List<Cid> list)
    {
        list = [];
        DagCborReader reader = new(block, new DagCborOptions { AllowFloats = false, ItemsMax = 1 << 20 });
        if (reader.PeekKind() != DagCborKind.Array || !reader.TryReadArrayStart(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadCid(out Cid cid))
            {
                return false;
            }

            list.Add(cid);
        }

        return reader.End();
    }
}
