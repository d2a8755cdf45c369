using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>Types a text into a store, makes snapshots, drops what they have.</summary>
internal sealed class Typist : IAsyncDisposable
{
    private readonly Sequence _text = new(RecordedRun.Document.Cid);

    private Typist(SqliteEventStore store, Replica replica)
    {
        Store = store;
        Replica = replica;
    }

    public static CompactionOptions Alone { get; } = new() { WithoutPeers = true };

    public SqliteEventStore Store { get; }

    public Replica Replica { get; }

    /// <summary>Opens the store of a folder and reads the text back from it.</summary>
    public static async Task<Typist> OpenAsync(TempFolder folder, StorageOptions? options = null)
    {
        SqliteEventStore store = StoreTests.Open(folder, options);
        try
        {
            Typist typist = new(store, await ReplicaOf(store));
            foreach (Event item in await typist.Replica.ViewAtAsync(typist.Replica.Status.Heads))
            {
                typist._text.Apply(item);
            }

            return typist;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public static Task<Replica> ReplicaOf(IEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store, TypeRules = DocumentRules.Create() });

    public string Text => _text.GetText();

    public async Task<Event> TypeAsync(string text)
    {
        _text.Insert(_text.Length, text);
        Event typed = await Replica.AppendEventAsync(new EventDraft { Type = SeqRules.TypeName, BuildBody = context => _text.TakeBody(context)! });
        _text.Commit(typed);
        return typed;
    }

    public async Task<List<Event>> TypeAsync(int times)
    {
        List<Event> typed = [];
        for (int i = 0; i < times; i++)
        {
            typed.Add(await TypeAsync($"line {i}, which says little. "));
        }

        return typed;
    }

    public async Task<Event> SnapshotAsync()
    {
        Event snapshot = (await SnapshotMaker.MakeAsync(Replica, Store.Blocks))!;
        _text.Apply(snapshot);
        return snapshot;
    }

    public Task<CompactionReport> CompactAsync(CompactionOptions? options = null) => Compactor.RunAsync(Replica, options ?? Alone);

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Store.DisposeAsync();
    }
}
