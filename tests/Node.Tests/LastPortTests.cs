using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Node.Tests;

/// <summary>A node is found again at the address that others have noted.</summary>
public sealed class LastPortTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-port-").FullName;

    private string File => Path.Combine(_folder, LastPort.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_node_with_a_data_folder_listens_where_it_did_unless_somebody_else_does_by_now()
    {
        IReadOnlyList<Multiaddr> first = await RunAsync(_folder);
        Assert.Single(first.Select(Port).Distinct()); // one for all addresses
        Assert.InRange(Port(first[0]), LastPort.Least, LastPort.Least + LastPort.Span - 1); // not of those that outgoing connections take
        Assert.Equal($"{Port(first[0])}", await System.IO.File.ReadAllTextAsync(File));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }

        Assert.Equal(first, await RunAsync(_folder));
        using TcpListener taken = new(IPAddress.Loopback, Port(first[0]));
        taken.Start();
        IReadOnlyList<Multiaddr> other = await RunAsync(_folder);
        Assert.NotEqual(Port(first[0]), Port(other[0]));
        Assert.Equal(other, await RunAsync(_folder));
    }

    [Fact]
    public async Task An_interface_that_is_named_twice_is_listened_on_once()
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options(_folder) with { Listen = [], Interfaces = ["lo", "lo"] });
        Assert.Equal(node.Addresses.Distinct(), node.Addresses);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("40 417")]
    [InlineData("12345678901234567890")]
    public async Task What_is_no_port_is_not_taken_for_one(string text)
    {
        await System.IO.File.WriteAllTextAsync(File, text);
        Assert.InRange(LastPort.Choose([IPAddress.Loopback], _folder, SystemChance.Instance), LastPort.Least, 65_535);
    }

    [Fact]
    public async Task Who_names_an_address_or_has_no_folder_gets_what_he_asked_for_and_nothing_is_noted()
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options(_folder));
        Assert.False(System.IO.File.Exists(File));
        Assert.Equal(0, Port(Assert.Single(NodeAddresses.ToListen(TestNodes.Options() with { Listen = [], Interfaces = ["lo"] }), static a => a.ToString().Contains("127.0.0.1", StringComparison.Ordinal))));
    }

    private static async Task<IReadOnlyList<Multiaddr>> RunAsync(string folder)
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options(folder) with { Listen = [], Interfaces = ["lo"] });
        return node.Addresses;
    }

    private static int Port(Multiaddr address) => address.TryGetTcp(out IPEndPoint? at) ? at!.Port : -1;
}
