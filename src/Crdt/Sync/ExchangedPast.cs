using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>
/// What is exchanged besides visible events: both events of every proof, for each branch an event that vouches for its newest exchanged one, and what
/// these stand on. Visible events are a prefix of their branch, and the voucher may be hidden behind it.
/// </summary>
/// <remarks>Spec: replica, section 3: a badly signed event is served only together with the successor that vouches for it.</remarks>
internal static class ExchangedPast
{
    /// <summary>All that is exchanged although it need not be visible.</summary>
    /// <param name="state">Index of the document.</param>
    /// <param name="durable">Events with a lower arrival number are durable.</param>
    public static PastMap Of(DocumentState state, long durable) => Of(state, durable, out _);

    /// <summary>As <see cref="Of(DocumentState, long)"/>.</summary>
    /// <param name="state">Index of the document.</param>
    /// <param name="durable">Events with a lower arrival number are durable.</param>
    /// <param name="looks">How often a branch was looked at: once, and once more whenever what a voucher stands on reaches further up in it.</param>
    internal static PastMap Of(DocumentState state, long durable, out long looks)
    {
        PastMap past = state.Clock.Proofs.At(durable); // a proof is admitted only above all its ancestors: they are exchanged with it, hidden or not
        Dictionary<int, AuthorChain> restricted = [];
        Dictionary<int, EventNode> vouchers = [];
        Queue<AuthorChain> work = [];
        HashSet<int> waiting = [];
        foreach (AuthorChain chain in state.Restricted.SelectMany(static author => author.Chains))
        {
            if (restricted.TryAdd(chain.Id, chain)) // an author may have forked and been removed
            {
                waiting.Add(chain.Id);
                work.Enqueue(chain);
            }
        }

        for (looks = 0; work.TryDequeue(out AuthorChain? chain); looks++)
        {
            waiting.Remove(chain.Id);
            if (TopOf(chain, durable, past) is { IsSigned: false } top && VoucherOf(top, vouchers) is { } voucher && voucher.Arrival < durable)
            {
                PastMap before = past;
                past = past.Union(voucher.Inclusive);
                foreach (int raised in past.RaisedOver(before)) // what it stands on may be hidden as well, and need a voucher of its own
                {
                    if (restricted.TryGetValue(raised, out AuthorChain? other) && waiting.Add(raised))
                    {
                        work.Enqueue(other);
                    }
                }
            }
        }

        return past;
    }

    /// <summary>Newest event of a branch that is exchanged, or null.</summary>
    /// <param name="chain">The branch.</param>
    /// <param name="durable">Events with a lower arrival number are durable.</param>
    /// <param name="past">What is exchanged although it is hidden.</param>
    public static EventNode? TopOf(AuthorChain chain, long durable, PastMap past)
    {
        // Visible events are a prefix of the branch, and so are durable ones.
        ulong low = chain.Start;
        ulong high = chain.Top + 1;
        while (low < high)
        {
            ulong middle = low + ((high - low) / 2);
            bool isIn = chain[middle].IsVisible && chain[middle].Arrival < durable;
            low = isIn ? middle + 1 : low;
            high = isIn ? high : middle;
        }

        ulong top = Math.Max(low - 1, Math.Min(past[chain.Id], chain.Top));
        return top >= chain.Start ? chain[top] : null;
    }

    /// <summary>Newest exchanged events of these authors whose own signature was not looked at: if it is good they need no voucher.</summary>
    /// <param name="state">Index of the document.</param>
    /// <param name="authors">Of these authors; one may be there twice.</param>
    /// <param name="durable">Events with a lower arrival number are durable.</param>
    public static List<EventNode> Unsure(DocumentState state, IEnumerable<AuthorEntry> authors, long durable)
    {
        List<AuthorEntry> some = [.. authors.Distinct()];
        if (some.Count == 0)
        {
            return []; // the usual commit hides nothing
        }

        PastMap past = state.Clock.Proofs.At(durable);
        return [.. some.SelectMany(static author => author.Chains)
            .Select(chain => TopOf(chain, durable, past)).OfType<EventNode>().Where(static top => !top.IsSigned)];
    }

    /// <summary>Those of whose authors events came in or became hidden with a batch.</summary>
    public static List<EventNode> Unsure(ReplicaCore core, StagedBatch batch) => Unsure(
        core.State,
        batch.Changes.Where(static change => !change.IsShown).Select(static change => change.Node)
            .Concat(batch.Applied.Where(static applied => !applied.Node.IsVisible).Select(static applied => applied.Node))
            .Select(static node => node.Author),
        core.PublishedCount);

    /// <summary>Looks at these signatures where all events are at hand, down the hidden part of each branch to the event that vouches.</summary>
    /// <param name="state">Index of the document.</param>
    /// <param name="replayed">All its events, by arrival.</param>
    /// <param name="isSigned">Verifies one.</param>
    public static void CheckReplayed(DocumentState state, StagedBatch replayed, Func<Event, bool> isSigned)
    {
        foreach (EventNode top in Unsure(state, state.Restricted, replayed.Applied.Count))
        {
            EventNode node = top;
            node.IsSigned = isSigned(replayed.Applied[(int)node.Arrival].Event);
            while (!node.IsSigned && !ReferenceEquals(node.Chain.Tip, node))
            {
                node = node.Chain[node.Sequence + 1];
                node.IsSigned |= isSigned(replayed.Applied[(int)node.Arrival].Event);
            }
        }
    }

    // The newest event of a branch is always signed well itself: nobody else could have vouched for it.
    private static EventNode? VoucherOf(EventNode top, Dictionary<int, EventNode> known)
    {
        if (known.TryGetValue(top.Chain.Id, out EventNode? voucher) && voucher.Sequence > top.Sequence)
        {
            return voucher; // of one below it: there is no other in between
        }

        ulong sequence = top.Sequence;
        while (sequence < top.Chain.Top && !top.Chain[sequence].IsSigned)
        {
            sequence++;
        }

        return sequence > top.Sequence ? known[top.Chain.Id] = top.Chain[sequence] : null;
    }
}
