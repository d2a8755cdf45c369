using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>
/// The root of a document: authorless, unsigned, implicit (never a link, never a head). Equal name, network and policy
/// give the same document everywhere. Immutable.
/// </summary>
/// <remarks>Spec: replica, section 2.2. <c>{v, t, network, name, policy}</c> in canonical order <c>t v name policy network</c>.</remarks>
public sealed class Genesis
{
    /// <summary>Longest network name, in UTF-8 bytes.</summary>
    public const int NetworkBytesMax = 64;

    /// <summary>Longest document name, in UTF-8 bytes.</summary>
    public const int NameBytesMax = 256;

    private Genesis(ReadOnlyMemory<byte> bytes, string network, string name, IReadOnlyList<ReadOnlyMemory<byte>>? writers)
    {
        Bytes = bytes;
        Cid = Cid.ForDagCbor(bytes.Span);
        Network = network;
        Name = name;
        Writers = writers;
    }

    /// <summary>The document id.</summary>
    public Cid Cid { get; }

    /// <summary>Network the document lives in.</summary>
    public string Network { get; }

    /// <summary>Name of the document.</summary>
    public string Name { get; }

    /// <summary>Writer keys (protobuf form), ascending; null = open to any key.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Writers { get; }

    /// <summary>The block.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Makes a genesis block.</summary>
    /// <param name="network">At most 64 bytes of UTF-8.</param>
    /// <param name="name">At most 256 bytes of UTF-8.</param>
    /// <param name="writers">Ed25519 keys in protobuf form, in any order; null = open.</param>
    /// <exception cref="ArgumentException">A name is too long or a key is not one.</exception>
    public static Genesis Create(string network, string name, IEnumerable<ReadOnlyMemory<byte>>? writers = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(name);
        DagCborWriter writer = new();
        writer.WriteMapStart(5);
        writer.WriteText("t"u8);
        writer.WriteText("genesis"u8);
        writer.WriteText("v"u8);
        writer.WriteUInt(EventLimits.Version);
        writer.WriteText("name"u8);
        writer.WriteText(name);
        writer.WriteText("policy"u8);
        writer.WriteMapStart(1);
        writer.WriteText("writers"u8);
        WriteWriters(writer, writers);
        writer.WriteText("network"u8);
        writer.WriteText(network);
        return TryDecode(writer.WrittenSpan, out Genesis? genesis, out InvalidReason reason)
            ? genesis!
            : throw new ArgumentException($"Not a genesis: {reason} (network ≤ {NetworkBytesMax} bytes, name ≤ {NameBytesMax} bytes, keys Ed25519).");
    }

    /// <summary>Reads a genesis block, strictly.</summary>
    /// <param name="block">All bytes; copied.</param>
    /// <param name="genesis">The genesis.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryDecode(ReadOnlySpan<byte> block, out Genesis? genesis, out InvalidReason reason)
    {
        genesis = null;
        if (block.Length > EventLimits.BlockBytesMax)
        {
            reason = InvalidReason.Size;
            return false;
        }

        if (DagCbor.Validate(block, DagCborOptions.NoFloats) != DagCborStatus.Valid)
        {
            reason = InvalidReason.Encoding;
            return false;
        }

        reason = Read(block, out string network, out string name, out List<ReadOnlyMemory<byte>>? writers);
        if (reason != InvalidReason.None)
        {
            return false;
        }

        genesis = new Genesis(block.ToArray(), network, name, writers);
        return true;
    }

    private static InvalidReason Read(
        ReadOnlySpan<byte> block, out string network, out string name, out List<ReadOnlyMemory<byte>>? writers)
    {
        network = string.Empty;
        name = string.Empty;
        writers = null;
        DagCborReader reader = new(block, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || !reader.TryReadKey("t"u8)
            || !reader.TryReadText(out ReadOnlySpan<byte> type) || !type.SequenceEqual("genesis"u8)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version))
        {
            return InvalidReason.Schema;
        }

        if (version != EventLimits.Version)
        {
            return InvalidReason.Version;
        }

        if (keys != 5 || !reader.TryReadKey("name"u8) || !reader.TryReadText(out ReadOnlySpan<byte> nameBytes)
            || !reader.TryReadKey("policy"u8) || !reader.TryReadMapStart(out int policies) || policies != 1
            || !reader.TryReadKey("writers"u8) || !TryReadWriters(ref reader, out writers)
            || !reader.TryReadKey("network"u8) || !reader.TryReadText(out ReadOnlySpan<byte> networkBytes) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        if (nameBytes.Length > NameBytesMax || networkBytes.Length > NetworkBytesMax)
        {
            return InvalidReason.Limit;
        }

        name = Encoding.UTF8.GetString(nameBytes);
        network = Encoding.UTF8.GetString(networkBytes);
        return InvalidReason.None;
    }

    private static bool TryReadWriters(ref DagCborReader reader, out List<ReadOnlyMemory<byte>>? writers)
    {
        writers = null;
        if (reader.PeekKind() == DagCborKind.Text)
        {
            return reader.TryReadText(out ReadOnlySpan<byte> word) && word.SequenceEqual("open"u8);
        }

        if (!reader.TryReadArrayStart(out int count) || count == 0)
        {
            return false;
        }

        writers = new List<ReadOnlyMemory<byte>>(count);
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> key) || !AuthorKey.IsForm(key)
                || (i > 0 && writers[i - 1].Span.SequenceCompareTo(key) >= 0))
            {
                return false;
            }

            writers.Add(key.ToArray());
        }

        return true;
    }

    private static void WriteWriters(DagCborWriter writer, IEnumerable<ReadOnlyMemory<byte>>? writers)
    {
        if (writers is null)
        {
            writer.WriteText("open"u8);
            return;
        }

        List<ReadOnlyMemory<byte>> sorted = [.. writers];
        sorted.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));
        writer.WriteArrayStart(sorted.Count);
        foreach (ReadOnlyMemory<byte> key in sorted)
        {
            writer.WriteBytes(key.Span);
        }
    }
}
