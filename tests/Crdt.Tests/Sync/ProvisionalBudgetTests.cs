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

    [Fact]
    public void A_frame_costs_looks_at_what_is_held_of_its_own_authors_only()
    {
        ProvisionalBlocks document = new(new SyncOptions(), new ProvisionalBudget(long.MaxValue));
        List<Event>[] chains = [.. Enumerable.Range(100, 20).Select(static number => new Author(number).Chain(30))];
        for (int i = 0; i < 30; i++)
        {
            Array.ForEach(Blocks(chains.Select(chain => chain[i])), block => document.Keep(block, isBad: true)); // mixed, as they come
        }

        for (int frame = 0; frame < 50; frame++)
        {
            Assert.Single(document.PutBefore(Blocks(_chain.Skip(frame).Take(1))));
        }

        Assert.Equal((0L, 600), (document.Looks, document.Count));
        SyncBlock[] fresh = Blocks([_chain[0], new Author(105).Write(chains[5][^1]), new Author(103).Write(chains[3][^1])]);
        List<SyncBlock> all = document.PutBefore(fresh);

        Assert.Equal((60L, 540, 63), (document.Looks, document.Count, all.Count));
        Event[] older = [.. Enumerable.Range(0, 30).SelectMany(i => new[] { chains[3][i], chains[5][i] })];
        Assert.Equal(older.Select(static e => e.Cid).Concat(fresh.Select(static b => b.Decoded!.Cid)), all.Select(static b => b.Decoded!.Cid));
    }

    private static SyncBlock[] Blocks(IEnumerable<Event> events) => [.. events.Select(static e => new SyncBlock(e.Bytes, e, default))];

    private ProvisionalBlocks[] Documents(int count) => [.. Enumerable.Range(0, count).Select(_ => new ProvisionalBlocks(new SyncOptions(), _session))];

    private void Fill(ProvisionalBlocks document) => Array.ForEach(Blocks(_chain), block => document.Keep(block, isBad: true));
}
