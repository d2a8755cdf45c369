using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;
using Xunit.Abstractions;

namespace P2P.Testing.Tests.Simulation;

/// <summary>A net that catches nothing looks like a sea without fish: parts that are broken on purpose must be caught.</summary>
/// <param name="output">Says what caught them.</param>
public sealed class SelfTests(ITestOutputHelper output)
{
    private const ulong SeedsMax = 140; // below the 200 of CI, wherever they begin

    [Fact]
    public Task A_syncer_that_forgets_every_second_missing_event_and_never_syncs_is_caught() =>
        CaughtAsync(static options => options with { Syncer = new ForgetfulSyncer(options.Syncer!) });

    [Fact]
    public Task A_replica_that_forgets_dependencies_is_caught() =>
        CaughtAsync(static options => options with { Defects = DraftDefects.ForgetDependencies });

    [Fact]
    public Task A_replica_that_compares_visible_siblings_only_is_caught() =>
        CaughtAsync(static options => options with { Defects = DraftDefects.VisibleSiblingsOnly }, first: 60); // wants a fork in a removal tail: from seed 1 on it is the 62nd that has one

    [Fact]
    public Task A_replica_that_asks_for_a_missing_event_once_is_caught() =>
        CaughtAsync(static options => options with { Defects = DraftDefects.RetryOnce });

    [Fact]
    public Task A_store_that_acknowledges_before_it_writes_is_caught() =>
        CaughtAsync(static options => options with { Store = new HastyStore(options.Store, options.Spawner) });

    [Fact]
    public Task A_replica_that_announces_nothing_and_asks_once_is_caught() =>
        CaughtAsync(static options => options with
        {
            AnnounceIntervalMin = TimeSpan.FromDays(300),
            AnnounceIntervalMax = TimeSpan.FromDays(300),
            FetchBackoffMin = TimeSpan.FromDays(300),
            FetchBackoffMax = TimeSpan.FromDays(300),
            Syncer = new ForgetfulSyncer(options.Syncer!),
        });

    private async Task CaughtAsync(Func<ReplicaOptions, ReplicaOptions> breakIt, ulong first = 1)
    {
        for (ulong seed = first; seed < first + SeedsMax; seed++)
        {
            try
            {
                await RandomScenario.RunAsync(seed, breakIt);
            }
            catch (SimulationException caught)
            {
                output.WriteLine(caught.Message);
                return;
            }
        }

        Assert.Fail($"{SeedsMax} seeds did not notice.");
    }

    private sealed class ForgetfulSyncer(ISyncer inner) : ISyncer
    {
        private readonly HashSet<Cid> _forgotten = [];
        private bool _forgets;

        public async ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
        {
            foreach (Cid cid in cids)
            {
                _forgets = !_forgets;
                if (_forgets)
                {
                    _forgotten.Add(cid);
                }
            }

            Event?[] found = [.. await inner.FetchAsync(document, cids, hint, cancellationToken)];
            for (int i = 0; i < found.Length; i++)
            {
                found[i] = _forgotten.Contains(cids[i]) ? null : found[i];
            }

            return found;
        }

        public ValueTask SyncWithAsync(Cid document, PeerId peer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class HastyStore(IEventStore inner, Core.Runtime.ISpawner spawner) : IEventStore
    {
        private Task _last = Task.CompletedTask;

        public ulong Epoch => inner.Epoch;

        public ISigner? Signer => inner.Signer;

        public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            inner.GetOwnTipAsync(document, author, cancellationToken);

        public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
        {
            Task before = _last;
            _last = spawner.StartAsync(async () =>
            {
                await before;
                await inner.CommitAsync(batch, cancellationToken);
            });
            return ValueTask.CompletedTask;
        }

        public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => inner.GetBlockAsync(cid, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
