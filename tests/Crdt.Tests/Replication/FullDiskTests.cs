using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>While the disk is full every failed append has the document read again; what is under way for it stays bounded.</summary>
public sealed class FullDiskTests
{
    private const int Limit = 64;
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact(Timeout = 120_000)]
    public async Task Twelve_failed_appends_ask_for_no_more_links_at_once_than_one()
    {
        await using FailingStore store = new(new MemoryEventStore(new SeededChance(1)));
        await using SlowSyncer syncer = new();
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, Syncer = syncer, FetchInFlightMax = Limit, FetchTimeout = TimeSpan.FromHours(1) });
        Author author = new(1);
        await replica.InsertPackAsync([.. Enumerable.Range(0, 10).Select(i => Orphan(i).Bytes)]);
        await syncer.AskedFor(Limit);

        store.Next = StoreError.DiskFull;
        for (int i = 0; i < 12; i++)
        {
            await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note));
        }

        Assert.Equal((640, 64L), await replica.InspectAsync(static core => (core.Missing.NeededCount, core.Missing.Fetches), CancellationToken.None));
        store.Next = StoreError.None;
        await replica.AppendEventAsync(s_note);

        syncer.EndAll(); // found nothing: the places of all of them are free again, and no more than these
        await syncer.AskedFor(2 * Limit);
        Assert.Equal((640, 128L), await replica.InspectAsync(static core => (core.Missing.NeededCount, core.Missing.Fetches), CancellationToken.None));
        Assert.Equal(Limit, syncer.AtOnceMax);

        Event Orphan(int number) => author.Write(change: draft =>
        {
            draft.Dependencies = [.. Enumerable.Range(0, 64).Select(i => Cid.ForDagCbor([(byte)number, (byte)i])).Order()];
            draft.Height = 2;
        });
    }

    private sealed class SlowSyncer : ISyncer
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<int, TaskCompletionSource> _waits = [];
        private TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;
        private int _atOnce;

        public int AtOnceMax { get; private set; }

        public Task AskedFor(int links)
        {
            lock (_gate)
            {
                TaskCompletionSource wait = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_asked >= links)
                {
                    wait.SetResult();
                }

                _waits[links] = wait;
                return wait.Task;
            }
        }

        public void EndAll()
        {
            TaskCompletionSource ended;
            lock (_gate)
            {
                (ended, _end) = (_end, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                _atOnce = 0;
            }

            ended.SetResult();
        }

        public async ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
        {
            Task end;
            lock (_gate)
            {
                _asked += cids.Count;
                _atOnce += cids.Count;
                AtOnceMax = Math.Max(AtOnceMax, _atOnce);
                end = _end.Task;
                foreach (TaskCompletionSource wait in _waits.Where(w => w.Key <= _asked).Select(static w => w.Value))
                {
                    wait.TrySetResult();
                }
            }

            await end.OrCanceledAsync(cancellationToken);
            return new Event?[cids.Count];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
