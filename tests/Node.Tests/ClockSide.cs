using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Testing.Network;

namespace P2P.Node.Tests;

/// <summary>One node of a <see cref="ClockWorld"/>.</summary>
internal sealed class ClockSide : IAsyncDisposable
{
    private static readonly (TimeProvider, ISpawner, IChance) s_runtime = (SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance);

    private readonly MemoryEventStore _store = new(SystemChance.Instance);

    private ClockSide(ClockWorld world, string? folder, Func<ClockSide, ISyncHints?> hints)
    {
        Node = world.Network.AddNode();
        Files = new ClockFiles(folder);
        Clocks = new ClockService(Node, new ClockOptions(), Files, s_runtime, NullLogger.Instance);
        ISyncHints? used = hints(this);
        IsHinted = used is ClockService;
        Dormant = new DormantDocuments(_store, "test", _ => throw new InvalidOperationException("Nothing sleeps here."), new SyncOptions(), (PoolSpawner.Instance, static () => []));
        Sync = new SyncService(Node, (Dormant, used), new SyncOptions(), s_runtime, NullLogger.Instance);
    }

    public LocalNode Node { get; }

    public DormantDocuments Dormant { get; }

    public bool IsHinted { get; }

    public ClockFiles Files { get; }

    public ClockService Clocks { get; }

    public SyncService Sync { get; }

    public Replica Replica { get; private set; } = null!;

    public static async Task<ClockSide> StartAsync(ClockWorld world, string? folder, Func<ClockSide, ISyncHints?> hints)
    {
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }

        ClockSide side = new(world, folder, hints);
        side.Replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = ClockWorld.Genesis, Store = side._store });
        await side.Clocks.AddAsync(ClockWorld.Genesis.Cid, () => [.. world.Sides.Select(static s => s.Node.LocalPeer).Where(p => p != side.Node.LocalPeer)], () => (ulong)side.Replica.Status.AppliedCount, false, CancellationToken.None);
        side.Sync.Add(side.Replica);
        return side;
    }

    public async Task<ClockMessage> HelloAsync() =>
        await Clocks.AskAsync(ClockWorld.Genesis.Cid, static c => c.Hello(), CancellationToken.None) ?? throw new InvalidOperationException("No clock.");

    public async Task<IslandStamp> ShowAsync() =>
        ClockHint.TryDecode((await Clocks.ShowAsync(ClockWorld.Genesis.Cid, Replica.Status.FrontierHash, CancellationToken.None)).Span)!.Stamp;

    /// <summary>Writes as the node's author, or first as one of several.</summary>
    public async Task WriteAsync(string text, int author = -1)
    {
        if (author >= 0)
        {
            await Replica.ContinueAsAsync(new KeySigner(PrivateKey.FromEd25519Seed([.. Enumerable.Repeat((byte)(author + 1), 32)])));
        }

        await Replica.AppendEventAsync(new EventDraft { Type = "note", Body = (byte[])[0xa1, 0x61, (byte)'t', 0x65, .. System.Text.Encoding.UTF8.GetBytes(text.PadRight(5)[..5])] });
    }

    public async ValueTask DisposeAsync()
    {
        await Sync.DisposeAsync();
        await Clocks.DisposeAsync();
        await Replica.DisposeAsync();
        await Node.DisposeAsync();
        await _store.DisposeAsync();
    }
}
