using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Slots of a receipt: name → CID, in canonical key order, at most 64.</summary>
public static class SlotMap
{
    private static readonly SearchValues<byte> s_nameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_"u8);

    /// <summary>Whether a name may be a slot's: 1 to 32 of <c>[a-z0-9_]</c>.</summary>
    /// <param name="utf8">The name.</param>
    public static bool IsName(ReadOnlySpan<byte> utf8) => utf8.Length is > 0 and <= RecordLimits.SlotBytesMax && !utf8.ContainsAnyExcept(s_nameBytes);

    /// <summary>The slots in canonical key order.</summary>
    /// <param name="slots">Distinct names.</param>
    public static KeyValuePair<string, Cid>[] Sort(IEnumerable<KeyValuePair<string, Cid>> slots) =>
        [.. slots.OrderBy(static s => s.Key.Length).ThenBy(static s => s.Key, StringComparer.Ordinal)];

    internal static void Write(DagCborWriter writer, IReadOnlyList<KeyValuePair<string, Cid>> sorted)
    {
        writer.WriteMapStart(sorted.Count);
        foreach ((string name, Cid cid) in sorted)
        {
            writer.WriteText(name);
            writer.WriteCid(cid);
        }
    }

    // The reader itself refuses keys out of order.
    internal static InvalidReason Read(ref DagCborReader reader, out KeyValuePair<string, Cid>[] slots)
    {
        slots = [];
        if (!reader.TryReadMapStart(out int count))
        {
            return InvalidReason.Schema;
        }

        if (count > RecordLimits.SlotsMax)
        {
            return InvalidReason.Limit;
        }

        slots = count == 0 ? [] : new KeyValuePair<string, Cid>[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> name) || !IsName(name) || !BodyLinks.TryRead(ref reader, mayBeRaw: true, out Cid cid))
            {
                return InvalidReason.Schema;
            }

            slots[i] = new KeyValuePair<string, Cid>(System.Text.Encoding.ASCII.GetString(name), cid);
        }

        return InvalidReason.None;
    }
}
