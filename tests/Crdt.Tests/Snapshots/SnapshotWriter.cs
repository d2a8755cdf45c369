using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Snapshots;

/// <summary>One who types, and makes snapshots, honest ones or not.</summary>
internal sealed class SnapshotWriter : IAsyncDisposable
{
    private readonly MemoryEventStore _store;
    private readonly Sequence _text = new(Author.Genesis.Cid);

    private SnapshotWriter(MemoryEventStore store, Replica replica)
    {
        _store = store;
        Replica = replica;
    }

    public Replica Replica { get; }

    public MemoryBlockStore Blocks { get; } = new();

    public ReadOnlyMemory<byte> Key => _store.Signer!.Author;

    public string Text => _text.GetText();

    public static async Task<SnapshotWriter> StartAsync(ulong seed)
    {
        MemoryEventStore store = new(new SeededChance(seed));
        return new SnapshotWriter(store, await OpenAsync(store));
    }

    public static Task<Replica> OpenAsync(IEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store, TypeRules = DocumentRules.Create() });

    public async Task TypeAsync(string text)
    {
        _text.Insert(_text.Length, text);
        _text.Commit(await Replica.AppendEventAsync(new EventDraft { Type = SeqRules.TypeName, BuildBody = context => _text.TakeBody(context)! }));
    }

    public async Task<Event> SnapshotAsync()
    {
        Event snap = (await SnapshotMaker.MakeAsync(Replica, Blocks))!;
        await Blocks.PutAsync(new Block(snap.Cid, snap.Bytes), CancellationToken.None);
        return snap;
    }

    /// <summary>Signs whatever body there is.</summary>
    public async Task<Event> SignAsync(SnapBody body)
    {
        Event snap = await Replica.AppendEventAsync(new EventDraft { Type = FederationTypes.Snapshot, Body = body.Encode() });
        await Blocks.PutAsync(new Block(snap.Cid, snap.Bytes), CancellationToken.None);
        return snap;
    }

    /// <summary>Data blocks for bytes that are a snapshot, or nearly one.</summary>
    public async Task<Cid> PutAsync(byte[] data)
    {
        Cid last = default;
        foreach (Block block in SnapshotData.Split(data))
        {
            await Blocks.PutAsync(block, CancellationToken.None);
            last = block.Cid;
        }

        return last;
    }

    /// <summary>The plain form of the text, whose first section is the text itself.</summary>
    public async Task<byte[]> ExportAsync() => _text.ExportSnapshot(await Replica.ViewAtAsync([.. _text.Version.Heads]), SnapshotForm.Canonical);

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await _store.DisposeAsync();
    }
}
