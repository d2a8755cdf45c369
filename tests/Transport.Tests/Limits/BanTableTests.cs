using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Limits;

namespace P2P.Transport.Tests.Limits;

public sealed class BanTableTests
{
    [Fact]
    public void A_ban_ends_and_a_longer_one_stands()
    {
        BanTable bans = new(8);
        PeerId peer = Peer(1);
        bans.Ban(peer, Seconds(10), Seconds(0));
        bans.Ban(peer, Seconds(5), Seconds(1));
        Assert.True(bans.IsBanned(peer, Seconds(9)));
        Assert.False(bans.IsBanned(Peer(2), Seconds(9)));
        Assert.False(bans.IsBanned(peer, Seconds(10)));

        bans.Ban(peer, Seconds(20), Seconds(11));
        bans.Unban(peer);
        Assert.False(bans.IsBanned(peer, Seconds(12)));
        Assert.Equal(0, bans.Count);
    }

    [Fact]
    public void When_it_is_full_what_has_ended_goes_first_then_what_ends_first()
    {
        BanTable bans = new(2);
        bans.Ban(Peer(1), Seconds(30), Seconds(0));
        bans.Ban(Peer(2), Seconds(10), Seconds(0));
        bans.Ban(Peer(3), Seconds(60), Seconds(20)); // the second has ended
        Assert.True(bans.IsBanned(Peer(1), Seconds(21)));
        bans.Ban(Peer(4), Seconds(60), Seconds(21));
        Assert.False(bans.IsBanned(Peer(1), Seconds(22)));
        Assert.True(bans.IsBanned(Peer(3), Seconds(22)));
        Assert.Equal(2, bans.Count);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static PeerId Peer(int seed)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance((ulong)seed));
        return key.PublicKey.PeerId;
    }
}
