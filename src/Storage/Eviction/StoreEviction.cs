using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Eviction;

/// <summary>
/// Makes room in a store that is nearly at its quota, while it runs. Never goes: an event, a genesis, what own events link to, pinned roots and pinned
/// documents with all below them, the data of snapshots from which dropped events are read, the data of a document's newest snapshot, and what was stored
/// within <see cref="StorageOptions.EvictAge"/> or under a <see cref="Hold"/>. Thread-safe.
/// </summary>
/// <remarks>Spec: durability, section 7.</remarks>
public sealed class StoreEviction
{
    private const int BatchBlocks = 64;

    private readonly StoreWriter _writer;
    private readonly StoreReaders _readers;
    private readonly StoreSpace _space;
    private readonly StorageOptions _options;
    private readonly Func<ISigner?> _signer;

    internal StoreEviction(StoreWriter writer, StoreReaders readers, StoreSpace space, StorageOptions options, Func<ISigner?> signer)
    {
        _writer = writer;
        _readers = readers;
        _space = space;
        _options = options;
        _signer = signer;
    }

    /// <summary>Bytes of the database in use.</summary>
    public long UsedBytes => _space.UsedBytes;

    /// <summary>How many bytes should go now; 0 while less than <see cref="StorageOptions.EvictAtPercent"/> of the quota is used.</summary>
    public long BytesToFree => EvictionPolicy.BytesToFree(_space.UsedBytes, _options.QuotaBytes, _options.EvictAtPercent);

    /// <summary>Called after a commit that left <see cref="BytesToFree"/> above 0, where the writer runs: it must not wait. Null for nobody.</summary>
    public Action? Pressed
    {
        get => _writer.Pressed;
        set => _writer.Pressed = value;
    }

    /// <summary>What is stored until this is disposed stays: for whoever stores blocks first and links to them, or pins them, at the end.</summary>
    public IDisposable Hold() => _writer.Ages.Hold();

    /// <summary>Notes the time, without which nothing that is stored from now on gets old.</summary>
    /// <param name="now">Since any moment that stays the same.</param>
    public void Tick(TimeSpan now) => _writer.Ages.Tick(now, _options.EvictAge);

    /// <summary>Finds what may go. Reads the names of all blocks and all events, beside the writer.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The store failed or is closed.</exception>
    public async Task<EvictionPlan> SurveyAsync(CancellationToken cancellationToken = default)
    {
        StoreWrite open = new() { Survey = true };
        await _writer.WriteAsync(open, cancellationToken); // what is committed from now on is looked at by the writer
        ReadOnlyMemory<byte> author = _signer()?.Author ?? default;
        IReadOnlyList<EvictionCandidate> found = await new EvictionSurvey(_readers, author).RunAsync(open.SurveyFloor, cancellationToken);
        return new EvictionPlan { Candidates = found, Number = open.SurveyNumber };
    }

    /// <summary>Drops blocks of a plan, in their order, some at a time. Each may be fetched and stored again.</summary>
    /// <param name="plan">The newest plan; of an older one nothing goes.</param>
    /// <param name="chosen">Candidates of the plan. That somebody else keeps them is the caller's business.</param>
    /// <param name="cancellationToken">What went by then stays gone.</param>
    /// <exception cref="StoreException">The store failed; then the blocks of the last step are all there, or all gone.</exception>
    public async Task<StoreEvicted> EvictAsync(EvictionPlan plan, IReadOnlyList<EvictionCandidate> chosen, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(chosen);
        StoreEvicted sum = default;
        foreach (EvictionCandidate[] batch in chosen.Chunk(BatchBlocks))
        {
            StoreWrite write = new() { Evict = (plan.Number, batch) };
            await _writer.WriteAsync(write, cancellationToken);
            sum = new StoreEvicted(sum.Blocks + write.Evicted.Blocks, sum.Bytes + write.Evicted.Bytes, write.Evicted.IsOutdated);
            if (sum.IsOutdated)
            {
                break;
            }
        }

        return sum;
    }
}
