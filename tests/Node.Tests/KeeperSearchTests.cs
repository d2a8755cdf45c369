using System.Collections.Concurrent;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Adapters;
using P2P.Storage;
using P2P.Storage.Eviction;

namespace P2P.Node.Tests;

/// <summary>Whom a node believes that its blocks are kept, between real nodes whose shelves the test fills.</summary>
public sealed class KeeperSearchTests
{
    private const int BlockBytes = 2000;

    [Fact]
    public async Task Of_two_that_look_for_each_others_word_at_once_one_drops_each_block_and_the_other_keeps_it()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync();
        (Shelf here, Shelf there) = (new Shelf(24), new Shelf(24));
        await using KeepDesk one = new(first.Parts.Network, here, TimeProvider.System);
        await using KeepDesk other = new(second.Parts.Network, there, TimeProvider.System);
        await MeetAsync(first, second, watchdog);
        (P2POptions asFirst, P2POptions asSecond) = (Trusting(first, second), Trusting(second, first));
        KeeperSearch mine = new(first.Parts.Services with { Options = asFirst }, one, () => [second.PeerId]);
        KeeperSearch theirs = new(second.Parts.Services with { Options = asSecond }, other, () => [first.PeerId]);

        IReadOnlyList<EvictionCandidate> all = Candidates(24);
        while (here.Count + there.Count > 24) // on a slow machine one may end before the other begins
        {
            watchdog.ThrowIfCancellationRequested();
            one.Leaving.Mark(all.Select(static candidate => candidate.Cid));
            other.Leaving.Mark(all.Select(static candidate => candidate.Cid)); // so neither is early enough to find the other without a mark
            await Task.WhenAll(DropAsync(mine, one, here, watchdog), DropAsync(theirs, other, there, watchdog));
            Assert.All(all, candidate => Assert.True(here.Has(candidate.Cid) || there.Has(candidate.Cid)));
        }

