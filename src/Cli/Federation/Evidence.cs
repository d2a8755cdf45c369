using System.CommandLine;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Replication;
using P2P.Storage;

namespace P2P.Cli.Federation;

/// <summary>What a federation command reads: a document of the data folder, or a CAR file. No network.</summary>
internal sealed class Evidence : IAsyncDisposable
{
    private const long CarBytesMax = 2_000_000_000;

    private readonly Replica? _replica;

    private Evidence(SqliteEventStore? store, Replica? replica, MemoryContentSource source, IReadOnlyList<Cid> heads)
    {
        Store = store;
        _replica = replica;
        Source = source;
        Heads = heads;
    }

    /// <summary>The store; null for a file.</summary>
    public SqliteEventStore? Store { get; }

    /// <summary>The document, to write to.</summary>
    /// <exception cref="CliException">A file was given.</exception>
    public Replica Replica =>
        _replica ?? throw new CliException(CliError.DocumentMissing, "This command writes: it needs a document (--doc NAME), not a file.");

    /// <summary>All blocks.</summary>
    public MemoryContentSource Source { get; }

    /// <summary>Heads of the document, or roots of the file.</summary>
    public IReadOnlyList<Cid> Heads { get; }

    /// <summary>Whether what is read has passed no replica here.</summary>
    public bool IsForeign => Store is null;

    /// <exception cref="CliException">Neither or no usable file was given.</exception>
    public static Task<Evidence> OpenAsync(FederationOptions options, ParseResult parsed, CancellationToken cancellationToken) =>
        parsed.GetValue(options.Car) is string path ? OpenCarAsync(path, cancellationToken)
            : parsed.GetValue(options.Doc) is string name ? OpenDocumentAsync(options.Global, parsed, name, cancellationToken)
            : throw new CliException(CliError.DocumentMissing, "Say which document (--doc NAME) or file (--car FILE).");

    /// <summary>What is below the heads, and what of it is missing.</summary>
    public CutWalk Walk() => CutWalk.From(Heads, Source);

    /// <summary>Events below the heads, which must all be here.</summary>
    /// <exception cref="CliException">Some are not.</exception>
    public IReadOnlyList<Event> Events()
    {
        CutWalk walk = Walk();
        return walk.Missing.Count == 0 ? walk.Events : throw Incomplete(walk.Missing);
    }

    public static CliException Incomplete(IReadOnlyCollection<Cid> missing) =>
        new(CliError.ReplayIncomplete, $"{missing.Count} block(s) are missing: {string.Join(' ', missing.Take(256))}");

    public static CliException TooLarge(string what = "The program") =>
        new(CliError.ExecutionTooLarge, $"{what} holds more than {new ProgramLimits().LiveBytesMax >> 20} MiB at once: it is not run here.");

    public async ValueTask DisposeAsync()
    {
        if (_replica is not null)
        {
            await _replica.DisposeAsync();
        }

        if (Store is not null)
        {
            await Store.DisposeAsync();
        }
    }

    private static async Task<Evidence> OpenCarAsync(string path, CancellationToken cancellationToken)
    {
        byte[] file = await InputFile.ReadAsync(path, CarBytesMax, cancellationToken);
        CarStatus status = CarFile.TryRead(file, out CarFile? car);
        return car is null
            ? throw new CliException(CliError.CarInvalid, $"'{path}' is no CAR file: {status}.")
            : new Evidence(null, null, ReplayCar.Open(car), car.Roots);
    }

    private static async Task<Evidence> OpenDocumentAsync(GlobalOptions global, ParseResult parsed, string name, CancellationToken cancellationToken)
    {
        Node.P2POptions options = global.ToNodeOptions(parsed);
        string folder = options.DataDirectory ?? GlobalOptions.DefaultDataDirectory();
        Directory.CreateDirectory(folder);
        SqliteEventStore store = SqliteEventStore.Open(folder, options.Storage, SystemChance.Instance, PoolSpawner.Instance);
        try
        {
            Genesis genesis = Genesis.Create(options.Network, name);
            MemoryContentSource source = new();
            source.Add(genesis.Cid, genesis.Bytes);
            List<Event> events = [];
            await foreach (StoredBlock block in store.LoadAsync(genesis, cancellationToken))
            {
                if (EventCodec.TryDecode(block.Bytes, genesis.Cid, out Event? held, out _))
                {
                    events.Add(held!);
                }
            }

            events.ForEach(held => source.Add(held.Cid, held.Bytes));
            foreach (Cid data in events.SelectMany(ReplayCar.DataOf).Distinct())
            {
                if (await store.GetBlockAsync(data, cancellationToken) is ReadOnlyMemory<byte> bytes)
                {
                    source.Add(data, bytes);
                }
            }

            Replica replica = await Replica.OpenAsync(
                new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() }, cancellationToken);
            return new Evidence(store, replica, source, replica.Status.Heads);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }
}
