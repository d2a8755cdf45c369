using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of an <c>artifact</c>: a value inline or by CID, with an optional type tag and key.</summary>
/// <remarks>Spec: federation, section 2: <c>{ ?key, ?tag, data, size }</c> in canonical key order.</remarks>
public sealed record ArtifactBody
{
    /// <summary>Type tag, or null.</summary>
    public uint? Tag { get; init; }

    /// <summary>Key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The block that holds the data, or none when it is inline.</summary>
    public Cid Data { get; init; }

    /// <summary>Inline data; empty when <see cref="Data"/> is set.</summary>
    public ReadOnlyMemory<byte> Inline { get; init; }

    /// <summary>Size of the data in bytes. Of inline data its length; of a block what the author says.</summary>
    public ulong Size { get; init; }

    /// <summary>Whether the data is in the body.</summary>
    public bool IsInline => Data.IsNone;

    /// <summary>A body with inline data.</summary>
    /// <param name="data">At most 64 KiB.</param>
    /// <param name="tag">Type tag, or null.</param>
    /// <param name="key">Key, or null.</param>
    public static ArtifactBody OfBytes(ReadOnlyMemory<byte> data, uint? tag = null, string? key = null) =>
        new() { Inline = data, Size = (ulong)data.Length, Tag = tag, Key = key };

    /// <summary>A body that names a block.</summary>
    /// <param name="data">Raw or DAG-CBOR block.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="tag">Type tag, or null.</param>
    /// <param name="key">Key, or null.</param>
    public static ArtifactBody OfBlock(Cid data, ulong size, uint? tag = null, string? key = null) =>
        new() { Data = data, Size = size, Tag = tag, Key = key };

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(64 + Inline.Length);
        writer.WriteMapStart(2 + (Tag is null ? 0 : 1) + (Key is null ? 0 : 1));
        if (Key is not null)
        {
            writer.WriteText("key"u8);
            writer.WriteText(Key);
        }

        if (Tag is uint tag)
        {
            writer.WriteText("tag"u8);
            writer.WriteUInt(tag);
        }

        writer.WriteText("data"u8);
        if (IsInline)
        {
            writer.WriteBytes(Inline.Span);
        }
        else
        {
            writer.WriteCid(Data);
        }

        writer.WriteText("size"u8);
        writer.WriteUInt(Size);
        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR; the result keeps slices of it.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out ArtifactBody? result)
    {
        InvalidReason reason = TryReadData(body, out ArtifactFields fields);
        result = reason != InvalidReason.None ? null : new ArtifactBody
        {
            Key = fields.HasKey ? System.Text.Encoding.UTF8.GetString(fields.Key) : null,
            Tag = fields.Tag,
            Data = fields.IsInline || !Cid.TryRead(fields.Data, out Cid data, out _) ? default : data,
            Inline = fields.IsInline ? body.Slice(fields.InlineAt, fields.Data.Length) : default,
            Size = fields.Size,
        };
        return reason;
    }

    /// <summary>As <see cref="TryRead"/>, and nothing is allocated: a replay reads every body twice.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="fields">What stands in it: slices.</param>
    /// <returns>None on success.</returns>
    internal static InvalidReason TryReadData(ReadOnlyMemory<byte> body, out ArtifactFields fields)
    {
        fields = default;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        ReadOnlySpan<byte> key = default;
        ulong tag = 0;
        if (!reader.TryReadMapStart(out _))
        {
            return InvalidReason.Schema;
        }

        bool hasKey = reader.TryReadKey("key"u8);
        if (hasKey && !reader.TryReadText(out key))
        {
            return InvalidReason.Schema;
        }

        if (key.Length > RecordLimits.KeyBytesMax)
        {
            return InvalidReason.Limit;
        }

        bool hasTag = reader.TryReadKey("tag"u8);
        if (hasTag && (!reader.TryReadUInt(out tag) || tag > uint.MaxValue))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = ReadData(ref reader, out ReadOnlySpan<byte> data, out int inlineAt);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!reader.TryReadKey("size"u8) || !reader.TryReadUInt(out ulong size) || !reader.End() || (inlineAt >= 0 && size != (ulong)data.Length))
        {
            return InvalidReason.Schema;
        }

        fields = new ArtifactFields { Key = key, HasKey = hasKey, Tag = hasTag ? (uint)tag : null, Data = data, InlineAt = inlineAt, Size = size };
        return InvalidReason.None;
    }

    private static InvalidReason ReadData(scoped ref DagCborReader reader, out ReadOnlySpan<byte> data, out int inlineAt)
    {
        inlineAt = -1;
        data = default;
        if (!reader.TryReadKey("data"u8))
        {
            return InvalidReason.Schema;
        }

        if (reader.PeekKind() == DagCborKind.Cid)
        {
            return reader.TryReadCidBytes(out data) && EventLinks.IsForm(data) ? InvalidReason.None : InvalidReason.Schema;
        }

        if (!reader.TryReadBytes(out data))
        {
            return InvalidReason.Schema;
        }

        inlineAt = reader.Position - data.Length;
        return data.Length > RecordLimits.InlineBytesMax ? InvalidReason.Limit : InvalidReason.None;
    }
}
