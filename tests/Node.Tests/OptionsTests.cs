using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;

namespace P2P.Node.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("with space")]
    public async Task A_wrong_network_name_is_refused_by_name(string network)
    {
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(TestNodes.Options() with { Network = network }));
        Assert.Equal(NodeError.InvalidOption, error.Error);
        Assert.StartsWith("Network:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_document_name_is_refused_by_name()
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options());
        foreach (string name in (string[])[string.Empty, new string('é', 129), "half \ud83d"])
        {
            P2PException error = await Assert.ThrowsAsync<P2PException>(() => node.Documents.OpenAsync(name));
            Assert.Equal(NodeError.InvalidOption, error.Error);
        }

        Assert.Equal("é", (await node.Documents.OpenAsync("é")).Name);
    }

    [Fact]
    public async Task A_peer_without_an_identity_is_refused()
    {
        P2POptions options = TestNodes.Options(null, Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001"));
        Assert.Equal(NodeError.InvalidOption, (await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(options))).Error);
    }

    [Fact]
    public async Task An_interface_that_is_not_there_is_named_with_those_that_are()
    {
        P2POptions options = TestNodes.Options() with { Listen = [], Interfaces = ["nope0"] };
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(options));
        Assert.Equal(NodeError.NoInterface, error.Error);
        Assert.Contains("lo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_sentence()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        Multiaddr address = Multiaddr.FromTcp((IPEndPoint)taken.LocalEndpoint);
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(TestNodes.Options() with { Listen = [address] }));
        Assert.Equal(NodeError.CannotListen, error.Error);
        Assert.Contains("another address or port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_one_clear_sentence()
    {
        string file = Path.GetTempFileName();
        try
        {
            P2PException error = await Assert.ThrowsAsync<P2PException>(() => TestNodes.StartAsync(Path.Combine(file, "below-a-file")));
            Assert.Equal(NodeError.DataDirectoryReadOnly, error.Error);
            Assert.Contains("another folder", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_error_has_a_page()
    {
        foreach (NodeError error in Enum.GetValues<NodeError>().Where(e => e != NodeError.None))
        {
            string code = new P2PException(error, "x").Code;
            string page = Path.Combine(TestSupport.Require.Root, "docs", "errors", code + ".md");
            Assert.True(File.Exists(page), $"docs/errors/{code}.md is missing");
            Assert.Contains(error.ToString(), File.ReadAllText(page), StringComparison.Ordinal);
        }
    }
}