        Assert.Equal(24, here.Count + there.Count);
    }

    [Fact]
    public async Task A_stranger_is_believed_for_as_many_bytes_as_may_be_fetched_from_it()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode node = await TestNodes.StartAsync();
        await using P2PNode stranger = await TestNodes.StartAsync();
        Shelf shelf = new(10);
        await using KeepDesk answering = new(stranger.Parts.Network, shelf, TimeProvider.System);
        await using KeepDesk asking = new(node.Parts.Network, new Shelf(10), TimeProvider.System);
        await MeetAsync(node, stranger, watchdog);
        for (int i = 0; i < 10; i++)
        {
            await stranger.Blocks.AddBlockAsync(Name(i), Data(i), watchdog);
        }

        P2POptions options = node.Parts.Options with { Storage = new StorageOptions { EvictProofBytes = (3 * BlockBytes) + 1 } };
        KeeperSearch search = new(node.Parts.Services with { Options = options }, asking, () => [stranger.PeerId]);

        search.Begin();
        Assert.Equal(3, (await search.FindAsync(Candidates(10), watchdog)).Count);
        Assert.Empty(await search.FindAsync(Candidates(10), watchdog));
        search.Begin();
        Assert.Equal(3, (await search.FindAsync(Candidates(10), watchdog)).Count);
    }

    [Fact]
    public async Task A_stranger_that_does_not_give_one_block_is_asked_for_no_other_until_room_is_made_again()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode node = await TestNodes.StartAsync();
        await using P2PNode stranger = await TestNodes.StartAsync();
        await using KeepDesk answering = new(stranger.Parts.Network, new Shelf(10), TimeProvider.System); // which has none to give
        await using KeepDesk asking = new(node.Parts.Network, new Shelf(10), TimeProvider.System);
        await MeetAsync(node, stranger, watchdog);
        KeeperSearch search = new(node.Parts.Services, asking, () => [stranger.PeerId]);

        search.Begin();
        Assert.Empty(await search.FindAsync(Candidates(10), watchdog));
        Assert.Empty(await search.FindAsync(Candidates(10), watchdog));
        Assert.Equal((1, 1), (asking.Refused(KeepRefusal.NotGiven), asking.Refused(KeepRefusal.None)));
    }

    [Fact]
    public async Task Peers_of_the_settings_are_asked_first_and_of_many_others_not_always_the_same()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        SeededChance chance = new(3);
        PeerId[] strangers = [.. Enumerable.Range(0, 40).Select(_ => Some(chance))];
        PeerId friend = Some(chance);
        P2POptions options = node.Parts.Options with { Chance = chance, Peers = [Multiaddr.Parse($"/ip4/127.0.0.1/tcp/1/p2p/{friend}")] };
        await using KeepDesk desk = new(node.Parts.Network, new Shelf(0), TimeProvider.System);
        KeeperSearch search = new(node.Parts.Services with { Options = options }, desk, () => [.. strangers, friend]);

        PeerId[][] asked = [.. Enumerable.Range(0, 40).Select(_ => search.Witnesses().ToArray())];

        Assert.All(asked, peers => Assert.Equal((friend, 8), (peers[0], peers.Distinct().Count())));
        Assert.Equal(strangers.Order(), asked.SelectMany(static peers => peers.Skip(1)).Distinct().Order());
    }

    [Fact]
    public async Task Nobody_who_is_asked_in_another_tongue_gets_an_answer()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode node = await TestNodes.StartAsync();
        await using P2PNode stranger = await TestNodes.StartAsync();
        await using KeepDesk desk = new(node.Parts.Network, new Shelf(1), TimeProvider.System);
        await MeetAsync(stranger, node, watchdog);
        Transport.Connections.PeerStream stream = await stranger.Parts.Network.OpenStreamAsync(node.PeerId, [KeepWire.Protocol], watchdog);
        await stream.Stream.WriteAsync(new byte[] { 3, 1, 2, 3 }, watchdog);
        await stream.Stream.CloseWriteAsync(watchdog);

        while (desk.Refused(KeepRefusal.Malformed) == 0)
        {
            await Task.Delay(10, watchdog);
        }

        stream.Stream.Abort();
    }

    /// <summary>Both know what the other speaks.</summary>
    private static async Task MeetAsync(P2PNode one, P2PNode other, CancellationToken watchdog)
    {
        await one.Parts.Network.DialAsync(other.Addresses[0], watchdog);
        while (one.Parts.Network.ProtocolsOf(other.PeerId).Count == 0 || other.Parts.Network.ProtocolsOf(one.PeerId).Count == 0)
        {
            await Task.Delay(10, watchdog);
        }
    }

    private static async Task DropAsync(KeeperSearch search, KeepDesk desk, Shelf shelf, CancellationToken watchdog)
    {
        search.Begin();
        foreach (EvictionCandidate kept in await search.FindAsync([.. Candidates(24).Where(candidate => shelf.Has(candidate.Cid))], watchdog))
        {
            shelf.Drop(kept.Cid);
        }

        desk.Leaving.Clear();
    }

    private static P2POptions Trusting(P2PNode node, P2PNode other) => node.Parts.Options with { Peers = [other.Addresses[0]] };

    private static IReadOnlyList<EvictionCandidate> Candidates(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => new EvictionCandidate(Name(i), i + 1, BlockBytes, EvictionClass.Payload))];

    private static PeerId Some(SeededChance chance)
    {
        byte[] key = new byte[36];
        chance.Fill(key);
        return PeerId.FromKeyProtobuf(key);
    }

    private static byte[] Data(int number)
    {
        byte[] data = new byte[BlockBytes];
        new SeededChance((ulong)number).Fill(data);
        return data;
    }

    private static Cid Name(int number) => Cid.ForRaw(Data(number));

    /// <summary>Blocks that can be dropped.</summary>
    private sealed class Shelf(int count) : IBlockStore
    {
        private readonly ConcurrentDictionary<Cid, byte[]> _blocks = new(Enumerable.Range(0, count).Select(static i => KeyValuePair.Create(Name(i), Data(i))));

        public int Count => _blocks.Count;

        public bool Has(Cid cid) => _blocks.ContainsKey(cid);

        public void Drop(Cid cid) => _blocks.TryRemove(cid, out _);

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_blocks.TryGetValue(cid, out byte[]? data) ? data : default(ReadOnlyMemory<byte>?));

        public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(Has(cid));

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
