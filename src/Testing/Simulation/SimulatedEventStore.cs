using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Testing.Simulation;

/// <summary>An event store on a <see cref="SimulatedDisk"/>: acknowledges what is synced, takes virtual time, fails and loses power when told to.</summary>
internal sealed class SimulatedEventStore : IEventStore
{
    private readonly SimulatedDisk _disk;
    private readonly NodeRun _run;
    private readonly MemoryEventStore _contents;

    private SimulatedEventStore(SimulatedDisk disk, NodeRun run)
    {
        _disk = disk;
        _run = run;
        _contents = new MemoryEventStore(run.World.Chance, withKey: false);
        Signer = new KeySigner(disk.Author);
    }

    public ulong Epoch => _disk.Epoch;

    public ISigner? Signer { get; private set; }

    public StoreRoom Room => _disk.Fault == StoreError.DiskFull ? StoreRoom.None : StoreRoom.Everyone;

    public static async Task<SimulatedEventStore> OpenAsync(SimulatedDisk disk, NodeRun run)
    {
        SimulatedEventStore store = new(disk, run);
        foreach (StoreBatch batch in disk.Synced)
        {
            await store._contents.CommitAsync(batch, CancellationToken.None);
        }

        return store;
    }

    public async ValueTask<ISigner?> RenewSignerAsync(CancellationToken cancellationToken)
    {
        if (_disk.Fault != StoreError.None)
        {
            throw new StoreException(_disk.Fault, "The simulated disk fails.");
        }

        PrivateKey fresh = PrivateKey.Generate(KeyType.Ed25519, _run.World.Chance);
        await CrashPointAsync();
        _disk.Renew(fresh);
        await CrashPointAsync();
        return Signer = new KeySigner(fresh);
    }

    public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => _contents.LoadAsync(genesis, cancellationToken);

    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        _contents.GetOwnTipAsync(document, author, cancellationToken);

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetOwnAuthorsAsync(Cid document, CancellationToken cancellationToken) =>
        _contents.GetOwnAuthorsAsync(document, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => _contents.GetBlockAsync(cid, cancellationToken);

    public async ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        if (_disk.Fault != StoreError.None)
        {
            throw new StoreException(_disk.Fault, "The simulated disk fails.");
        }

        await CrashPointAsync();
        _disk.Write(batch);
        await CrashPointAsync();
        await Task.Delay(_run.World.Chance.Between(TimeSpan.Zero, _run.Options.SyncMax), _run.Time, CancellationToken.None);
        _disk.Sync(batch);
        _run.World.Trace.Add((ulong)batch.Applied.Count);
        await _contents.CommitAsync(batch, CancellationToken.None);
        await CrashPointAsync();
    }

    public ValueTask DisposeAsync() => _contents.DisposeAsync();

    private async Task CrashPointAsync()
    {
        if (_disk.PassCrashPoint())
        {
            _run.Crash();
            await Task.Delay(Timeout.InfiniteTimeSpan, _run.Time); // the run ends here: nothing of it is scheduled any more
        }
    }
}
