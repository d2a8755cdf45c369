using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Events;

public sealed class TicketTests
{
    private static readonly Multiaddr s_address =
        Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5");

    [Fact]
    public void A_ticket_is_read_back_as_it_was_written()
    {
        Ticket ticket = new(Vectors.Genesis, [s_address]);

        Assert.True(Ticket.TryParse("  " + ticket + "\n", out Ticket? read, out _));
        Assert.StartsWith("p2pdoc", ticket.ToString(), StringComparison.Ordinal);
        Assert.Equal(Vectors.Genesis.Cid, read!.Genesis.Cid);
        Assert.Equal([s_address], read.Addresses);
    }

    [Theory]
    [InlineData("")]
    [InlineData("p2pdoc")]
    [InlineData("p2pdocaaaa")]
    [InlineData("p2pdoc!!!!")]
    [InlineData("https://example.org")]
    public void What_is_no_ticket_is_refused(string text)
    {
        Assert.False(Ticket.TryParse(text, out Ticket? ticket, out InvalidReason reason));
        Assert.Null(ticket);
        Assert.NotEqual(InvalidReason.None, reason);
    }

    [Fact]
    public void A_ticket_with_four_addresses_or_one_without_a_peer_is_refused()
    {
        Assert.False(Ticket.TryParse(new Ticket(Vectors.Genesis, [s_address, s_address, s_address, s_address]).ToString(), out _, out InvalidReason many));
        Assert.Equal(InvalidReason.Limit, many);
        Assert.False(Ticket.TryParse(new Ticket(Vectors.Genesis, [s_address.WithoutPeer()]).ToString(), out _, out InvalidReason bare));
        Assert.Equal(InvalidReason.Schema, bare);
    }

    [Fact]
    public void A_newer_ticket_is_refused_by_version()
    {
        P2P.Core.Encoding.DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("v");
        writer.WriteUInt(2);
        string text = Ticket.Prefix + Multibase.EncodeRaw(MultibaseEncoding.Base32, writer.WrittenSpan);

        Assert.False(Ticket.TryParse(text, out _, out InvalidReason reason));
        Assert.Equal(InvalidReason.Version, reason);
    }

    [Fact]
    public void A_genesis_needs_sorted_distinct_keys_and_short_names()
    {
        Genesis listed = Genesis.Create("n", "d", [Vectors.SignerB.Author, Vectors.SignerA.Author]);
        Assert.Equal(listed.Cid, Genesis.Create("n", "d", [Vectors.SignerA.Author, Vectors.SignerB.Author]).Cid);
        Assert.Throws<ArgumentException>(() => Genesis.Create("n", "d", [Vectors.SignerA.Author, Vectors.SignerA.Author]));
        Assert.Throws<ArgumentException>(() => Genesis.Create(new string('n', 65), "d"));
        Assert.Throws<ArgumentException>(() => Genesis.Create("n", new string('d', 257)));
        Assert.Equal(256, Genesis.Create(new string('n', 64), new string('d', 256)).Name.Length);
        byte[] newer = listed.Bytes.ToArray();
        newer[newer.AsSpan().IndexOf("av"u8) + 2] = 2;
        Assert.False(Genesis.TryDecode(newer, out _, out InvalidReason reason));
        Assert.Equal(InvalidReason.Version, reason);
    }
}
