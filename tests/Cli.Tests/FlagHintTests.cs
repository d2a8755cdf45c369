using System.Net;
using System.Net.Sockets;

namespace P2P.Cli.Tests;

/// <summary>The library says what is wrong, the command which option changes it.</summary>
public sealed class FlagHintTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("p2p-hints-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task What_the_library_refuses_is_told_with_the_option_that_changes_it()
    {
        string file = Path.Combine(_root, "file");
        await File.WriteAllTextAsync(file, string.Empty);
        (_, _, string errors) = await CommandLine.RunAsync("doc", "append", "a", "x", "--data", Path.Combine(file, "below"), "--interface", "lo", "--no-mdns");
        Assert.Contains("P2P0008", errors, StringComparison.Ordinal);
        Assert.Contains("  --data DIR names another folder.", errors, StringComparison.Ordinal);

        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string address = $"/ip4/127.0.0.1/tcp/{((IPEndPoint)taken.LocalEndpoint).Port}";
        (_, _, errors) = await CommandLine.RunAsync("doc", "append", "a", "x", "--data", Path.Combine(_root, "data"), "--listen", address, "--no-mdns");
        Assert.Contains("P2P0003", errors, StringComparison.Ordinal);
        Assert.Contains("  --listen ADDRESS names another address or port.", errors, StringComparison.Ordinal);
    }
}
