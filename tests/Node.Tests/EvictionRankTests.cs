using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Adapters;

namespace P2P.Node.Tests;

/// <summary>The order of the holders of a block.</summary>
public sealed class EvictionRankTests
{
    private readonly SeededChance _chance = new(1);

    [Fact]
    public void Of_all_holders_of_a_block_all_agree_on_one_order()
    {
        PeerId[] peers = [.. Enumerable.Range(0, 12).Select(_ => Peer())];
        for (int i = 0; i < 50; i++)
        {
            Cid cid = Block();
            int[] below = [.. peers.Select(one => peers.Count(other => EvictionRank.IsAbove(one, other, cid)))];
            Assert.Equal(Enumerable.Range(0, peers.Length), below.Order());
        }
    }

    [Fact]
    public void Each_of_two_gives_way_for_about_half_of_the_blocks()
    {
        (PeerId one, PeerId other) = (Peer(), Peer());
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => EvictionRank.IsAbove(one, other, Block())), 400, 600);
    }

    [Fact]
    public void Nobody_stands_above_itself()
    {
        PeerId peer = Peer();
        Assert.False(EvictionRank.IsAbove(peer, peer, Block()));
    }

    private PeerId Peer() => PeerId.FromKeyProtobuf(Bytes());

    private Cid Block() => Cid.ForRaw(Bytes());

    private byte[] Bytes()
    {
        byte[] bytes = new byte[36];
        _chance.Fill(bytes);
        return bytes;
    }
}
