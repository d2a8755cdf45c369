using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>How the author key is replaced when it was used elsewhere.</summary>
public sealed class DocumentAuthorTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_replica_that_closes_while_it_appends_gets_one_fresh_key_and_not_one_after_the_other()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        P2POptions options = TestNodes.Options();
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Genesis.Create("test", "reused"), Store = store });
        Event mine = await replica.AppendEventAsync(new EventDraft { Type = "note" });
        AppendContext elsewhere = new(mine.Document, store.Signer!.Author, 1, default, [], 1);
        Event twin = EventCodec.Sign(elsewhere, new EventDraft { Type = "other" }, 0, store.Signer!, out _)!;
        await replica.InsertPackAsync([twin.Bytes]);
        Assert.True(replica.Status.IdentityReused);

        Event written = await author.AppendAsync(replica, new EventDraft { Type = "note" }); // the author does not know it: it was taken off the list

        Assert.Equal(1, author.Renewals);
        Assert.Equal(new[] { mine.Cid, twin.Cid }.Order(), written.Dependencies);
        await author.AppendAsync(replica, new EventDraft { Type = "note" });
        Assert.Equal(1, author.Renewals);
    }
}
