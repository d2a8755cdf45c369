using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Gives a replica a long history in pieces, oldest first. An event whose own signature is bad waits here until the event of its author comes that
/// vouches for it, however many pieces later, and both are given together: where the pieces are cut changes nothing.
/// </summary>
/// <remarks>
/// Spec: replica, section 3, consequences 2 and 3. <see cref="Replica.InsertPackAsync"/> alone refuses what nothing in its pack vouches for, and
/// whoever cuts a history into packs loses it with all that stands on it. The feed looks at a signature at most once, and an event goes to the replica once unless
/// the replica wants it again. Not thread-safe.
/// </remarks>
public sealed class HistoryFeed
{
    private const int PieceEventsMax = 1_024;
    private const long PieceBytesMax = 4L << 20;
    private const long KeptBytesMax = 64L << 20;

    // A history in causal order needs none of these rounds, one in any order few.
    private const int RoundsMax = 16;

    private readonly Replica _replica;
    private readonly List<Item> _fresh = [];
    private readonly HashSet<Cid> _given = [];
    private readonly SortedDictionary<long, Event> _kept = [];
    private readonly Dictionary<Cid, long> _keptPlaces = [];
    private long _freshBytes;
    private long _keptBytes;
    private BusyReason _limit;

    /// <summary>Starts with nothing.</summary>
    /// <param name="replica">Not owned. Its waiting room takes what stands on an event that waits here.</param>
    public HistoryFeed(Replica replica) => _replica = replica;

    /// <summary>Whether the replica takes nothing more: a limit of this node is reached.</summary>
    public bool IsStopped => _limit != BusyReason.None;

    /// <summary>Badly signed events that may wait. Then the oldest are dropped, and count as refused.</summary>
    internal int KeptEventsMax { get; init; } = 65_536;

    /// <summary>Signatures looked at here.</summary>
    internal long Looks { get; private set; }

    /// <summary>Events handed to the replica, those counted that were handed again.</summary>
    internal long Handed { get; private set; }

    /// <summary>Takes one event; gives the replica a piece when there is one.</summary>
    /// <param name="given">An event of the document. Given before: nothing happens.</param>
    /// <param name="cancellationToken">Cancels waiting; what was given stays.</param>
    /// <exception cref="ReplicaException">The store failed, or the replica is closed.</exception>
    public async ValueTask AddAsync(Event given, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(given);
        if (!_given.Add(given.Cid))
        {
            return;
        }

        _fresh.Add(new Item(given, _given.Count, IsSigned: false));
        _freshBytes += given.Bytes.Length;
        if (_fresh.Count >= PieceEventsMax || _freshBytes >= PieceBytesMax)
        {
            await GiveFreshAsync(cancellationToken);
        }
    }

    /// <summary>Gives what is left, and what the waiting events of the replica ask for; then says what became of everything.</summary>
    /// <param name="cancellationToken">Cancels waiting; what was given stays.</param>
    /// <exception cref="ReplicaException">The store failed, or the replica is closed.</exception>
    public async Task<HistoryFed> EndAsync(CancellationToken cancellationToken = default)
    {
        await GiveFreshAsync(cancellationToken);
        for (int round = 0; round < RoundsMax && _kept.Count > 0 && !IsStopped; round++)
        {
            List<Item> wanted = [];
            foreach (Cid missing in await _replica.FindMissingLinksAsync(cancellationToken))
            {
                TakeKept(missing, null, wanted);
            }

            if (wanted.Count == 0 || await GiveAsync(wanted, cancellationToken) == 0)
            {
                break;
            }
        }

        return await _replica.InspectAsync(Count, cancellationToken);
    }

    private HistoryFed Count(ReplicaCore core)
    {
        long applied = 0;
        long waiting = 0;
        foreach (Cid cid in _given)
        {
            bool isApplied = core.State.Graph.Find(cid) is not null;
            applied += isApplied ? 1 : 0;
            waiting += !isApplied && core.Pool.Find(cid) is not null ? 1 : 0;
        }

        return new HistoryFed(applied, waiting, _given.Count - applied - waiting) { Limit = _limit };
    }

    // Newest first, as admission does: what is vouched for needs no look, and what nothing vouches for yet waits.
    private async Task GiveFreshAsync(CancellationToken cancellationToken)
    {
        List<Item> piece = [];
        HashSet<(Cid, EventDigest)> vouched = [];
        for (int i = _fresh.Count - 1; i >= 0; i--)
        {
            Item item = _fresh[i];
            bool isVouched = vouched.Contains((item.Held.Cid, AuthorOf(item.Held)));
            if (!isVouched)
            {
                Looks++;
                item = item with { IsSigned = EventCodec.VerifySignature(item.Held) };
            }

            if (!isVouched && !item.IsSigned)
            {
                Keep(item);
                continue;
            }

            piece.Add(item);
            if (!item.Held.Previous.IsNone)
            {
                vouched.Add((item.Held.Previous, AuthorOf(item.Held)));
                TakeKept(item.Held.Previous, AuthorOf(item.Held), piece);
            }
        }

        _fresh.Clear();
        _freshBytes = 0;
        await GiveAsync(piece, cancellationToken);
    }

    /// <returns>How many were applied or wait.</returns>
    private async Task<int> GiveAsync(List<Item> piece, CancellationToken cancellationToken)
    {
        if (piece.Count == 0 || IsStopped)
        {
            return 0;
        }

        piece.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        Handed += piece.Count;
        IReadOnlyList<EventVerdict> verdicts = await _replica.InsertAsync(
            [.. piece.Select(static item => new IncomingBlock(item.Held.Bytes, default, item.Held, item.IsSigned))], default, cancellationToken);
        int taken = 0;
        for (int i = 0; i < verdicts.Count; i++)
        {
            EventVerdict verdict = verdicts[i];
            taken += verdict.Kind is EventVerdictKind.Accepted or EventVerdictKind.Pending ? 1 : 0;
            if (verdict.Reason == InvalidReason.Signature || verdict.Limit == BusyReason.Signatures)
            {
                Keep(piece[i]); // its voucher waits for something that is not there yet
            }
            else if (verdict.Kind == EventVerdictKind.Busy)
            {
                _limit = verdict.Limit;
            }
        }

        return taken;
    }

    private void Keep(Item item)
    {
        _kept.Add(item.Place, item.Held);
        _keptPlaces.Add(item.Held.Cid, item.Place);
        _keptBytes += item.Held.Bytes.Length;
        while (_kept.Count > KeptEventsMax || _keptBytes > KeptBytesMax)
        {
            Remove(_kept.First().Value);
        }
    }

    // A kept event and those of its branch before it.
    private void TakeKept(Cid newest, EventDigest? author, List<Item> into)
    {
        Cid cid = newest;
        while (_keptPlaces.TryGetValue(cid, out long place) && _kept[place] is Event held && (author ??= AuthorOf(held)) == AuthorOf(held))
        {
            Remove(held);
            into.Add(new Item(held, place, IsSigned: false));
            cid = held.Previous;
        }
    }

    private void Remove(Event held)
    {
        _keptPlaces.Remove(held.Cid, out long place);
        _kept.Remove(place);
        _keptBytes -= held.Bytes.Length;
    }

    private static EventDigest AuthorOf(Event held) => EventGraph.KeyOf(held.Author.Span);

    private readonly record struct Item(Event Held, long Place, bool IsSigned);
}
