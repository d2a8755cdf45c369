using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>Replicas that start with nobody in reach, and epochs.</summary>
public sealed class IslandTests
{
    private static readonly IslandId s_small = new(1, 0);
    private static readonly IslandId s_large = new(2, 0);

    [Fact]
    public void Two_islands_are_concurrent_where_two_seeds_would_be_equal()
    {
        IslandStamp a = IslandStamp.Empty.Open(s_small).Event(), b = IslandStamp.Empty.Open(s_large).Event();

        Assert.Equal(ClockOrder.Concurrent, a.CompareTo(b));
        Assert.Equal(ClockOrder.Equal, Stamp.Seed.Event().CompareTo(Stamp.Seed.Event()));
        Assert.True(a.TryJoin(b, out IslandStamp? both, out _));
        Assert.Equal((ClockOrder.Before, ClockOrder.Before), (a.CompareTo(both), b.CompareTo(both)));
    }

    [Fact]
    public void Names_of_one_peers_islands_differ()
    {
        SeededChance chance = new(1);
        PeerId peer = PeerId.FromKeyProtobuf([8, 1, 18, 32, .. new byte[32]]);

        Assert.NotEqual(IslandId.Create(peer, chance), IslandId.Create(peer, chance));
        Assert.Equal(IslandId.Create(peer, new SeededChance(2)), IslandId.Create(peer, new SeededChance(2)));
    }

    [Fact]
    public void The_larger_island_survives_and_on_a_tie_the_larger_name()
    {
        Assert.Equal(s_small, IslandStamp.ChooseSurvivor(s_small, 3, s_large, 2));
        Assert.Equal(s_large, IslandStamp.ChooseSurvivor(s_small, 2, s_large, 3));
        Assert.Equal(s_large, IslandStamp.ChooseSurvivor(s_small, 2, s_large, 2));
        Assert.Equal(s_large, IslandStamp.ChooseSurvivor(s_large, 2, s_small, 2));
    }

    [Fact]
    public void Members_of_the_smaller_island_move_and_nothing_they_knew_is_lost()
    {
        IslandStamp host = IslandStamp.Empty.Open(s_large).Event();
        IslandStamp guest = IslandStamp.Empty.Open(s_small).Event();
        IslandStamp before = guest.Peek();
        (IslandStamp kept, IslandStamp given) = host.Fork();
        guest = guest.MoveTo(s_large, given.Islands[0].Stamp);
        IslandStamp after = guest.Event();

        Assert.Equal(ClockOrder.Before, before.CompareTo(after));
        Assert.Equal(ClockOrder.Before, host.CompareTo(after));
        Assert.True(after.Islands[0].IsFrozen && after.Islands[0].Stamp.IsAnonymous);
        Assert.True(kept.TryJoin(after, out IslandStamp? both, out _));
        Assert.Equal(Id.One, both.Islands[1].Stamp.Id);
        Assert.Equal(s_large, Assert.Single(both.DropFrozen().Islands).Id);
    }

    [Fact]
    public void Overlaps_frozen_islands_and_floods_are_refused_by_name()
    {
        IslandStamp open = IslandStamp.Empty.Open(s_small);
        Assert.False(open.TryJoin(open, out _, out ClockError overlap));
        Assert.Equal(ClockError.Overlap, overlap);
        Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => open.Open(s_small)).Error);
        Assert.Equal(ClockError.NoIsland, Assert.Throws<ClockException>(() => open.Peek().Event()).Error);
        IslandStamp many = IslandStamp.Empty;
        for (int i = 0; i < IslandStamp.IslandsMax; i++)
        {
            many = many.Open(new IslandId(100, (UInt128)i));
        }

        Assert.Equal(ClockError.TooManyIslands, Assert.Throws<ClockException>(() => many.Open(s_small)).Error);
        Assert.False(many.TryJoin(open, out _, out ClockError flood));
        Assert.Equal(ClockError.TooManyIslands, flood);
    }

    [Fact]
    public void The_bytes_of_islands_are_canonical_and_strict()
    {
        IslandStamp stamp = IslandStamp.Empty.Open(s_large).Event().Open(s_small);
        byte[] bytes = stamp.Encode();

        Assert.Equal(bytes, IslandStamp.TryDecode(bytes)!.Encode());
        Assert.Equal(bytes, IslandStamp.Empty.Open(s_small).Open(s_large).TryJoin(stamp.Peek(), out IslandStamp? other, out _) ? other.Encode() : null);
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Null(IslandStamp.TryDecode(bytes.AsSpan(0, i)));
        }
    }

    [Fact]
    public void An_epoch_lies_above_what_its_checkpoint_covers_and_beside_what_it_does_not()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed(new byte[32]);
        Cid document = Cid.ForDagCbor([1]), snapshot = Cid.ForDagCbor([2]);
        (Stamp a, Stamp b) = Stamp.Seed.Fork();
        a = a.Event();
        EpochCheckpoint checkpoint = EpochCheckpoint.Sign(document, 1, a.Events, snapshot, new KeySigner(key));
        EpochStamp covered = new(0, a), missed = new(0, b.Event()), fresh = EpochStamp.Open(checkpoint);

        Assert.Equal(ClockOrder.Before, covered.CompareTo(fresh, checkpoint));
        Assert.Equal(ClockOrder.After, fresh.CompareTo(covered, checkpoint));
        Assert.Equal(ClockOrder.Concurrent, missed.CompareTo(fresh, checkpoint));
        Assert.Equal(ClockOrder.Concurrent, covered.CompareTo(fresh, opening: null));
        Assert.Equal(ClockOrder.Before, fresh.CompareTo(fresh with { Stamp = fresh.Stamp.Event() }, opening: null));
        Assert.Equal("30", Convert.ToHexStringLower(fresh.Stamp.Encode()));
    }

    [Fact]
    public void A_checkpoint_that_was_touched_is_refused()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed(new byte[32]);
        byte[] bytes = EpochCheckpoint.Sign(Cid.ForDagCbor([1]), 3, EventTree.Leaf(4), Cid.ForDagCbor([2]), new KeySigner(key)).Encode();
        EpochCheckpoint? read = EpochCheckpoint.TryVerify(bytes);

        Assert.Equal((3, EventTree.Leaf(4), Cid.ForDagCbor([2])), (read!.Epoch, read.Closed, read.Snapshot));
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] touched = [.. bytes];
            touched[i] ^= 1;
            Assert.Null(EpochCheckpoint.TryVerify(touched));
            Assert.Null(EpochCheckpoint.TryVerify(bytes.AsSpan(0, i)));
        }
    }
}
