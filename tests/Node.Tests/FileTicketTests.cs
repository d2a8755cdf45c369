using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Node.Files;

namespace P2P.Node.Tests;

/// <summary>Tickets of files: pasted by people, made by strangers.</summary>
public sealed class FileTicketTests
{
    private static readonly Multiaddr s_address = Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWPB4Uu8xfG6QkdA9HzcRUgG1nmYNAzkyq6osijn4ThZ7P");
    private static readonly FileTicket s_ticket = new(Cid.ForRaw([1]), "photo.jpg", [s_address]);

    [Fact]
    public void A_ticket_comes_back_as_it_was_made_with_space_around_it()
    {
        Assert.True(FileTicket.TryParse($"  {s_ticket}\n", out FileTicket? read, out bool isNewer));
        Assert.False(isNewer);
        Assert.Equal((s_ticket.Cid, s_ticket.Name), (read!.Cid, read.Name));
        Assert.Equal(s_ticket.Addresses, read.Addresses);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    [InlineData("gnp.\u202eexe")]
    [InlineData("")]
    public void A_name_that_leaves_the_folder_is_refused(string name) =>
        Assert.False(FileTicket.TryParse((s_ticket with { Name = name }).ToString(), out _, out _));

    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData(".bashrc", "_.bashrc")]
    [InlineData("-rf", "_-rf")]
    [InlineData("~", "_~")]
    public void A_name_that_would_hide_or_steer_is_written_visibly(string name, string written)
    {
        Assert.True(FileTicket.TryParse((s_ticket with { Name = name }).ToString(), out FileTicket? read, out _));
        Assert.Equal((name, written), (read!.Name, read.VisibleName));
    }

    [Fact]
    public void A_newer_ticket_is_told_from_a_broken_one()
    {
        DagCborWriter newer = new();
        newer.WriteMapStart(2);
        newer.WriteText("q"u8);
        newer.WriteUInt(7);
        newer.WriteText("v"u8);
        newer.WriteUInt(2);
        Assert.False(FileTicket.TryParse(FileTicket.Prefix + Multibase.EncodeRaw(MultibaseEncoding.Base32, newer.WrittenSpan), out _, out bool isNewer));
        Assert.True(isNewer);

        string text = s_ticket.ToString();
        for (int length = 0; length < text.Length; length++)
        {
            Assert.False(FileTicket.TryParse(text.AsSpan(0, length), out _, out isNewer));
            Assert.False(isNewer);
        }

        Assert.False(FileTicket.TryParse(text + text, out _, out _));
        Assert.False(FileTicket.TryParse(string.Concat("p2pdoc", text.AsSpan(FileTicket.Prefix.Length)), out _, out _));
    }
}
