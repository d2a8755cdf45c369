using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Testing.Simulation;

/// <summary>
/// What a node keeps over a crash: its author key and the batches that were synced. What was written and not synced survives a crash up to a
/// random point, as pages in a disk's cache do.
/// </summary>
/// <remarks>Spec: simulation, section 4 (disk).</remarks>
public sealed class SimulatedDisk
{
    private readonly List<StoreBatch> _synced = [];
    private readonly List<StoreBatch> _pending = [];

    internal SimulatedDisk(PrivateKey author, ulong epoch)
    {
        Author = author;
        Epoch = epoch;
    }

    /// <summary>Batches written since the disk is there, synced or not.</summary>
    public long Writes { get; private set; }

    /// <summary>Crash points passed: before a write, between write and sync, between sync and acknowledgement.</summary>
    public long CrashPoints { get; private set; }

    /// <summary>Pulls the plug at this crash point (see <see cref="CrashPoints"/>). Default: never.</summary>
    public long CrashAt { get; set; } = long.MaxValue;

    /// <summary>While set, every write fails with it. Reads go on.</summary>
    public StoreError Fault { get; set; }

    internal PrivateKey Author { get; private set; }

    internal ulong Epoch { get; private set; }

    internal IReadOnlyList<StoreBatch> Synced => _synced;

    /// <summary>Events that are applied here and survive whatever happens but <see cref="Restore"/> and <see cref="Rollback"/>.</summary>
    internal IEnumerable<Cid> Applied => _synced.SelectMany(static batch => batch.Applied).Select(static applied => applied.Cid);

    /// <summary>A copy of what is synced now: a backup.</summary>
    public SimulatedDisk Copy()
    {
        SimulatedDisk copy = new(Author, Epoch);
        copy._synced.AddRange(_synced);
        return copy;
    }

    /// <summary>
    /// Puts a backup back, as an operator would. The store finds that its generation marker does not fit and goes on under a new author key.
    /// </summary>
    /// <param name="backup">From <see cref="Copy"/>.</param>
    /// <param name="chance">Draws the new key.</param>
    public void Restore(SimulatedDisk backup, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(backup);
        _pending.Clear();
        _synced.Clear();
        _synced.AddRange(backup._synced);
        Author = PrivateKey.Generate(KeyType.Ed25519, chance);
        Epoch = chance.NextUInt64();
    }

    /// <summary>
    /// Puts a backup back with its generation marker, as the snapshot of a virtual machine does: the store cannot notice, and numbers of the old author
    /// key are used twice. The node finds out when it meets an event of its own that it does not know, and goes on under a new key.
    /// </summary>
    /// <param name="backup">From <see cref="Copy"/>.</param>
    public void Rollback(SimulatedDisk backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        _pending.Clear();
        _synced.Clear();
        _synced.AddRange(backup._synced);
        Author = backup.Author;
        Epoch = backup.Epoch;
    }

    internal void Renew(PrivateKey author) => Author = author;

    internal bool PassCrashPoint() => CrashPoints++ == CrashAt;

    internal void Write(StoreBatch batch)
    {
        Writes++;
        _pending.Add(batch);
    }

    internal void Sync(StoreBatch batch)
    {
        // One file: what was written before is synced with it.
        int count = _pending.IndexOf(batch) + 1;
        _synced.AddRange(_pending.Take(count));
        _pending.RemoveRange(0, count);
    }

    internal void Crash(IChance chance)
    {
        _synced.AddRange(_pending.Take(chance.Below(_pending.Count + 1)));
        _pending.Clear();
    }
}
