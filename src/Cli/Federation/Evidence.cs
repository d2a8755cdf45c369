using System.CommandLine;
using P2P.Cli.Commands;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Federation;

/// <summary>What a federation command reads: a document of the data folder, or a CAR file. No network.</summary>
internal sealed class Evidence : IAsyncDisposable
{
    private const long CarBytesMax = 2_000_000_000;

    private readonly Replica? _replica;

    private Evidence((SqliteEventStore? Store, Replica? Replica) held, MemoryContentSource source, IReadOnlyList<Cid> heads)
    {
        (Store, _replica) = held;
        Source = source;
        Heads = heads;
    }

    /// <summary>The store, to write to; null for a file, and for who only reads.</summary>
    public SqliteEventStore? Store { get; }

    /// <summary>The document, to write to.</summary>
    /// <exception cref="CliException">It was opened to read.</exception>
    public Replica Replica =>
        _replica ?? throw new CliException(CliError.DocumentMissing, "This command writes: it needs a document (--doc NAME), not a file.");

    /// <summary>All blocks.</summary>
    public MemoryContentSource Source { get; }

    /// <summary>Heads of the document, or roots of the file.</summary>
    public IReadOnlyList<Cid> Heads { get; }

    /// <summary>Whether what is read has passed no replica here.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>How snapshots of the document came to their hashes, as far as the store says.</summary>
    public IReadOnlyList<SnapshotRow> Known { get; private init; } = [];

    /// <summary>Opens a document or a file to read; a node may be running on the folder.</summary>
    /// <exception cref="CliException">Neither or no usable file was given, or the document is not here.</exception>
    public static Task<Evidence> ReadAsync(FederationOptions options, ParseResult parsed, CancellationToken cancellationToken) =>
        parsed.GetValue(options.Car) is string path ? OpenCarAsync(path, cancellationToken)
            : ReadDocumentAsync(options.Global, parsed, NameOf(options, parsed), cancellationToken);

    /// <summary>Opens a document to write to it; needs the folder for itself.</summary>
    /// <exception cref="CliException">No document was named, or it is not here and must be.</exception>
    public static Task<Evidence> HoldAsync(FederationOptions options, ParseResult parsed, bool mayBeNew, CancellationToken cancellationToken) =>
        HoldDocumentAsync(options.Global, parsed, (NameOf(options, parsed), mayBeNew), cancellationToken);

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

    private static string NameOf(FederationOptions options, ParseResult parsed) =>
        parsed.GetValue(options.Doc) ?? throw new CliException(CliError.DocumentMissing, "Say which document (--doc NAME) or file (--car FILE).");

    private static async Task<Evidence> OpenCarAsync(string path, CancellationToken cancellationToken)
    {
        byte[] file = await InputFile.ReadAsync(path, CarBytesMax, cancellationToken);
        CarStatus status = CarFile.TryRead(file, out CarFile? car);
        return car is null
            ? throw new CliException(CliError.CarInvalid, $"'{path}' is no CAR file: {status}.")
            : new Evidence((null, null), ReplayCar.Open(car), car.Roots) { IsForeign = true };
    }

    /// <summary>Read beside a running node, if there is one: nothing here writes.</summary>
    private static async Task<Evidence> ReadDocumentAsync(GlobalOptions global, ParseResult parsed, string name, CancellationToken cancellationToken)
    {
        P2POptions options = global.ToNodeOptions(parsed);
        string folder = global.DataDirectory(parsed);
        (Genesis genesis, _) = DocumentNames.Find(folder, options.Network, name);
        using StoreReader? reader = StoreReader.Open(folder);
        if (reader is null)
        {
            return await MigrateAsync(folder, options) ? await ReadDocumentAsync(global, parsed, name, cancellationToken) : throw Unknown(name, folder);
        }

        StoredTips tips = await reader.GetTipsAsync(genesis.Cid, cancellationToken) ?? throw Unknown(name, folder); // before the events, which have all of it then
        MemoryContentSource source = new();
        source.Add(genesis.Cid, genesis.Bytes);
        await FillAsync(source, genesis, (reader.ReadEventsAsync(genesis.Cid, cancellationToken), reader.GetBlockAsync), cancellationToken);
        return new Evidence((null, null), source, tips.Heads) { Known = await reader.GetSnapshotsAsync(genesis.Cid, cancellationToken) };
    }

    /// <summary>Brings the tables of an older program to the present ones, as every start of a node does.</summary>
    /// <returns>False when there is no store.</returns>
    private static async Task<bool> MigrateAsync(string folder, P2POptions options)
    {
        using (StoreInspector? older = StoreInspector.Open(folder))
        {
            if (older is null)
            {
                return false;
            }
        }

        await SqliteEventStore.Open(folder, options.Storage, SystemChance.Instance, PoolSpawner.Instance).DisposeAsync();
        return true;
    }

    private static async Task<Evidence> HoldDocumentAsync(
        GlobalOptions global, ParseResult parsed, (string Name, bool MayBeNew) what, CancellationToken cancellationToken)
    {
        P2POptions options = global.ToNodeOptions(parsed);
        string folder = global.DataDirectory(parsed);
        (Genesis genesis, bool isKnown) = DocumentNames.Find(folder, options.Network, what.Name);
        if (!what.MayBeNew && !isKnown)
        {
            throw Unknown(what.Name, folder);
        }

        SqliteEventStore store = SqliteEventStore.Open(folder, options.Storage, SystemChance.Instance, PoolSpawner.Instance);
        try
        {
            MemoryContentSource source = new();
            source.Add(genesis.Cid, genesis.Bytes);
            await FillAsync(source, genesis, (BlocksOf(store.LoadAsync(genesis, cancellationToken)), store.GetBlockAsync), cancellationToken);
            Replica replica = await Replica.OpenAsync(
                new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() }, cancellationToken);
            return new Evidence((store, replica), source, replica.Status.Heads);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads a document's events into memory, and the data blocks they name as far as they are held.</summary>
    internal static async Task FillAsync(
        MemoryContentSource source,
        Genesis genesis,
        (IAsyncEnumerable<ReadOnlyMemory<byte>> Events, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> Block) from,
        CancellationToken cancellationToken)
    {
        List<Event> events = [];
        await foreach (ReadOnlyMemory<byte> block in from.Events)
        {
            if (EventCodec.TryDecode(block, genesis.Cid, out Event? held, out _))
            {
                events.Add(held!);
            }
        }

        events.ForEach(source.Keep);
        foreach (Cid data in events.SelectMany(ReplayCar.DataOf).Distinct())
        {
            if (await from.Block(data, cancellationToken) is ReadOnlyMemory<byte> bytes)
            {
                source.Add(data, bytes);
            }
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> BlocksOf(IAsyncEnumerable<StoredBlock> stored)
    {
        await foreach (StoredBlock block in stored)
        {
            yield return block.Bytes;
        }
    }

    private static CliException Unknown(string name, string folder) =>
        new(CliError.DocumentUnknown, $"There is no document '{Printable.Line(name)}' in {folder}.");
}
