using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>What a caller's code or a broken store throws reaches the caller by name, and the document's loop goes on.</summary>
public sealed class FaultTests
{
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task A_body_that_cannot_be_built_fails_its_own_call_only()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        EventDraft broken = new() { Type = "note", BuildBody = static _ => throw new InvalidOperationException("no body today") };

        Task<Event> before = replica.AppendEventAsync(s_note);
        ReplicaException failed = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(broken));
        Event after = await replica.AppendEventAsync(s_note);

        Assert.Equal(ReplicaError.DraftFailed, failed.Error);
        Assert.Equal("no body today", failed.InnerException?.Message);
        Assert.Equal((await before).Cid, after.Previous);
        Assert.Null(replica.Status.Failure);
    }

    [Fact]
    public async Task A_signer_that_throws_fails_the_call_and_a_merge_beside_it_but_not_the_document()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, Signer = new BrokenSigner() });

        ReplicaException failed = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note));

        Assert.Equal(ReplicaError.DraftFailed, failed.Error);
        Assert.True(await replica.InsertEventAsync(new Author(1).Write()));
    }

    [Fact]
    public async Task A_fold_that_throws_is_left_alone_the_others_and_the_document_go_on_and_the_status_says_so()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        ThrowingFold broken = new(throwsAt: 2);
        ThrowingFold sound = new(throwsAt: int.MaxValue);
        using ReplicaMetrics metrics = new();
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, Folds = [broken, sound], Metrics = metrics });

        for (int i = 0; i < 4; i++)
        {
            await replica.AppendEventAsync(s_note);
        }

        Assert.Equal(2, broken.Calls);
        Assert.Equal(4, sound.Calls);
        Assert.Contains(nameof(ThrowingFold), replica.Status.Failure, StringComparison.Ordinal);
        Assert.Equal(4, replica.Status.AppliedCount);
    }

    [Fact]
    public async Task A_callback_that_throws_misses_its_event_and_nobody_else_does()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        int calls = 0;
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions
        {
            Genesis = Author.Genesis,
            Store = store,
            OnNewEvent = (_, _) => throw new InvalidOperationException($"call {++calls}"),
        });

        await replica.AppendEventAsync(s_note);
        await replica.AppendEventAsync(s_note);

        Assert.Equal(2, calls);
        Assert.Equal(2, replica.Status.AppliedCount);
        Assert.Contains("call 1", replica.Status.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_without_a_reason_of_its_own_is_a_fault_by_name()
    {
        await using BrokenStore store = new();
        await using Replica replica = await OpenAsync(store);

        ReplicaException failed = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note));

        Assert.Equal(ReplicaError.StoreFailed, failed.Error);
        Assert.Equal(StoreError.Io, replica.Status.Fault);
        Assert.Empty(await replica.FindMissingLinksAsync());
    }

    [Fact]
    public async Task A_fault_inside_the_loop_is_told_to_everybody_who_waits_or_comes_later()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, TypeRules = [new ThrowingRules()] });

        ReplicaException first = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(new EventDraft { Type = "odd" }));
        ReplicaException later = await Assert.ThrowsAsync<ReplicaException>(() => replica.FindMissingLinksAsync());

        Assert.Equal([ReplicaError.Internal, ReplicaError.Internal], new[] { first.Error, later.Error });
        Assert.Contains("rules are broken", replica.Status.Failure, StringComparison.Ordinal);
        Assert.Equal(ReplicaError.Internal, (await Assert.ThrowsAsync<ReplicaException>(() => replica.DisposeAsync().AsTask())).Error);
    }

    [Fact]
    public async Task Events_that_arrive_together_are_verified_once_each_by_several_threads_and_the_bad_ones_found()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        CountingSpawner spawner = new();
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, Spawner = spawner, VerifyWorkersMax = 4 });
        List<ReadOnlyMemory<byte>> blocks = [];
        for (int author = 0; author < 200; author++)
        {
            byte[] block = new Author(author).Write().Bytes.ToArray();
            if (author % 10 == 0)
            {
                EventCodec.TryDecode(block, default, out Event? good, out _);
                block[block.AsSpan().IndexOf(good!.Signature.Span) + 5] ^= 1;
            }

            blocks.Add(block);
        }

        // One pack of 200 authors: 200 signatures are needed, and all of them arrive in one turn of the loop.
        IReadOnlyList<EventVerdict> verdicts = await replica.InsertPackAsync(blocks);

        for (int author = 0; author < 200; author++)
        {
            InvalidReason expected = author % 10 == 0 ? InvalidReason.Signature : InvalidReason.None;
            bool isBeyondTheLimit = verdicts[author].Kind == EventVerdictKind.Busy; // 16 bad signatures in a pack are enough
            Assert.True(isBeyondTheLimit || verdicts[author].Reason == expected, $"{author}: {verdicts[author]}");
        }

        Assert.Equal(16, verdicts.Count(static v => v.Reason == InvalidReason.Signature));
        Assert.Equal(3, spawner.Offloads);
    }

    private static Task<Replica> OpenAsync(IEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });

    private sealed class BrokenSigner : ISigner
    {
        public ReadOnlyMemory<byte> Author => new Author(7).Key;

        public byte[] Sign(ReadOnlySpan<byte> message) => throw new NotSupportedException("the key is on a card that was pulled out");
    }

    private sealed class ThrowingFold(int throwsAt) : IFold
    {
        public int Calls { get; private set; }

        public void Apply(Event applied)
        {
            if (++Calls == throwsAt)
            {
                throw new InvalidOperationException("out of step");
            }
        }

        public void Retract(Event retracted) => throw new InvalidOperationException("nothing is retracted here");
    }

    private sealed class ThrowingRules : IEventTypeRules
    {
        public string Type => "odd";

        public TypeVerdict Check(Event candidate, IPastView past) => throw new InvalidOperationException("the rules are broken");
    }

    private sealed class CountingSpawner : ISpawner
    {
        public int Offloads { get; private set; }

        public Task StartAsync(Func<Task> body) => PoolSpawner.Instance.StartAsync(body);

        public Task<T> StartAsync<T>(Func<Task<T>> body) => PoolSpawner.Instance.StartAsync(body);

        public Task<T> OffloadAsync<T>(Func<T> work)
        {
            Offloads++;
            return PoolSpawner.Instance.OffloadAsync(work);
        }
    }

    private sealed class BrokenStore : IEventStore
    {
        private readonly MemoryEventStore _inner = new(new SeededChance(3));

        public ulong Epoch => _inner.Epoch;

        public ISigner? Signer => _inner.Signer;

        public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => _inner.LoadAsync(genesis, cancellationToken);

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            _inner.GetOwnTipAsync(document, author, cancellationToken);

        public async ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("a bug in the store");
        }

        public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => _inner.GetBlockAsync(cid, cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
