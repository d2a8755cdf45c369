using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using P2P.Node.Documents;
using P2P.Node.Hosting;
using P2P.Node.Logs;

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
    public void A_wrong_option_is_named(string key, string value, string named)
    {
        OptionsValidationException wrong = Assert.Throws<OptionsValidationException>(() => Options(new() { [key] = value }));
        Assert.Contains(named, Assert.Single(wrong.Failures), StringComparison.Ordinal);
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
        string page = File.ReadAllText(Path.Combine(TestSupport.Require.Root, "docs", "hosting.md"));
        string options = page.Split("\n## ").Single(static part => part.StartsWith("Options\n", StringComparison.Ordinal));
        string[] named = [.. options.Split('\n').Where(static l => l.StartsWith("| `", StringComparison.Ordinal)).Select(static l => l.Split('`')[1])];

        Assert.Equal(named, HostOptionsReader.Keys);
    }

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
