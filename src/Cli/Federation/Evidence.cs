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
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Federation;

/// <summary>
/// What a federation command reads and writes: a document of the data folder, alone or in the node that runs on it, or a CAR file. No network of its own.
/// </summary>
internal sealed class Evidence : IAsyncDisposable
{
    private const long CarBytesMax = 2_000_000_000;

    private readonly (SqliteEventStore Store, Replica Replica)? _held;
    private readonly P2PNode? _node; // whose document it is; null when it is ours

    private bool _isNew;

    private Evidence((SqliteEventStore, Replica)? held, P2PNode? node, MemoryContentSource source, IReadOnlyList<Cid> heads)
    {
        _held = held;
        _node = node;
        Source = source;
        Heads = heads;
    }

    /// <summary>The store, to write to.</summary>
    /// <exception cref="CliException">It was opened to read.</exception>
    public SqliteEventStore Store => Held.Store;

    /// <summary>The document, to write to.</summary>
    /// <exception cref="CliException">It was opened to read.</exception>
    public Replica Replica => Held.Replica;

    /// <summary>Whether it was opened to write.</summary>
    public bool IsWritable => _held is not null;

    /// <summary>All blocks.</summary>
    public MemoryContentSource Source { get; }

    /// <summary>Heads of the document, or roots of the file.</summary>
    public IReadOnlyList<Cid> Heads { get; }

    /// <summary>Whether what is read has passed no replica here.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>How snapshots of the document came to their hashes, as far as the store says.</summary>
    public IReadOnlyList<SnapshotRow> Known { get; private init; } = [];

    private (SqliteEventStore Store, Replica Replica) Held =>
        _held ?? throw new CliException(CliError.DocumentMissing, "This command writes: it needs a document (--doc NAME), not a file.");

    /// <summary>Opens a document or a file to read; a node may be running on the folder.</summary>
    /// <param name="options">The options.</param>
    /// <param name="parsed">Their values.</param>
    /// <param name="named">CIDs of the command line: where no document is named, the one that holds them is meant.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">Neither or no usable file was given, or the document is not here.</exception>
    public static Task<Evidence> ReadAsync(FederationOptions options, ParseResult parsed, IReadOnlyList<Cid> named, CancellationToken cancellationToken) =>
        parsed.GetValue(options.Car) is string path ? OpenCarAsync(options, parsed, path, cancellationToken)
            : ReadDocumentAsync(options, parsed, named, cancellationToken);

    /// <summary>Opens a document to write to it: in the node that runs on the folder, else with the folder for itself.</summary>
    /// <param name="options">The options.</param>
    /// <param name="parsed">Their values.</param>
    /// <param name="session">The running node; null where there is none.</param>
    /// <param name="target">What to write to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">No document was named, or it is not here and must be.</exception>
    public static async Task<Evidence> HoldAsync(
        FederationOptions options, ParseResult parsed, Session? session, WriteTarget target, CancellationToken cancellationToken)
    {
        string folder = options.Global.DataDirectory(parsed);
        P2POptions settings = session?.Node.Options ?? options.Global.ToNodeOptions(parsed);
        Genesis genesis = target.Genesis
            ?? await DocumentChoice.FindAsync((folder, settings.Network), parsed.GetValue(options.Doc), target.Named, cancellationToken);
        bool isNew = !DocumentNames.IsHeld(folder, genesis);
        if (isNew && !target.MayBeNew)
        {
            throw Unknown(genesis.Name, folder);
        }

        Evidence held = session is null
            ? await HoldStoreAsync(folder, settings, genesis, cancellationToken)
            : await HoldOpenAsync(session.Node, folder, genesis, cancellationToken);
        held._isNew = isNew;
        return held;
    }

    /// <summary>What is below the heads, and what of it is missing.</summary>
    public CutWalk Walk() => CutWalk.From(Heads, Source);

    /// <summary>Events below the heads, which must all be here.</summary>
    /// <exception cref="CliException">Some are not.</exception>
    public IReadOnlyList<Event> Events()
    {
        CutWalk walk = Walk();
        return walk.Missing.Count == 0 ? walk.Events : throw Incomplete(walk.Missing);
    }

    /// <summary>Writes an event, and gives it to whoever follows the document.</summary>
    /// <exception cref="P2PException">This folder may not or cannot write there.</exception>
    public Task<Event> AppendAsync(EventDraft draft, CancellationToken cancellationToken) =>
        TellAsync(() => Replica.BroadcastAppendAsync(draft, cancellationToken));

