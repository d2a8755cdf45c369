using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using P2P.Core.Identity;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Node.Documents;
using P2P.Node.Hosting;
using P2P.Node.Logs;
using P2P.Storage;

namespace P2P.Node.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task A_document_is_a_keyed_service_that_works_and_the_node_stops_with_the_host()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(Loopback).AddDocument("notes").AddLog("audit");
        builder.Services.AddSingleton<IHostedService, Greeter>();
        using IHost host = builder.Build();
        await host.StartAsync();

        TextDocument notes = host.Services.GetRequiredKeyedService<TextDocument>("notes");
        Assert.Equal("built before the node was started\n", notes.Text);
        Assert.Same(notes, await host.Services.GetRequiredService<P2PNode>().Documents.OpenAsync("notes"));
        await host.Services.GetRequiredKeyedService<IReplicatedLog<string>>("audit").AppendAsync("door");
        Assert.Equal(["audit", "notes"], host.Services.GetRequiredService<P2PNode>().Documents.Opened.Select(static d => d.Name));

        await host.StopAsync();
        P2PException closed = await Assert.ThrowsAsync<P2PException>(() => notes.AppendAsync("late\n"));
        Assert.Equal(NodeError.Stopped, closed.Error);
    }

    [Fact]
    public async Task A_document_asked_for_from_a_blocked_context_does_not_deadlock()
    {
        ServiceCollection services = new();
        services.AddP2P(Loopback).AddDocument("notes");
        await using ServiceProvider provider = services.BuildServiceProvider();

        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new NoContext());
        try
        {
            Assert.Equal(string.Empty, provider.GetRequiredKeyedService<TextDocument>("notes").Text);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Fact]
    public void The_section_is_read_and_code_wins_over_it()
    {
        P2PHostOptions read = Options(
            new()
            {
                ["P2P:Network"] = "from-file",
                ["P2P:Listen:0"] = "/ip4/127.0.0.1/tcp/0",
                ["P2P:Listen:1"] = "/ip4/127.0.0.2/tcp/0",
                ["P2P:Interfaces"] = "lo,eth0",
                ["P2P:Mdns"] = "false",
                ["P2P:Text:IdleCut"] = "250ms",
                ["P2P:Storage:QuotaBytes"] = "2097152",
                ["P2P:Privacy:WithholdTime"] = "true",
                ["P2P:Dashboard:Port"] = "4080"
            },
            static o => o.Network = "from-code");

        Assert.Equal("from-code", read.Network);
        Assert.Equal(["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.2/tcp/0"], read.Listen);
        Assert.Equal(["lo", "eth0"], read.Interfaces);
        Assert.False(read.Mdns);
        Assert.Equal(TimeSpan.FromMilliseconds(250), read.Text.IdleCut);
        Assert.Equal(2L << 20, read.Storage.QuotaBytes);
        Assert.True(read.ToNodeOptions().Text.WithholdTime);
    }

    [Theory]
    [InlineData("P2P:Netwrok", "x", "P2P:Netwrok")]
    [InlineData("P2P:Network", "Upper", "P2P:Network")]
    [InlineData("P2P:Peers:0", "nonsense", "P2P:Peers")]
    [InlineData("P2P:Mdns", "perhaps", "P2P:Mdns")]
    [InlineData("P2P:Text:IdleCut", "soon", "P2P:Text:IdleCut")]
    [InlineData("P2P:Text:CharactersCut", "0", "P2P:Text:CharactersCut")]
    [InlineData("P2P:Storage:Readers", "65", "P2P:Storage:Readers")]
    [InlineData("P2P:Storage:Durability", "hardly", "P2P:Storage:Durability")]
    [InlineData("P2P:Presence:PeersMax", "0", "P2P:Presence:PeersMax")]
    [InlineData("P2P:Presence:Life", "2h", "P2P:Presence")]
    [InlineData("P2P:Clocks:AuthorsMin", "257", "P2P:Clocks:AuthorsMin")]
    [InlineData("P2P:Clocks:Identity:WaitingMax", "0", "P2P:Clocks:Identity:WaitingMax")]
    [InlineData("P2P:Clocks:EpochAuthors", "nobody", "P2P:Clocks:EpochAuthors")]
    [InlineData("P2P:Memory", "x", "P2P:Memory")]
    [InlineData("P2P:Profile", "cluster", "P2P:Profile")]
    [InlineData("P2P:MdnsPort", "0", "P2P:MdnsPort")]
    [InlineData("P2P:DataDirectory", " ", "P2P:DataDirectory")]
    [InlineData("P2P:Listen", "/memory/0", "P2P:Listen: /memory/0")]
    [InlineData("P2P:Listen", "/dns4/host.example/tcp/1", "P2P:Listen: /dns4/")]
    [InlineData("P2P:Peers", "/ip4/127.0.0.1/tcp/1", "must end in /p2p/")]
    [InlineData("P2P:Peers", "/ip4/127.0.0.1/udp/1/p2p/12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz", "cannot dial")]
    [InlineData("P2P:Text:IdleCut", "2h", "P2P:Text:IdleCut")]
    [InlineData("P2P:Text:UndoGrouping", "2h", "P2P:Text:UndoGrouping")]
    [InlineData("P2P:Presence:ViewPace", "2h", "P2P:Presence:ViewPace")]
    public void A_wrong_option_is_named(string key, string value, string named)
    {
        OptionsValidationException wrong = Assert.Throws<OptionsValidationException>(() => Options(new() { [key] = value }));
        Assert.Contains(named, Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_code_sets_to_nothing_is_named()
    {
        (string Name, Action<P2PHostOptions> Set)[] wrong =
        [
            ("Network", static o => o.Network = null!),
            ("Listen", static o => o.Listen.Add(null!)),
            ("Peers", static o => o.Peers.Add(null!)),
            ("Interfaces", static o => o.Interfaces.Add(null!)),
            ("Text", static o => o.Text = null!),
            ("Presence", static o => o.Presence = null!),
            ("Clocks", static o => o.Clocks = null!),
            ("Clocks:Identity", static o => o.Clocks = new ClockOptions { Identity = null! }),
            ("Storage", static o => o.Storage = null!),
            ("Storage:Durability", static o => o.Storage = new StorageOptions { Durability = (Durability)77 }),
            ("Storage:EvictAge", static o => o.Storage = new StorageOptions { EvictAge = TimeSpan.FromHours(2) }),
            ("Profile", static o => o.Profile = (NodeProfile)77),
        ];
        Assert.All(wrong, static option =>
        {
            OptionsValidationException refused = Assert.Throws<OptionsValidationException>(() => Options([], option.Set));
            Assert.StartsWith($"P2P:{option.Name}:", Assert.Single(refused.Failures), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Options_of_a_node_without_a_host_are_checked_the_same_way()
    {
        P2POptions good = TestNodes.Options();
        (string Name, P2POptions Options)[] wrong =
        [
            ("Listen", good with { Listen = null! }),
            ("Peers", good with { Peers = [null!] }),
            ("Spawner", good with { Spawner = null! }),
            ("Time", good with { Time = null! }),
            ("Chance", good with { Chance = null! }),
            ("LoggerFactory", good with { LoggerFactory = null! }),
            ("DataDirectory", good with { DataDirectory = "a\0b" }),
        ];
        foreach ((string name, P2POptions options) in wrong)
        {
            P2PException refused = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(options));
            Assert.Equal(NodeError.InvalidOption, refused.Error);
            Assert.StartsWith($"{name}:", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused_where_it_is_written()
    {
        P2PBuilder builder = new ServiceCollection().AddP2P();
        Assert.Contains("256", Assert.Throws<ArgumentException>(() => builder.AddDocument(new string('é', 129))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => builder.AddLog(string.Empty));
    }

    [Fact]
    public async Task A_container_that_is_disposed_synchronously_stops_the_node()
    {
        ServiceCollection services = new();
        services.AddP2P(Loopback).AddDocument("notes");
        TextDocument notes;
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            notes = provider.GetRequiredKeyedService<TextDocument>("notes");
        }

        P2PException closed = await Assert.ThrowsAsync<P2PException>(() => notes.AppendAsync("late\n"));
        Assert.Equal(NodeError.Stopped, closed.Error);
    }

    [Fact]
    public async Task A_wrong_option_stops_the_host_at_its_start()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(static o => o.Network = "NO");
        using IHost host = builder.Build();

        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<P2PNode>());
    }

    [Fact]
    public void Every_option_of_the_page_is_one_and_the_other_way_round()
    {
        Assert.Equal(OptionRows().Select(static r => r.Key), HostOptionsReader.Known);
    }

    [Fact]
    public void Every_default_of_the_page_is_the_one_of_the_code()
    {
        P2PHostOptions defaults = new();
        foreach ((string key, string shown) in OptionRows().Where(static r => r.Key is not ("DataDirectory" or "Listen" or "Mdns" or "Interfaces" or "Peers" or "Clocks:EpochAuthors")))
        {
            object? value = key == "Privacy:WithholdTime" ? defaults.WithholdTime
                : key.Split(':').Aggregate((object?)defaults, static (owner, name) => owner!.GetType().GetProperty(name)!.GetValue(owner));
            string[] expected = value switch
            {
                bool flag => [flag ? "`true`" : "`false`"],
                TimeSpan time => [$"`{time.TotalMilliseconds:0}ms`", $"`{time.TotalSeconds:0.###}s`"],
                int or long => Sizes(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
                _ => [$"`{value}`"],
            };
            Assert.True(expected.Contains(shown), $"{key}: the page says {shown}, the code {string.Join(" or ", expected)}");
        }
    }

    [Fact]
    public void Every_option_of_a_group_can_be_configured_but_for_those_that_are_code()
    {
        string[] code = ["Text:WithholdTime", "Storage:Commits", "Storage:Meters"];
        (string Group, Type Type)[] groups =
        [
            ("Text:", typeof(TextOptions)), ("Presence:", typeof(PresenceOptions)), ("Clocks:", typeof(ClockOptions)),
            ("Clocks:Identity:", typeof(IdentityOptions)), ("Storage:", typeof(StorageOptions)),
        ];
        IEnumerable<string> all = groups.SelectMany(static g => g.Type.GetProperties().Where(static p => p.PropertyType != typeof(IdentityOptions)).Select(p => g.Group + p.Name));

        Assert.Empty(all.Except(HostOptionsReader.Known).Except(code));
    }

    [Fact]
    public void Presence_and_clocks_are_read_from_the_section()
    {
        string author = PrivateKey.FromEd25519Seed(new byte[32]).PublicKey.PeerId.ToString();
        P2PHostOptions read = Options(new()
        {
            ["P2P:Presence:Life"] = "20s",
            ["P2P:Presence:PeersMax"] = "12",
            ["P2P:Clocks:IsOn"] = "false",
            ["P2P:Clocks:Identity:GrantsMax"] = "9",
            ["P2P:Clocks:EpochAuthors:0"] = author,
            ["P2P:Storage:Durability"] = "relaxed",
        });
        P2POptions node = read.ToNodeOptions();

        Assert.Equal(TimeSpan.FromSeconds(20), node.Presence.Life);
        Assert.Equal(12, node.Presence.PeersMax);
        Assert.False(node.Clocks.IsOn);
        Assert.Equal(9, node.Clocks.Identity.GrantsMax);
        Assert.Equal(author, PeerId.FromKeyProtobuf(Assert.Single(node.Clocks.EpochAuthors).Span).ToString());
        Assert.Equal(Durability.Relaxed, node.Storage.Durability);
    }

    private static IEnumerable<(string Key, string Default)> OptionRows()
    {
        string page = File.ReadAllText(Path.Combine(TestSupport.Require.Root, "docs", "hosting.md"));
        string options = page.Split("\n## ").Single(static part => part.StartsWith("Options\n", StringComparison.Ordinal));
        return options.Split('\n').Where(static l => l.StartsWith("| `", StringComparison.Ordinal)).Select(static l => (l.Split('`')[1], l.Split('|')[2].Trim()));
    }

    private static string[] Sizes(long value) =>
    [
        value.ToString("N0", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture),
        $"{value >> 20} MiB", $"{value >> 30} GiB", .. value % 1024 == 0 ? (string[])[$"{value >> 10} KiB"] : [],
    ];

    [Fact]
    public async Task The_health_check_says_whether_the_node_runs()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddP2P(Loopback).AddDocument("notes");
        builder.Services.AddHealthChecks().AddP2P();
        using IHost host = builder.Build();
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();

        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
        await host.StartAsync();
        HealthReport running = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, running.Status);
        Assert.Equal(1, running.Entries["p2p"].Data["documents"]);
        await host.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task Health_knows_of_a_node_that_was_disposed_and_of_an_application_without_one()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddP2P(Loopback).AddDocument("notes");
        builder.Services.AddHealthChecks().AddP2P();
        using IHost host = builder.Build();
        await host.StartAsync(TestNodes.Watchdog());
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal("0 peers, 1 document.", (await health.CheckHealthAsync()).Entries["p2p"].Description);

        await host.Services.GetRequiredService<P2PNode>().DisposeAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
        await host.StopAsync(TestNodes.Watchdog());

        ServiceCollection none = new();
        none.AddLogging().AddHealthChecks().AddP2P();
        await using ServiceProvider services = none.BuildServiceProvider();
        HealthReportEntry without = (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["p2p"];
        Assert.Equal(HealthStatus.Unhealthy, without.Status);
        Assert.Contains("builder.Services.AddP2P(…) is missing", without.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_and_a_log_that_somebody_shared_are_keyed_services()
    {
        await using P2PNode sharer = await TestNodes.StartAsync();
        TextDocument minutes = await sharer.Documents.CreateAsync(new DocumentOptions { Name = "minutes", Writers = WriterPolicy.Allow(sharer.Author.Key!.Value) }, TestNodes.Watchdog());
        IReplicatedLog<string> audit = await sharer.Logs.OpenAsync("audit", TestNodes.Watchdog());
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(Loopback).AddDocument("shared", minutes.Ticket).AddLog("log", audit.Ticket, TextLogFormat.Instance);
        using IHost host = builder.Build();
        await host.StartAsync(TestNodes.Watchdog());

        Assert.Equal(minutes.Id, host.Services.GetRequiredKeyedService<TextDocument>("shared").Id);
        Assert.Equal(audit.Id, host.Services.GetRequiredKeyedService<IReplicatedLog<string>>("log").Id);
        await host.StopAsync(TestNodes.Watchdog());
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2J")]
    [InlineData("a\u202eb")]
    public async Task A_new_name_holds_no_control_characters(string name)
    {
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddP2P().AddDocument(name));
        await using P2PNode node = await TestNodes.StartAsync();
        Assert.Equal(NodeError.InvalidOption, (await Assert.ThrowsAsync<P2PException>(() => node.Documents.OpenAsync(name, TestNodes.Watchdog()))).Error);
        Assert.Equal(NodeError.InvalidOption, (await Assert.ThrowsAsync<P2PException>(() => node.Documents.CreateAsync(new DocumentOptions { Name = name }, TestNodes.Watchdog()))).Error);
        Assert.Equal(NodeError.InvalidOption, (await Assert.ThrowsAsync<P2PException>(() => node.Logs.OpenAsync(name, TestNodes.Watchdog()))).Error);
        Ticket held = new(Genesis.Create(node.Network, name), []); // made by another program: it is read, not made
        Assert.Equal(name, (await node.Documents.OpenAsync(held, TestNodes.Watchdog())).Name);
    }

    private static void Loopback(P2PHostOptions options)
    {
        options.Network = "node-tests";
        options.Mdns = false;
        options.Listen.Add("/ip4/127.0.0.1/tcp/0");
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();

    private static P2PHostOptions Options(Dictionary<string, string?> values, Action<P2PHostOptions>? code = null)
    {
        ServiceCollection services = new();
        services.AddSingleton(Configuration(values));
        services.AddP2P(code);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<P2PHostOptions>>().Value;
    }

    /// <summary>Takes a document in its constructor, which runs before any hosted service is started.</summary>
    private sealed class Greeter([FromKeyedServices("notes")] TextDocument notes) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => notes.AppendAsync("built before the node was started\n", cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>A user interface's context whose thread is busy: what is posted never runs.</summary>
    private sealed class NoContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // nobody is there to run it
        }
    }
}
