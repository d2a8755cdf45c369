using System.Net;
using System.Net.Sockets;
using P2P.Cli.Doctor;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Storage;
using P2P.Transport.Limits;

namespace P2P.Cli.Tests;

/// <summary>Checks of <c>p2p doctor</c> that a healthy machine never sees fail.</summary>
public sealed class DoctorCheckTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-doctor-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_port_that_another_program_keeps_for_itself_is_a_problem_of_mDNS()
    {
        using Socket holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ExclusiveAddressUse = true };
        holder.Bind(new IPEndPoint(IPAddress.Any, 0));
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;
        using Socket? second = Socket.OSSupportsIPv6 ? new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = false, ExclusiveAddressUse = true } : null;
        second?.Bind(new IPEndPoint(IPAddress.IPv6Any, port));

        CheckResult check = await NetworkChecks.MdnsAsync(["lo"], TimeSpan.FromMilliseconds(50), CancellationToken.None, port);

        Assert.Equal(("mDNS", CheckVerdict.Problem), (check.Name, check.Verdict));
        Assert.Contains("--no-mdns", check.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_that_turned_somebody_away_is_named_with_its_option_and_its_value()
    {
        P2POptions options = new() { Network = "doctor-limits", Mdns = false, Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] };
        await using P2PNode node = await P2PNode.StartAsync(options with { Connections = new ConnectionLimits { InboundMax = 0 } });
        Assert.Equal(CheckVerdict.Ok, NodeChecks.Limits(node).Verdict);
        await using P2PNode guest = await P2PNode.StartAsync(options with { Peers = [.. node.Addresses] });

        CancellationToken watchdog = TestSupport.Watchdog.Start();
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
        while (NodeChecks.Limits(node).Verdict == CheckVerdict.Ok)
        {
            await poll.WaitForNextTickAsync(watchdog);
        }

        CheckResult check = NodeChecks.Limits(node);
        Assert.Contains("Connections:InboundMax = 0 (connections others dialled) ", check.Text, StringComparison.Ordinal);
        Assert.Contains("--limits", check.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_stands_before_the_events_is_a_problem()
    {
        await CommandLine.RunAsync("doc", "append", "notes", "a line", "--data", _data, "--interface", "lo", "--no-mdns", "--timeout", "50ms");
        DateTimeOffset now = SystemTime.Provider.GetUtcNow();

        Assert.Equal(CheckVerdict.Ok, FolderChecks.Clock(_data, now + TimeSpan.FromMinutes(1)).Verdict);
        CheckResult behind = FolderChecks.Clock(_data, now - TimeSpan.FromHours(1));
        Assert.Equal(("clock", CheckVerdict.Problem), (behind.Name, behind.Verdict));
        Assert.Contains("ahead of this clock", behind.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_room_is_told_by_the_quota_of_the_node_and_not_by_the_default()
    {
        await CommandLine.RunAsync("doc", "append", "notes", "a line", "--data", _data, "--interface", "lo", "--no-mdns", "--timeout", "50ms");
        StorageOptions roomy = new() { QuotaBytes = 3L << 30, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

        Assert.Contains("used of a quota of 3 GiB", (await DiskAsync(roomy)).Text, StringComparison.Ordinal);

        CheckResult full = await DiskAsync(roomy with { QuotaBytes = 4_096 });
        Assert.Equal(CheckVerdict.Problem, full.Verdict);
        Assert.Contains("used of a quota of 4 KiB: the quota or the reserve is used up, events of others wait", full.Text, StringComparison.Ordinal);
        Assert.Contains("drops what can be fetched again", full.Next, StringComparison.Ordinal);
        Assert.Contains("raise Storage:QuotaBytes", full.Next, StringComparison.Ordinal);

        CheckResult none = await DiskAsync(roomy with { OwnReserveBytes = long.MaxValue });
        Assert.Equal(CheckVerdict.Problem, none.Verdict);
        Assert.Contains("nothing can be written", none.Text, StringComparison.Ordinal);
    }

    private async Task<CheckResult> DiskAsync(StorageOptions options) =>
        Assert.Single(await FolderChecks.StoreAsync(_data, options, CancellationToken.None), static c => c.Name == "disk");
}
