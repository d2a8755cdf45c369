using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using P2P.Crdt.Replication;
using P2P.Node.Hosting;
using P2P.Node.Logs;

namespace P2P.Node.Tests;

/// <summary>What a host refuses, where, and what its program can say about it.</summary>
public sealed partial class HostRefusalTests
{
    [Fact]
    public void A_log_of_an_unknown_type_without_a_format_is_refused_at_its_line_and_named()
    {
        P2PBuilder builder = new ServiceCollection().AddP2P();

        ArgumentException refused = Assert.Throws<ArgumentException>(() => builder.AddLog<Door>("doors"));

        Assert.Contains("'doors'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Door), refused.Message, StringComparison.Ordinal);
        Assert.Contains("Json", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(builder.Services, static s => s.ServiceType == typeof(HostedPart));
    }

    [Fact]
    public async Task A_log_of_a_type_that_the_options_know_opens_whoever_told_them()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(static o =>
        {
            Loopback(o);
            o.Json = DoorJson.Default.Options;
        }).AddLog<Door>("doors").AddLog<string>("text").AddLog<ReadOnlyMemory<byte>>("bytes");
        using IHost host = builder.Build();
        await host.StartAsync(TestNodes.Watchdog());
        LogEntry<Door> entry = await host.Services.GetRequiredKeyedService<IReplicatedLog<Door>>("doors").AppendAsync(new Door("front"), TestNodes.Watchdog());
        Assert.Equal("front", entry.Item?.Name);
        await host.StopAsync(TestNodes.Watchdog());

        ServiceCollection separate = new();
        separate.Configure<P2PHostOptions>(static o => o.Json = DoorJson.Default.Options);
        separate.AddP2P().AddLog<Door>("doors");
        ServiceCollection late = new(); // what needs services can be asked at the start only
        late.AddOptions<P2PHostOptions>().Configure<IServiceProvider>(static (o, _) => o.Json = DoorJson.Default.Options);
        late.AddP2P().AddLog<Door>("doors");
    }

    [Fact]
    public async Task What_the_start_of_a_host_or_node_refused_has_one_line_with_its_code_and_page_and_an_exit_code()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(static o => o.Network = "NO");
        using IHost host = builder.Build();

        P2PException? refused = P2PException.In(await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestNodes.Watchdog())));
        Assert.Equal((NodeError.InvalidOption, 2), (refused?.Error, refused?.ExitCode));
        Assert.Matches("^P2P0001 InvalidOption: P2P:Network: .+ Help: docs/errors/P2P0001.md$", refused!.Line);
        Assert.DoesNotContain("\n", refused.Line, StringComparison.Ordinal);

        P2PException alone = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(TestNodes.Options() with { Interfaces = ["no-such"], Listen = [] }));
        Assert.Same(alone, P2PException.In(new AggregateException(new TimeoutException(), alone)));
        Assert.Equal((NodeError.NoInterface, 2), (alone.Error, alone.ExitCode));
        Assert.Equal((NodeError.DataDirectoryInUse, 5), (P2PException.In(new StoreException(StoreError.Locked, "held"))?.Error, P2PException.In(new StoreException(StoreError.Locked, "held"))?.ExitCode));
        Assert.Null(P2PException.In(new InvalidOperationException()));
        Assert.Null(P2PException.In(new OptionsValidationException("x", typeof(string), ["not ours"])));
    }

    [Theory]
    [InlineData("AuditLog.dll", "P2P__Network", "NO", "P2P0001 InvalidOption: P2P:Network:")]
    [InlineData("Whiteboard.dll", "P2P__Netwrok", "x", "P2P0001 InvalidOption: P2P:Netwrok is no option.")]
    [InlineData("SharedNotes.dll", "P2P__Netwrok", "x", "P2P0001 InvalidOption: P2P:Netwrok is no option.")]
    [InlineData("SharedNotes.dll", "P2P__Dashboard__LogMax", "-5", "P2P0001 InvalidOption: ")]
    [InlineData("Chat.dll", "me room no-such", "", "P2P0004 NoInterface:")]
    [InlineData("Hello.dll", "no-such", "", "P2P0004 NoInterface:")]
    [InlineData("Lan.dll", "--interface no-such", "", "P2P0004 NoInterface:")]
    [InlineData("Lan.dll", "no-such", "", "Lan [--interface NAME]")]
    [InlineData("BuildReceipts.dll", "NO", "", "P2P0001 InvalidOption: Network:")]
    [InlineData("ByzantinePeer.dll", "something", "", "ByzantinePeer takes no arguments.")]
    [InlineData("Swarm.dll", "something", "", "Swarm takes no arguments.")]
    [InlineData("FileDrop.dll", "FILEDROP_INTERFACE", "no-such", "P2P0004 NoInterface:")]
    public async Task A_sample_with_a_refused_option_says_so_in_one_line_and_exits_with_2(string program, string name, string value, string says)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-refused-");
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. value.Length == 0 ? name.Split(' ') : []])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        if (value.Length > 0)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(TestNodes.Watchdog());
        string[] told = (await process.StandardError.ReadToEndAsync(TestNodes.Watchdog())).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync(TestNodes.Watchdog());

        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith(says, Assert.Single(told), StringComparison.Ordinal);
        Assert.Empty(await said);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_host_whose_start_failed_in_an_unforeseen_way_stops_and_is_disposed_without_a_word_and_holds_nothing()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-unforeseen-");
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddP2P(o =>
        {
            Loopback(o);
            o.DataDirectory = folder.FullName;
        });
        builder.Services.AddSingleton(new HostedPart("odd", static (_, _) => throw new NotSupportedException("a defect")));
        IHost host = builder.Build();

        Assert.Equal("a defect", (await Assert.ThrowsAsync<NotSupportedException>(() => host.StartAsync(TestNodes.Watchdog()))).Message);
        Assert.Throws<NotSupportedException>(() => host.Services.GetRequiredService<P2PNode>()); // told again to whoever asks
        await host.StopAsync(TestNodes.Watchdog());
        host.Dispose();

        await using (P2PNode free = await TestNodes.StartAsync(folder.FullName))
        {
            Assert.Empty(free.Documents.Opened);
        }

        folder.Delete(recursive: true);
    }

    private static void Loopback(P2PHostOptions options)
    {
        options.Network = "node-tests";
        options.Mdns = false;
        options.Listen.Add("/ip4/127.0.0.1/tcp/0");
    }

    internal sealed record Door(string Name);

    [JsonSerializable(typeof(Door))]
    internal sealed partial class DoorJson : JsonSerializerContext;
}
