using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Samples.BuildReceipts;

/// <summary>A build machine: a node with the document "builds" open.</summary>
internal sealed class Runner : IAsyncDisposable
{
    private readonly P2PNode _node;
    private readonly TextDocument _builds;

    private Runner(P2PNode node, TextDocument builds, string name, bool lies)
    {
        _node = node;
        _builds = builds;
        Name = name;
        Lies = lies;
    }

    public string Name { get; }

    public bool Lies { get; }

    public static async Task<Runner> StartAsync(string network, string name, bool lies)
    {
        P2PNode node = await P2PNode.StartAsync(new P2POptions { Network = network, Interfaces = ["lo"] });
        return new Runner(node, await node.Documents.OpenAsync("builds"), name, lies);
    }

    /// <summary>Writes a value for everybody.</summary>
    public async Task PublishAsync(ReadOnlyMemory<byte> value) => await _builds.Replica.BroadcastAppendAsync(
        new EventDraft { Type = FederationTypes.Artifact, Body = ArtifactBody.OfBytes(value).Encode() });

    /// <summary>Until this runner holds so many records.</summary>
    public async Task WaitForAsync(int records, CancellationToken cancellationToken)
    {
        while (_builds.Status.AppliedCount < records)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), SystemTime.Provider, cancellationToken);
        }
    }

    /// <summary>Builds, and writes the receipt; a liar writes that something else came out.</summary>
    public async Task BuildAsync(ReadOnlyMemory<byte> program, ReadOnlyMemory<byte> code)
    {
        MemoryContentSource source = new();
        Cid recipe = Cid.ForDagCbor(program.Span);
        KeyValuePair<string, Cid>[] inputs = [new("source", Cid.ForRaw(code.Span))];
        source.Add(recipe, program);
        source.Add(inputs[0].Value, code);
        ReceiptBody receipt = ProgramSession.Run(recipe, inputs, source).Result!.ToReceipt(recipe, inputs);
        receipt = Lies ? receipt with { Outputs = [new("binary", Cid.ForRaw("something with a back door"u8))] } : receipt;
        await _builds.Replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Receipt, Body = receipt.Encode() });
    }

    /// <summary>The state as this runner computes it, and who wrote receipts that are not true.</summary>
    public async Task<(EventDigest State, string[] Liars)> ReplayAsync()
    {
        IReadOnlyList<Event> events = await ClockPicture.ReadAllAsync(_builds.Replica, CancellationToken.None);
        MemoryContentSource source = new();
        source.Add(_builds.Replica.Options.Genesis.Cid, _builds.Replica.Options.Genesis.Bytes);
        source.Add(events);
        ReplayResult replay = await Replayer.ReplayAsync(_builds.Status.Heads, source);
        IEnumerable<Event> refuted = replay.Refuted.Select(r => events.First(e => e.Cid == r.Receipt));
        return (replay.FinalState, [.. refuted.Select(static e => new TextAuthor(e.Author).Id.ToString()).Distinct()]);
    }

    /// <summary>The author key this runner writes under.</summary>
    public string Author => new TextAuthor(_builds.Replica.Options.Store.Signer!.Author).Id.ToString();

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
