using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Links inside record bodies: how they are read, and in which form.</summary>
internal static class BodyLinks
{
    /// <summary>Reads one link.</summary>
    /// <param name="reader">Stands at the link.</param>
    /// <param name="mayBeRaw">Whether it names data, which may be a raw block.</param>
    /// <param name="link">The link.</param>
    public static bool TryRead(ref DagCborReader reader, bool mayBeRaw, out Cid link)
    {
        link = default;
        return reader.TryReadCidBytes(out ReadOnlySpan<byte> bytes)
            && (mayBeRaw ? EventLinks.IsForm(bytes) : EventLinks.IsEvent(bytes))
            && Cid.TryRead(bytes, out link, out _);
    }

    /// <summary>Reads a list of links to DAG-CBOR blocks, one at least.</summary>
    /// <param name="reader">Stands at the array.</param>
    /// <param name="countMax">Most links.</param>
    /// <param name="links">The links, in the order written; the caller judges it.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason ReadSome(ref DagCborReader reader, int countMax, out Cid[] links)
    {
        links = [];
        if (!reader.TryReadArrayStart(out int count) || count == 0)
        {
            return InvalidReason.Schema;
        }

        if (count > countMax)
        {
            return InvalidReason.Limit;
        }

        links = new Cid[count];
        for (int i = 0; i < count; i++)
        {
            if (!TryRead(ref reader, mayBeRaw: false, out links[i]))
            {
                return InvalidReason.Schema;
            }
        }

        return InvalidReason.None;
    }

    /// <summary>Whether the links ascend strictly.</summary>
    public static bool IsAscending(ReadOnlySpan<Cid> links)
    {
        for (int i = 1; i < links.Length; i++)
        {
            if (links[i - 1].CompareTo(links[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a list of links.</summary>
    public static void Write(DagCborWriter writer, IReadOnlyList<Cid> links)
    {
        writer.WriteArrayStart(links.Count);
        foreach (Cid link in links)
        {
            writer.WriteCid(link);
        }
    }
}
