using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Reads every applied event back from the store and checks bytes, hash and signature again.</summary>
/// <remarks>Spec: replica, section 3: an event is authentic by its own signature, or through the author's next event that is.</remarks>
internal static class HistoryCheck
{
    /// <summary>Checks a document.</summary>
    /// <param name="cids">Applied events in arrival order: links come before what links them.</param>
    /// <param name="missing">Links not held.</param>
    /// <param name="store">Where the bytes are.</param>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public static async Task<VerifyReport> RunAsync(
        IReadOnlyList<Cid> cids, IReadOnlyList<Cid> missing, IEventStore store, Cid document, CancellationToken cancellationToken)
    {
        long signed = 0;
        long vouched = 0;
        List<Cid> bad = [];
        HashSet<(Cid, EventDigest)> vouchedFor = [];

        // Backwards: whoever vouches is met before the event it vouches for.
        for (int i = cids.Count - 1; i >= 0; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<byte>? block = await store.GetBlockAsync(cids[i], cancellationToken);
            if (block is not ReadOnlyMemory<byte> bytes || !EventCodec.TryDecode(bytes, document, out Event? read, out _) || read!.Cid != cids[i])
            {
                bad.Add(cids[i]);
                continue;
            }

            bool isSigned = EventCodec.VerifySignature(read);
            if (!isSigned && !vouchedFor.Contains((read.Cid, Clock.EventGraph.KeyOf(read.Author.Span))))
            {
                bad.Add(read.Cid);
                continue;
            }

            signed += isSigned ? 1 : 0;
            vouched += isSigned ? 0 : 1;
            if (!read.Previous.IsNone)
            {
                vouchedFor.Add((read.Previous, Clock.EventGraph.KeyOf(read.Author.Span)));
            }
        }

        bad.Reverse();
        return new VerifyReport(cids.Count, signed, vouched, bad, missing);
    }
}
