using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>A DAG-PB node: links and bytes. Read strictly, written canonically. Immutable.</summary>
/// <remarks>
/// Spec: DAG-PB. Written with the links first. Read with the data on either side, as old writers put it, but not between links; stricter than
/// protobuf: no unknown field, none twice, the fields of a link in order, every number in its shortest form.
/// </remarks>
/// <param name="links">In the order of the block.</param>
/// <param name="data">Null when the field is absent, which is something else than empty.</param>
public sealed class DagPbNode(IReadOnlyList<DagPbLink> links, ReadOnlyMemory<byte>? data)
{
    private const int DataField = 1;
    private const int LinksField = 2;
    private const int HashField = 1;
    private const int NameField = 2;
    private const int SizeField = 3;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>Links, in the order of the block.</summary>
    public IReadOnlyList<DagPbLink> Links { get; } = links;

    /// <summary>The bytes; null when the field is absent.</summary>
    public ReadOnlyMemory<byte>? Data { get; } = data;

    /// <summary>Reads a block. Never throws on its content; nothing is allocated before the links are counted.</summary>
    /// <param name="block">The whole block; <see cref="Data"/> is a slice of it.</param>
    /// <param name="linksMax">Most links accepted.</param>
    /// <param name="node">The node, or null.</param>
    public static DagPbStatus TryRead(ReadOnlyMemory<byte> block, int linksMax, out DagPbNode? node)
    {
        node = null;
        if (!ProtoReader.TryCount(block.Span, LinksField, out int count))
        {
            return DagPbStatus.Malformed;
        }

        if (count > linksMax)
        {
            return DagPbStatus.TooManyLinks;
        }

        DagPbLink[] links = new DagPbLink[count];
        ReadOnlyMemory<byte>? data = null;
        int read = 0;
        ProtoReader reader = new(block.Span);
        while (reader.TryReadField())
        {
            DagPbStatus status = reader.Field switch
            {
                LinksField when reader.WireType == ProtoWireType.Bytes =>
                    data is not null && read > 0 && read < count && DataCameBetween(block.Span) ? DagPbStatus.FieldOrder : TryReadLink(reader.Bytes, out links[read++]),
                DataField when reader.WireType == ProtoWireType.Bytes => data is null ? DagPbStatus.Valid : DagPbStatus.FieldOrder,
                LinksField or DataField => DagPbStatus.Malformed,
                _ => DagPbStatus.UnknownField,
            };
            if (status != DagPbStatus.Valid)
            {
                return status;
            }

            if (reader.Field == DataField)
            {
                data = Slice(block, reader.Bytes);
            }
        }

        DagPbNode found = new(links, data);
        if (found.EncodedBytes() != block.Length)
        {
            return DagPbStatus.Malformed; // the same content has one length only in shortest form
        }

        node = found;
        return DagPbStatus.Valid;
    }

    /// <summary>The block: links first, as everybody writes it.</summary>
    public byte[] ToBytes()
    {
        ProtoWriter writer = new(Math.Max(64, EncodedBytes()));
        ProtoWriter link = new();
        foreach (DagPbLink item in Links)
        {
            link.Clear();
            link.WriteBytes(HashField, item.Cid.Bytes);
            if (item.Name is string name)
            {
                link.WriteString(NameField, name);
            }

            if (item.TotalBytes is ulong size)
            {
                link.WriteVarint(SizeField, size);
            }

            writer.WriteBytes(LinksField, link.WrittenSpan);
        }

        if (Data is ReadOnlyMemory<byte> data)
        {
            writer.WriteBytes(DataField, data.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Length of <see cref="ToBytes"/>.</summary>
    public int EncodedBytes()
    {
        int bytes = Data is ReadOnlyMemory<byte> data ? FieldBytes(data.Length) : 0;
        foreach (DagPbLink link in Links)
        {
            bytes += FieldBytes(LinkBytes(link));
        }

        return bytes;
    }

    /// <summary>The node in the data model, as DAG-CBOR: what DAG-JSON shows.</summary>
    public byte[] ToDagCbor()
    {
        DagCborWriter writer = new(EncodedBytes() + 64);
        writer.WriteMapStart(Data is null ? 1 : 2);
        if (Data is ReadOnlyMemory<byte> data)
        {
            writer.WriteText("Data"u8);
            writer.WriteBytes(data.Span);
        }

        writer.WriteText("Links"u8);
        writer.WriteArrayStart(Links.Count);
        foreach (DagPbLink link in Links)
        {
            writer.WriteMapStart(1 + (link.Name is null ? 0 : 1) + (link.TotalBytes is null ? 0 : 1));
            writer.WriteText("Hash"u8);
            writer.WriteCid(link.Cid);
            if (link.Name is string name)
            {
                writer.WriteText("Name"u8);
                writer.WriteText(s_utf8.GetBytes(name));
            }

            if (link.TotalBytes is ulong size)
            {
                writer.WriteText("Tsize"u8);
                writer.WriteUInt(size);
            }
        }

        return writer.WrittenSpan.ToArray();
    }

    private static DagPbStatus TryReadLink(ReadOnlySpan<byte> bytes, out DagPbLink link)
    {
        link = default;
        Cid cid = default;
        string? name = null;
        ulong? size = null;
        int last = 0;
        ProtoReader reader = new(bytes);
        while (reader.TryReadField())
        {
            if (reader.Field is not (HashField or NameField or SizeField))
            {
                return DagPbStatus.UnknownField;
            }

            if (reader.Field <= last)
            {
                return DagPbStatus.FieldOrder;
            }

            last = reader.Field;
            if (reader.WireType != (last == SizeField ? ProtoWireType.Varint : ProtoWireType.Bytes))
            {
                return DagPbStatus.Malformed;
            }

            if (last == HashField && (!Cid.TryRead(reader.Bytes, out cid, out int used) || used != reader.Bytes.Length))
            {
                return DagPbStatus.BadHash;
            }

            if (last == NameField && !TryReadName(reader.Bytes, out name))
            {
                return DagPbStatus.BadName;
            }

            size = last == SizeField ? reader.Value : size;
        }

        link = new DagPbLink(cid, name, size);
        return reader.Failed ? DagPbStatus.Malformed : cid.IsNone ? DagPbStatus.BadHash : DagPbStatus.Valid;
    }

    private static bool TryReadName(ReadOnlySpan<byte> bytes, out string? name)
    {
        name = System.Text.Unicode.Utf8.IsValid(bytes) ? s_utf8.GetString(bytes) : null;
        return name is not null;
    }

    private static bool DataCameBetween(ReadOnlySpan<byte> block)
    {
        ProtoReader reader = new(block);
        return reader.TryReadField() && reader.Field != DataField; // data in front of all links is what old writers do
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> block, ReadOnlySpan<byte> inner) =>
        block.Span.Overlaps(inner, out int offset) ? block.Slice(offset, inner.Length) : ReadOnlyMemory<byte>.Empty;

    private static int LinkBytes(in DagPbLink link) =>
        FieldBytes(link.Cid.Bytes.Length)
        + (link.Name is string name ? FieldBytes(s_utf8.GetByteCount(name)) : 0)
        + (link.TotalBytes is ulong size ? 1 + SizeOf(size) : 0);

    private static int FieldBytes(int length) => 1 + SizeOf((ulong)length) + length;

    // Protobuf's varints have up to ten bytes, those of multiformats nine.
    private static int SizeOf(ulong value) => Math.Max(1, (70 - System.Numerics.BitOperations.LeadingZeroCount(value)) / 7);
}
