using P2P.Cli.Doctor;
using P2P.Core.Multiformats;
using P2P.Dashboard;
using P2P.Node;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>The checks of the dashboard are those of <c>p2p doctor</c>.</summary>
public sealed class ServedDoctorTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-served-doctor-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task The_dashboard_of_a_running_node_gets_every_check_with_verdict_and_next_step()
    {
        P2POptions options = new() { DataDirectory = _data, Mdns = false, Network = "served-doctor", Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")], Storage = new() { QuotaBytes = 7 << 20 } };
        await using NodeHost host = await NodeHost.StartAsync(options, "up", Watchdog.Start());
        await host.Node.Documents.OpenAsync("notes", Watchdog.Start());

        IReadOnlyList<DashboardCheck> checks = await ServedDoctor.RunAsync(host, Watchdog.Start());

        Assert.Superset(
            new HashSet<string>(["runtime", "clock", "identity", "store", "privacy", "interfaces", "mDNS", "TCP", "peers", "limits", "sync notes"]),
            checks.Select(static c => c.Name).ToHashSet());
        Assert.All(checks, static c => Assert.Contains(c.Verdict, (string[])["ok", "problem", "skipped"]));
        DashboardCheck peers = Assert.Single(checks, static c => c.Name == "peers");
        Assert.Equal("problem", peers.Verdict);
        Assert.Contains("p2p peers add", peers.Next, StringComparison.Ordinal);
        Assert.Contains("of a quota of 7 MiB", Assert.Single(checks, static c => c.Name == "disk").Message, StringComparison.Ordinal);
        Assert.Contains(_data, Assert.Single(checks, static c => c.Name == "identity").Message, StringComparison.Ordinal); // of this folder, not of the user's own
    }
}
