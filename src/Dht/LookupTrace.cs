using P2P.Dht.Engine;
using P2P.Dht.Lookup;

namespace P2P.Dht;

/// <summary>How a lookup went, for people.</summary>
/// <param name="Kind">What for, such as <c>FindProviders</c>.</param>
/// <param name="Key">What was looked for: a multihash, a peer id, or the key of a record.</param>
/// <param name="End">Why it ended, such as <c>Satisfied</c>.</param>
/// <param name="Duration">From its start to its end.</param>
/// <param name="Hops">Whom it asked, in that order; at most <see cref="HopsMax"/>.</param>
public sealed record LookupTrace(string Kind, ReadOnlyMemory<byte> Key, string End, TimeSpan Duration, IReadOnlyList<LookupHop> Hops)
{
    /// <summary>Peers in a trace.</summary>
    public const int HopsMax = 64;

    /// <summary>Of an operation that has ended; null when it looked nothing up, or only kept the table fresh.</summary>
    internal static LookupTrace? Of(KadOperation operation, TimeSpan now)
    {
        if (operation.Lookup is not KadLookup lookup || operation.Command.Kind == KadOperationKind.Refresh)
        {
            return null;
        }

        string end = lookup.End == LookupEnd.None ? nameof(LookupEnd.Stopped) : lookup.End.ToString();
        return new LookupTrace(operation.Command.Kind.ToString(), operation.Command.Key, end, now - operation.StartedAt,
        [
            .. lookup.Candidates.Where(static c => c.Order > 0).OrderBy(static c => c.Order).Take(HopsMax)
                .Select(static c => new LookupHop(c.Peer, c.ToldBy, c.Distance.LeadingZeros, c.State.ToString())),
        ]);
    }
}
