using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests;

/// <summary>The database is taken away under a running program. What is written to a file without a name is gone with the program: it must not be acknowledged.</summary>
public sealed class LostStoreTests
{
    private static readonly Genesis s_document = Genesis.Create("test", "lost");
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Theory]
    [InlineData("deleted")]
    [InlineData("moved")]
    [InlineData("replaced")]
    public async Task Nothing_is_acknowledged_once_the_database_is_no_longer_the_file_of_its_name(string how)
    {
        using TempFolder folder = new();
        string database = Path.Combine(folder.Path, SqliteEventStore.FileName);
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        Event before = await replica.AppendEventAsync(s_note);
        Event kept = await replica.AppendEventAsync(s_note);

        switch (how)
        {
            case "deleted":
                Array.ForEach(Directory.GetFiles(folder.Path, SqliteEventStore.FileName + "*"), File.Delete);
                break;
            case "moved":
                File.Move(database, database + ".away");
                break;
            default:
                File.Copy(database, database + ".copy");
                File.Move(database + ".copy", database, overwrite: true);
                break;
        }

        for (int i = 0; i < 3; i++)
        {
            ReplicaException refused = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note));
            Assert.Equal(ReplicaError.StoreFailed, refused.Error);
            Assert.Equal(StoreError.Lost, Assert.IsType<StoreException>(refused.InnerException).Error);
        }

        StoreException named = await Assert.ThrowsAsync<StoreException>(() => store.PinAsync(before.Cid, default));
        Assert.Equal(StoreError.Lost, named.Error);
        Assert.Contains(database, named.Message, StringComparison.Ordinal);
        Assert.Equal(StoreError.Lost, replica.Status.Fault);
        Assert.NotNull(await store.GetBlockAsync(kept.Cid, default)); // reads go on
    }

    [Fact]
    public async Task What_came_with_the_loss_is_refused_too()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = StoreTests.Open(folder);
        Array.ForEach(Directory.GetFiles(folder.Path, SqliteEventStore.FileName + "*"), File.Delete);

        List<Task> writes = [.. Enumerable.Range(0, 20).Select(i => store.PinAsync(P2P.Core.Multiformats.Cid.ForRaw([(byte)i]), default))];

        foreach (Task write in writes)
        {
            Assert.Equal(StoreError.Lost, (await Assert.ThrowsAsync<StoreException>(() => write)).Error);
        }
    }
}
