using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Node.Identity;
using P2P.Node.Inspection;
using P2P.Node.Logs;
using P2P.Node.Peers;
using P2P.Node.Telemetry;
using P2P.Node.Topics;

namespace P2P.Node;

/// <summary>
/// A peer: everything from sockets to shared documents. Thread-safe. Dispose it to leave the network; what was acknowledged is durable when a
/// data folder is set.
/// </summary>
public sealed class P2PNode : IAsyncDisposable, IDisposable
{
    private readonly NodeParts _parts;
    private readonly Lock _gate = new();
    private Task? _stopping;

    private P2PNode(P2POptions options, NodeParts parts)
    {
        Options = options;
        _parts = parts;
        Documents = parts.Documents;
        Logs = new LogCatalog(parts.Documents, parts.Reading, options);
        Blocks = parts.Blocks;
        Topics = parts.Topics;
        Peers = parts.Directory;
        Inspection = parts.Inspection;
        Limits = parts.Limits;
        Dht = parts.Dht;
    }

    /// <summary>The options it was started with.</summary>
    public P2POptions Options { get; }

    /// <summary>Who this node is on the network.</summary>
    public PeerId PeerId => _parts.Network.LocalPeer;

    /// <summary>Two words for people, derived from the peer id.</summary>
    public string Name => PeerNames.Of(PeerId);

    /// <summary>The network whose documents this node sees.</summary>
    public string Network => Options.Network;

    /// <summary>Addresses that others can dial, each with <c>/p2p</c>.</summary>
    public IReadOnlyList<Multiaddr> Addresses => _parts.Addresses;

    /// <summary>Shared documents.</summary>
    public DocumentCatalog Documents { get; }

    /// <summary>Replicated logs: signed entries of an application, beside text.</summary>
    public LogCatalog Logs { get; }

    /// <summary>Files and blocks by CID.</summary>
    public BlockCatalog Blocks { get; }

    /// <summary>Messages to whoever listens now; not kept.</summary>
    public TopicCatalog Topics { get; }

    /// <summary>The key this node signs events with, and whether it had to be replaced: a copied or restored folder never writes under the old one.</summary>
    public NodeAuthor Author =>
        new(_parts.Author.Signer is { } signer ? new TextAuthor(signer.Author) : null, _parts.WasCopied, _parts.Author.Renewals) { Renewed = _parts.Author.Renewed };

    /// <summary>Connected peers.</summary>
    public PeerDirectory Peers { get; }

    /// <summary>Who has what and who is where, asked of the network.</summary>
    public NodeDht Dht { get; }

    /// <summary>What goes on inside, for people: connections, topics, routing table, blocks.</summary>
    public NodeInspection Inspection { get; }

    /// <summary>What this node takes at most, of whom, how much of it is used, and the option that changes it.</summary>
    public LimitOverview Limits { get; }

    /// <summary>Whether the node was taken off the network by <see cref="GoOfflineAsync"/>.</summary>
    public bool IsOffline => _parts.Switch.IsOffline;

    /// <summary>
    /// Takes the node off the network: every connection is closed with a good-bye, nobody is dialled and nobody admitted. Documents stay open and can be
    /// edited; what was written meanwhile is merged after <see cref="GoOnline"/>.
    /// </summary>
    /// <param name="cancellationToken">Cancelling closes connections hard; the node is offline all the same.</param>
    public Task GoOfflineAsync(CancellationToken cancellationToken = default) =>
        Options.Spawner.StartAsync(() => _parts.Switch.GoOfflineAsync(cancellationToken));

    /// <summary>Lets the node back on the network and dials whom it was connected with. Returns before they have answered.</summary>
    public void GoOnline() => _parts.Switch.GoOnline();

    internal NodeParts Parts => _parts;

    /// <summary>Whether it was told to stop; it never runs again.</summary>
    internal bool IsStopping
    {
        get
        {
            lock (_gate)
            {
                return _stopping is not null;
            }
        }
    }

    /// <summary>All meters of this node.</summary>
    internal NodeMeters Meters => _parts.Meters;

    /// <summary>Starts a node with the default options: mDNS, TCP, gossip, in-memory store.</summary>
    /// <param name="cancellationToken">Cancelling starts nothing.</param>
    public static Task<P2PNode> StartAsync(CancellationToken cancellationToken = default) => StartAsync(new P2POptions(), cancellationToken);

    /// <summary>Starts a node. Returns when it listens; peers are found in the background.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="cancellationToken">Cancelling starts nothing and releases what was taken.</param>
    /// <exception cref="P2PException">A wrong option, no address to listen on, or a data folder that cannot be used; the message says what to do.</exception>
    public static Task<P2PNode> StartAsync(P2POptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        NodeOptionsCheck.NotNull((nameof(options.Spawner), options.Spawner));
        return options.Spawner.StartWithinAsync( // not awaited here: no caller's context is captured
            () => NodeTraces.RunAsync(NodeTraces.Start, () => StartCoreAsync(options, cancellationToken), lasts: true));
    }

    private static async Task<P2PNode> StartCoreAsync(P2POptions options, CancellationToken cancellationToken)
    {
        NodeParts parts = await StartPartsAsync(options, cancellationToken);
        P2PNode node = new(options, parts);
        parts.Logger.Started(node.PeerId.Short, node.Name, string.Join(' ', node.Addresses), node.Network);
        return node;
    }

    // A port that this node chose itself may be taken before it listens there: then it chooses another.
    private static async Task<NodeParts> StartPartsAsync(P2POptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await NodeParts.StartAsync(options, cancellationToken);
        }
        catch (P2PException taken) when (taken.Error == NodeError.CannotListen && options is { Listen.Count: 0, DataDirectory: not null })
        {
            return await NodeParts.StartAsync(options, cancellationToken);
        }
    }

    /// <summary>Closes documents (cutting what was typed), says good-bye to peers, closes the store. Idempotent: every call ends when the node has stopped.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_stopping ??= Options.Spawner.StartAsync(StopAsync));
        }
    }

    /// <summary>
    /// As <see cref="DisposeAsync"/>, for a <c>using</c> block where nothing can be awaited; the calling thread waits, as long as good-byes and the store
    /// take. No deadlock on the thread of a user interface: nothing inside asks for its context.
    /// </summary>
#pragma warning disable VSTHRD002 // what is waited for runs where loops run, with no context of the caller
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private async Task StopAsync()
    {
        await _parts.DisposeAsync();
        _parts.Logger.Stopped();
    }
}
