using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>Blocks that no valid signature covers yet have one room a session, however many documents a peer names.</summary>
public sealed class ProvisionalBudgetTests
{
    private const int Most = 10_000;
    private readonly List<Event> _chain = new Author(91).Chain(100);
    private readonly ProvisionalBudget _session = new(Most);

    [Fact]
    public void All_documents_of_a_session_share_one_room()
    {
        ProvisionalBlocks[] documents = Documents(50);
        foreach (ProvisionalBlocks document in documents)
        {
            Fill(document);
        }

        Assert.InRange(_session.Bytes, Most - 1_000, Most);
        Assert.Equal((50 * _chain.Count) - documents.Sum(static d => d.Count), documents.Sum(static d => d.Dropped));
    }

    [Fact]
    public void What_one_document_gives_back_another_may_take()
    {
        ProvisionalBlocks[] documents = Documents(2);
        Fill(documents[0]);
        int held = documents[0].Count;
        Fill(documents[1]);
        Assert.Equal(0, documents[1].Count);
        Assert.Equal(held, documents[0].PutBefore(Blocks(_chain[..1])).Count - 1); // they go to the replica with the next frame
        Assert.Equal(0, _session.Bytes);
        Fill(documents[1]);
        Assert.Equal(held, documents[1].Count);
        documents[1].DropAll();
        Assert.Equal(0, _session.Bytes);
    }

    private static SyncBlock[] Blocks(IEnumerable<Event> events) => [.. events.Select(static e => new SyncBlock(e.Bytes, e, default))];

    private ProvisionalBlocks[] Documents(int count) => [.. Enumerable.Range(0, count).Select(_ => new ProvisionalBlocks(new SyncOptions(), _session))];

    private void Fill(ProvisionalBlocks document) => Array.ForEach(Blocks(_chain), block => document.Keep(block, isBad: true));
}
