using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>A history given in pieces: replica specification, section 3, consequence 2; row 41.</summary>
public sealed class HistoryFeedTests
{
    private static readonly Author s_liar = new(81);
    private static readonly Author s_honest = new(82);

    /// <summary>Places of badly signed events in a history of 3,000: around every cut of a thousand, or of 256.</summary>
    public static TheoryData<int, int> Runs => new() { { 0, 1 }, { 255, 1 }, { 1_023, 1 }, { 1_022, 3 }, { 10, 2_500 } };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Where_a_history_is_cut_changes_nothing(int first, int count)
    {
        List<Event> history = History(first, count);
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        HistoryFeed feed = new(replica);
        foreach (Event item in history)
        {
            await feed.AddAsync(item);
        }

        Assert.Equal(new HistoryFed(history.Count, 0, 0), await feed.EndAsync());
        Assert.Equal((history.Count, history.Count, 0), (replica.Status.AppliedCount, replica.Status.VisibleCount, replica.Status.PendingCount));
        Assert.Equal(history.Count, feed.Handed);
        Assert.InRange(feed.Looks, 1, count + 8); // the tips of four pieces, and every bad one once: not every event
    }

    [Fact]
    public async Task In_any_order_of_pieces_everything_comes_in()
    {
        List<Event> history = History(10, 2_500);
        Event[] turned = [.. history.Chunk(700).Reverse().SelectMany(static piece => piece)];
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        HistoryFeed feed = new(replica);
        foreach (Event item in turned)
        {
            await feed.AddAsync(item);
        }

        Assert.Equal(new HistoryFed(history.Count, 0, 0), await feed.EndAsync());
        Assert.Equal(history.Count, replica.Status.VisibleCount);
    }

    [Fact]
    public async Task What_nothing_vouches_for_is_kept_up_to_a_bound_and_refused_at_the_end()
    {
        List<Event> chain = s_liar.Chain(3);
        List<Event> bad = Badly(chain[^1], 5_000);
        List<Event> honest = s_honest.Chain(20);
        Event waits = s_honest.Write(honest[^1], [bad[4_900]]);
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        HistoryFeed feed = new(replica) { KeptEventsMax = 2_000 };
        foreach (Event item in chain.Concat(bad).Concat(honest).Append(waits).Append(chain[0]))
        {
            await feed.AddAsync(item);
        }

        Assert.Equal(new HistoryFed(23, 1, 5_000), await feed.EndAsync());
        Assert.InRange(feed.Looks, 5_000, 5_010); // each once
        Assert.InRange(feed.Handed, 24 + 1_900, 24 + 2_000); // and once more, because somebody waits for it
    }

    [Fact]
    public async Task A_full_store_stops_it_with_the_reason()
    {
        await using MemoryEventStore inner = new(new SeededChance(1));
        await using FullStore store = new(inner);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });
        HistoryFeed feed = new(replica);
        foreach (Event item in s_honest.Chain(5))
        {
            await feed.AddAsync(item);
        }

        Assert.Equal(new HistoryFed(0, 0, 5) { Limit = BusyReason.Store }, await feed.EndAsync());
        Assert.True(feed.IsStopped);
    }

    private static Task<Replica> OpenAsync(MemoryEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });

    // The liar's first and last event are signed, those between are not; the honest author cites the last and writes on.
    private static List<Event> History(int first, int count)
    {
        List<Event> before = s_liar.Chain(1);
        List<Event> early = s_honest.Chain(first);
        List<Event> bad = Badly(before[0], count);
        Event voucher = s_liar.Write(bad[^1]);
        Event citing = s_honest.Write(early.Count > 0 ? early[^1] : null, [voucher]);
        return [.. before, .. early, .. bad, voucher, citing, .. s_honest.Chain(Math.Max(0, 3_000 - first - count), citing)];
    }

    private static List<Event> Badly(Event from, int count)
    {
        NoiseSigner signer = new(s_liar.Key);
        List<Event> run = [];
        Event previous = from;
        for (int i = 0; i < count; i++)
        {
            AppendContext context = new(Author.Genesis.Cid, s_liar.Key, previous.Sequence + 1, previous.Cid, [], previous.Height + 1);
            previous = EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, signer, out _)!;
            run.Add(previous);
        }

        return run;
    }

    private sealed class FullStore(MemoryEventStore inner) : IEventStore
    {
        public ulong Epoch => inner.Epoch;

        public ISigner? Signer => inner.Signer;

        public StoreRoom Room => StoreRoom.OwnOnly;

        public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            inner.GetOwnTipAsync(document, author, cancellationToken);

        public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken) => inner.CommitAsync(batch, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => inner.GetBlockAsync(cid, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NoiseSigner(ReadOnlyMemory<byte> key) : ISigner
    {
        public ReadOnlyMemory<byte> Author => key;

        public byte[] Sign(ReadOnlySpan<byte> message) => [1, .. new byte[63]];
    }
}
