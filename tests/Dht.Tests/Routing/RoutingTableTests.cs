using FsCheck.Fluent;
using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests.Routing;

public sealed class RoutingTableTests
{
    private static readonly PeerId s_self = Ids.Peer(-1);
    private static readonly KadKey s_selfKey = KadKey.Of(s_self);

    [Fact]
    public void Whatever_happens_buckets_hold_at_most_k_of_their_prefix_and_never_ourselves()
    {
        // Each number is an operation on one of 400 peers: offer, fail, remove, use.
        Properties.Check(size: 2000, tests: 60, property: Prop.ForAll<ushort[]>(operations =>
        {
            RoutingTable table = new(s_self, k: 5, (3, 2));
            HashSet<PeerId> model = [];
            TimeSpan now = default;
            foreach (ushort operation in operations)
            {
                now += TimeSpan.FromSeconds(1);
                PeerId peer = operation % 401 == 400 ? s_self : Ids.Peer(operation % 401);
                switch (operation / 401 % 4)
                {
                    case 0 or 1:
                        table.Add(peer, [], now, out _);
                        break;
                    case 2:
                        table.MarkFailed(peer, 2);
                        break;
                    default:
                        table.Remove(peer);
                        break;
                }
            }

            foreach ((int bucket, TableEntry entry) in table.Entries())
            {
                Assert.NotEqual(s_self, entry.Peer);
                Assert.Equal(bucket, s_selfKey.CommonPrefix(KadKey.Of(entry.Peer)));
                Assert.True(model.Add(entry.Peer), "twice in the table");
            }

            Assert.Equal(model.Count, table.Count);
            Assert.All(table.Entries().GroupBy(static e => e.Bucket), static b => Assert.True(b.Count() <= 5));
            KadKey target = KadKey.Of(Ids.Peer(operations.Length));
            Assert.Equal(
                model.OrderBy(p => table.Find(p)!.Failures > 0).ThenBy(p => KadKey.Of(p).DistanceTo(target)).Take(7),
                table.Closest(target, 7));
        }));
    }

    [Fact]
    public void A_full_bucket_keeps_its_members_and_names_the_oldest_to_be_pinged()
    {
        RoutingTable table = new(s_self, k: 3, (3, 2));
        List<PeerId> peers = [.. Ids.InBucket(s_selfKey, 0).Take(5)];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(TableAdd.Added, table.Add(peers[i], [], TimeSpan.FromSeconds(i), out _));
        }

        table.MarkUseful(peers[0], TimeSpan.FromSeconds(10));
        Assert.Equal(TableAdd.BucketFull, table.Add(peers[3], [], TimeSpan.FromSeconds(11), out TableEntry? doubtful));
        Assert.Equal(peers[1], doubtful!.Peer);
        Assert.Null(table.Find(peers[3]));

        // The oldest is dead: the newcomer takes its place, nobody else moves.
        Assert.True(table.Remove(peers[1]));
        Assert.Equal([peers[0], peers[2], peers[3]], table.Entries().Select(static e => e.Entry.Peer));
    }

    [Fact]
    public void A_peer_that_failed_lately_is_told_last_and_removed_after_the_limit()
    {
        RoutingTable table = new(s_self, k: 20, (3, 2));
        table.Add(Ids.Peer(1), [], default, out _);
        table.Add(Ids.Peer(2), [], default, out _);
        KadKey target = KadKey.Of(Ids.Peer(1));
        Assert.False(table.MarkFailed(Ids.Peer(1), 2));
        Assert.Equal([Ids.Peer(2), Ids.Peer(1)], table.Closest(target, 2));

        table.MarkUseful(Ids.Peer(1), TimeSpan.FromSeconds(1));
        Assert.Equal([Ids.Peer(1), Ids.Peer(2)], table.Closest(target, 2));
        Assert.False(table.MarkFailed(Ids.Peer(1), 2));
        Assert.True(table.MarkFailed(Ids.Peer(1), 2));
        Assert.Equal([Ids.Peer(2)], table.Closest(target, 2));
    }

    [Fact]
    public void We_are_never_in_our_own_table()
    {
        RoutingTable table = new(s_self, k: 20, (3, 2));
        Assert.Equal(TableAdd.Self, table.Add(s_self, [], default, out _));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Three_peers_of_a_public_group_enter_the_table_and_two_a_bucket()
    {
        RoutingTable table = new(s_self, k: 20, (3, 2));
        List<PeerId> near = [.. Ids.InBucket(s_selfKey, 1).Take(3)];
        List<PeerId> far = [.. Ids.InBucket(s_selfKey, 0).Take(3)];
        Assert.Equal(TableAdd.Added, table.Add(near[0], [7], default, out _));
        Assert.Equal(TableAdd.Added, table.Add(near[1], [7], default, out _));
        Assert.Equal(TableAdd.GroupLimit, table.Add(near[2], [7], default, out _));
        Assert.Equal(TableAdd.Added, table.Add(far[0], [7], default, out _));
        Assert.Equal(TableAdd.GroupLimit, table.Add(far[1], [7], default, out _));
        Assert.Equal(TableAdd.Added, table.Add(far[1], [8], default, out _));

        table.Remove(near[0]);
        Assert.Equal(TableAdd.Added, table.Add(near[2], [7], default, out _));
    }

    [Fact]
    public void Ten_thousand_sybils_from_sixteen_networks_displace_no_honest_entry()
    {
        // limits T10: 200 honest peers first, then sybils; then the honest entries must still be there, and sybils few.
        RoutingTable table = new(s_self, k: 20, (3, 2));
        for (int i = 0; i < 200; i++)
        {
            table.Add(Ids.Peer(i), [(ulong)(1000 + i)], default, out _);
        }

        HashSet<PeerId> honest = [.. table.Entries().Select(static e => e.Entry.Peer)];
        for (int i = 0; i < 10_000; i++)
        {
            table.Add(Ids.Peer(10_000 + i), [(ulong)(i % 16)], TimeSpan.FromSeconds(1), out _);
        }

        List<PeerId> after = [.. table.Entries().Select(static e => e.Entry.Peer)];
        Assert.Equal(honest.Count, after.Count(honest.Contains));
        Assert.True(after.Count - honest.Count <= 16 * 3, $"{after.Count - honest.Count} sybils");
    }

    [Fact]
    public void Peers_that_wait_for_a_full_bucket_are_bounded()
    {
        RoutingTable table = new(s_self, k: 2, (3, 2));
        List<PeerId> peers = [.. Ids.InBucket(s_selfKey, 0).Take(2 + RoutingTable.WaitingMax + 3)];
        peers.ForEach(p => table.Add(p, [], default, out _));

        // Remove members for ever: only the remembered newcomers come in.
        int entered = 0;
        while (table.Entries().Select(static e => e.Entry.Peer).FirstOrDefault() is { IsNone: false } first)
        {
            table.Remove(first);
            entered++;
        }

        Assert.Equal(2 + RoutingTable.WaitingMax, entered);
    }

    [Fact]
    public void The_rank_of_a_member_counts_those_nearer()
    {
        RoutingTable table = new(s_self, k: 20, (3, 2));
        KadKey target = KadKey.Of("key"u8);
        List<PeerId> order = Ids.Nearest(target, 10);
        order.ForEach(p => table.Add(p, [], default, out _));
        Assert.Equal(Enumerable.Range(0, 10), order.Select(p => table.RankOf(p, target)));
        Assert.Equal(int.MaxValue, table.RankOf(Ids.Peer(500), target));
    }
}
