using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage;

/// <summary>
/// What <c>event.links</c> keeps of a dropped block: the rows of <c>prev</c> (0 = none), <c>deps</c> and <c>refs</c>, as uvarints, each list with its
/// count before it. Rows and not CIDs: every link of an applied event has a row here, and a row is a tenth of a CID.
/// </summary>
internal static class KeptLinks
{
    /// <summary>The links of an event; null when one of them has no row.</summary>
    /// <param name="item">The event.</param>
    /// <param name="rowOf">Row of a block.</param>
    public static byte[]? Encode(Event item, Func<Cid, long?> rowOf)
    {
        int count = 3 + item.Dependencies.Count + item.References.Count;
        byte[] encoded = new byte[count * VarInt.BytesMax];
        int at = 0;
        bool isWhole = item.Previous.IsNone ? Put(0, encoded, ref at) : Put(rowOf(item.Previous), encoded, ref at);
        foreach (IReadOnlyList<Cid> links in new[] { item.Dependencies, item.References })
        {
            isWhole &= Put(links.Count, encoded, ref at);
            foreach (Cid link in links)
            {
                isWhole &= Put(rowOf(link), encoded, ref at);
            }
        }

        return isWhole ? encoded[..at] : null;
    }

    private static bool Put(long? row, byte[] encoded, ref int at)
    {
        at += row is long known ? VarInt.Write(encoded.AsSpan(at), (ulong)known) : 0;
        return row is not null;
    }
}
