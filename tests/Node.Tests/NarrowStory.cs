using System.Globalization;
using P2P.Core.Multiformats;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Node.Logs;
using P2P.Testing.Simulation;
using P2P.Transport.Memory;

namespace P2P.Node.Tests;

/// <summary>
/// Three whole nodes with every queue of capacity 1 on a simulated machine: all write to a log and a text at once, two draw blocks from the third
/// by name, all close.
/// </summary>
internal sealed class NarrowStory
{
    private const int Nodes = 3;
    private const int EntriesEach = 6;
    private const int Blocks = 6;
    private const int BlockBytes = 20_000;

    // Virtual time: progress is asserted, not how long a loop that is half a second late with everything takes for a block.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);

    private readonly SimulatedMachine _machine;
    private readonly MemoryNetwork _network = new(pipeBytes: 2_048);
    private readonly List<P2PNode> _nodes = [];
    private readonly List<Replica> _replicas = [];
    private readonly List<TextDocument> _texts = [];
    private readonly HashSet<string> _waiting = [];

    private NarrowStory(SimulatedMachine machine) => _machine = machine;

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="SimulationException">It did not end, or ended wrongly; the message says where it stood.</exception>
    public static async Task<SimulatedMachine> RunAsync(ulong seed, ScheduleHabit habit)
    {
        NarrowStory story = new(new SimulatedMachine(seed, habit));
        try
        {
            await story._machine.RunAsync(story.TellAsync);
        }
        catch (Exception error)
        {
            throw new SimulationException(seed, $"schedule {habit}, waiting for [{string.Join(' ', story._waiting.Order())}]\n{story.Describe()}\n{error}");
        }

        return story._machine;
    }

    private async Task TellAsync()
    {
        List<Multiaddr> addresses = [];
        for (int i = 0; i < Nodes; i++)
        {
            _nodes.Add(await P2PNode.StartAsync(Options(addresses)));
            addresses.AddRange(_nodes[i].Addresses);
        }

        await Task.WhenAll(NamedAsync("log", EverybodyWritesAsync()), NamedAsync("blocks", SomebodyDrawsBlocksAsync()), NamedAsync("text", EverybodyTypesAsync()));
        foreach (P2PNode node in _nodes)
        {
            await NamedAsync("close", node.DisposeAsync().AsTask()); // closing waits for nobody who waits for it either
        }
    }

    private async Task NamedAsync(string name, Task part)
    {
        _waiting.Add(name);
        await part;
        _waiting.Remove(name);
    }

    private P2POptions Options(IReadOnlyList<Multiaddr> peers) => new()
    {
        Network = "narrow",
        Mdns = false,
        Memory = _network,
        Listen = [Multiaddr.Parse("/memory/0")],
        Peers = [.. peers],
        Limits = NarrowLimits.Everywhere,
        Text = new TextOptions { InboxCapacity = 1 },
        Presence = new PresenceOptions { InboxCapacity = 1 },
        Time = _machine.Time,
        Spawner = _machine.Spawner,
        Chance = _machine.Chance,
    };

    private async Task EverybodyWritesAsync()
    {
        IReplicatedLog<string>[] logs = await Task.WhenAll(_nodes.Select(static n => n.Logs.OpenAsync("narrow")));
        _replicas.AddRange(logs.Select(static l => l.Replica));
        await Task.WhenAll(logs.SelectMany((log, i) => Enumerable.Range(0, EntriesEach).Select(n => NamedAsync($"append-{i}/{n}", log.AppendAsync($"{i}/{n}")))));
        await Task.WhenAll(logs.Select((log, i) => NamedAsync($"read-{i}", ReadAllAsync(log))));
    }

    private static async Task ReadAllAsync(IReplicatedLog<string> log)
    {
        HashSet<string> seen = [];
        await foreach (LogChange<string> change in log.Changes(cancellationToken: CancellationToken.None))
        {
            if (seen.Add(change.Entry.Item!) && seen.Count == Nodes * EntriesEach)
            {
                return;
            }
        }

        Assert.Fail($"{seen.Count} of {Nodes * EntriesEach} entries");
    }

    private async Task EverybodyTypesAsync()
    {
        TextDocument[] texts = await Task.WhenAll(_nodes.Select(static n => n.Documents.OpenAsync("narrow-text")));
        _replicas.AddRange(texts.Select(static t => t.Replica));
        _texts.AddRange(texts);
        await Task.WhenAll(texts.Select((text, i) => NamedAsync($"insert-{i}", text.InsertAsync(0, $"{i}!"))));
        await Task.WhenAll(texts.Select((text, i) => NamedAsync($"text-{i}", UntilAllIsThereAsync(text))));
    }

    private static async Task UntilAllIsThereAsync(TextDocument text)
    {
        await foreach (TextChange change in text.Changes())
        {
            if (Enumerable.Range(0, Nodes).All(i => text.Text.Contains($"{i}!", StringComparison.Ordinal)))
            {
                return;
            }
        }

        Assert.Fail($"The text ended as {text.Text}.");
    }

    // Bitswap and the DHT: whoever fetches is told nothing but the names.
    private async Task SomebodyDrawsBlocksAsync()
    {
        Dictionary<Cid, byte[]> blocks = [];
        for (int i = 0; i < Blocks; i++)
        {
            byte[] content = new byte[BlockBytes];
            _machine.Chance.Fill(content);
            Cid cid = await _nodes[0].Blocks.AddBlockAsync(Cid.ForRaw(content), content);
            blocks.Add(cid, content);
            await NamedAsync($"provide-{i}", _nodes[0].Dht.ProvideAsync(cid));
        }

        await Task.WhenAll(_nodes.Skip(1).SelectMany((node, i) => blocks.Select((block, n) => NamedAsync($"get-{i + 1}/{n}", GetAsync(node, block.Key, block.Value)))));
    }

    private static async Task GetAsync(P2PNode node, Cid cid, byte[] content)
    {
        ReadOnlyMemory<byte> fetched = await node.Blocks.GetBlockAsync(cid, new GetFileOptions { StallLimit = s_patience });
        Assert.True(fetched.Span.SequenceEqual(content));
    }

    private string Describe() => string.Join('\n', _nodes.Select(static (n, i) => string.Create(
        CultureInfo.InvariantCulture, $"node {i}: {n.Peers.Connected.Count} peers, {n.Peers.Banned.Count} banned")).Concat(_replicas.Select(static r => string.Create(
        CultureInfo.InvariantCulture,
        $"replica: applied={r.Status.AppliedCount} visible={r.Status.VisibleCount} missing={r.Status.MissingCount} heads={r.Status.Heads.Count} {r.Status.SyncState} fault={r.Status.Fault} failure={r.Status.Failure}"))).Concat(_texts.Select(static t => $"text: {t.Text}")));
}