    /// <summary>Runs what writes, with its refusals in words.</summary>
    /// <exception cref="P2PException">This folder may not or cannot write there.</exception>
    public static async Task<T> TellAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (ReplicaException error)
        {
            throw new P2PException(
                error.Error switch
                {
                    ReplicaError.NotAWriter or ReplicaError.ReadOnly => NodeError.NotAWriter,
                    ReplicaError.IdentityReuse or ReplicaError.Busy => NodeError.OwnEventsMissing,
                    ReplicaError.Closed => NodeError.Stopped,
                    _ => error.InnerException is StoreException store ? P2PException.Of(store).Error : NodeError.StoreFailed,
                },
                error.Message,
                error);
        }
    }

    public static CliException Incomplete(IReadOnlyCollection<Cid> missing) =>
        new(CliError.ReplayIncomplete, $"{NodeFacts.Count(missing.Count, "block")} missing: {string.Join(' ', missing.Take(256))}");

    public static CliException TooLarge(string what = "The program") =>
        new(CliError.ExecutionTooLarge, $"{what} holds more than {new ProgramLimits().LiveBytesMax >> 20} MiB at once: it is not run here.");

    /// <summary>Closes what was opened here. A document of which nothing came to be is not kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_held is not (SqliteEventStore store, Replica replica))
        {
            return;
        }

        bool isNothing = _isNew && replica.Status is { AppliedCount: 0, PendingCount: 0, MissingCount: 0 };
        if (_node is not null)
        {
            _ = isNothing && await _node.Documents.ForgetAsync(replica.Document, CancellationToken.None);
            return;
        }

        await replica.DisposeAsync();
        await using (store)
        {
            if (isNothing)
            {
                _ = await store.EraseAsync(replica.Document, CancellationToken.None);
            }
        }
    }

    private static async Task<Evidence> OpenCarAsync(FederationOptions options, ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        byte[] file = await InputFile.ReadAsync(options.Global.Context, path, CarBytesMax, cancellationToken);
        CarStatus status = CarFile.TryRead(file, out CarFile? car);
        if (car is null)
        {
            throw new CliException(CliError.CarInvalid, $"'{path}' is no CAR file: {status}.");
        }

        MemoryContentSource source = ReplayCar.Open(car);
        if (!car.Roots.Any(root => source.TryRead(root, out ReadOnlyMemory<byte> block) && Genesis.TryDecode(block.Span, out _, out _)))
        {
            return new Evidence(null, null, source, car.Roots) { IsForeign = true };
        }

        // A backup of a store: its roots are the documents, then the heads of all of them.
        (string, string) place = (options.Global.DataDirectory(parsed), options.Global.ToNodeOptions(parsed).Network);
        Cid document = CarTarget.Of(car, place, parsed.GetValue(options.Doc)).Cid;
        IEnumerable<Cid> heads = car.Roots.Where(root => source.TryRead(root, out ReadOnlyMemory<byte> block) && EventCodec.TryDecode(block, document, out _, out _));
        return new Evidence(null, null, source, [.. heads]) { IsForeign = true };
    }

    /// <summary>Read beside a running node, if there is one: nothing here writes.</summary>
    private static async Task<Evidence> ReadDocumentAsync(FederationOptions options, ParseResult parsed, IReadOnlyList<Cid> named, CancellationToken cancellationToken)
    {
        P2POptions settings = options.Global.ToNodeOptions(parsed);
        string folder = options.Global.DataDirectory(parsed);
        using StoreReader? reader = StoreReader.Open(folder);
        if (reader is null && await MigrateAsync(folder, settings))
        {
            return await ReadDocumentAsync(options, parsed, named, cancellationToken);
        }

        Genesis genesis = await DocumentChoice.FindAsync((folder, settings.Network), parsed.GetValue(options.Doc), named, cancellationToken);
        StoredTips tips = (reader is null ? null : await reader.GetTipsAsync(genesis.Cid, cancellationToken)) ?? throw Unknown(genesis.Name, folder); // before the events, which have all of it then
        return new Evidence(null, null, await FillAsync(reader!, genesis, cancellationToken), tips.Heads)
        {
            Known = await reader!.GetSnapshotsAsync(genesis.Cid, cancellationToken),
        };
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

    private static async Task<Evidence> HoldStoreAsync(string folder, P2POptions options, Genesis genesis, CancellationToken cancellationToken)
    {
        SqliteEventStore store = SqliteEventStore.Open(folder, options.Storage, SystemChance.Instance, PoolSpawner.Instance);
        try
        {
            MemoryContentSource source = await FillAsync(genesis, (BlocksOf(store.LoadAsync(genesis, cancellationToken)), store.GetBlockAsync), cancellationToken);
            Replica replica = await Replica.OpenAsync(
                new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() }, cancellationToken);
            return new Evidence((store, replica), null, source, replica.Status.Heads);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    // The node's own document: what is written here is written by it, and reaches its peers at once.
    private static async Task<Evidence> HoldOpenAsync(P2PNode node, string folder, Genesis genesis, CancellationToken cancellationToken)
    {
        TextDocument document = await node.Documents.OpenAsync(new Ticket(genesis, []), cancellationToken);
        SqliteEventStore store = document.Replica.Options.Store as SqliteEventStore
            ?? throw new CliException(CliError.ControlRefused, "The running node keeps its documents in memory only.");
        IReadOnlyList<Cid> heads = document.Status.Heads; // before the events, which have all of it then
        using StoreReader? reader = StoreReader.Open(folder);
        return new Evidence((store, document.Replica), node, reader is null ? new MemoryContentSource() : await FillAsync(reader, genesis, cancellationToken), heads);
    }

    private static Task<MemoryContentSource> FillAsync(StoreReader reader, Genesis genesis, CancellationToken cancellationToken) =>
        FillAsync(genesis, (reader.ReadEventsAsync(genesis.Cid, cancellationToken), reader.GetBlockAsync), cancellationToken);

    /// <summary>Reads a document's events into memory, and the data blocks they name as far as they are held.</summary>
    internal static async Task<MemoryContentSource> FillAsync(
        Genesis genesis,
        (IAsyncEnumerable<ReadOnlyMemory<byte>> Events, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> Block) from,
        CancellationToken cancellationToken)
    {
        MemoryContentSource source = new();
        source.Add(genesis.Cid, genesis.Bytes);
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

        return source;
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
