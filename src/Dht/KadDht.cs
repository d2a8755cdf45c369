using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Running;
using P2P.Transport.Connections;

namespace P2P.Dht;

/// <summary>
/// Kademlia in LAN mode: announces and finds providers of content, peers and small values. Thread-safe. Works with one node alone (everything
/// is kept here and told to peers that appear) and with thousands.
/// </summary>
/// <remarks>Spec: libp2p-wire §14.</remarks>
public sealed class KadDht : IAsyncDisposable
{
    private const int ProvidersMax = 1024;

    private readonly PeerId _self;
    private readonly DhtLoop _loop;

    /// <summary>Starts the DHT on a network; it runs until disposed.</summary>
    /// <param name="network">The transport; not owned.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">Clock.</param>
    /// <param name="spawner">Starts the loops.</param>
    /// <param name="chance">Jitter and refresh targets; used by the DHT's loop only.</param>
    public KadDht(IPeerNetwork network, KadOptions options, TimeProvider time, ISpawner spawner, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfEqual((int)options.Mode, (int)KadMode.None);
        _self = network.LocalPeer;
        _loop = new DhtLoop(network, options, time, spawner, chance);
    }

    /// <summary>Ends when the DHT has stopped; faulted when a defect of ours stopped it.</summary>
    public Task Completion => _loop.Completion;


    /// <summary>Announces that this node has the content, now and until <see cref="StopProvidingAsync"/> (renewed every 22 h).</summary>
    /// <param name="key">Multihash of the content.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; the key stays announced.</param>
    /// <exception cref="KadException">A local limit is reached or the DHT stops.</exception>
    public async Task<ProvideResult> ProvideAsync(Multihash key, CancellationToken cancellationToken = default)
    {
        KadOutcome outcome = await RunAsync(new KadCommand(KadOperationKind.Provide, key.Memory), cancellationToken);
        return new ProvideResult(outcome.Sent, outcome.Failed);
    }

    /// <summary>As the other overload, for the multihash inside the CID: all CID forms of one hash meet.</summary>
    /// <param name="cid">Not none.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; the key stays announced.</param>
    /// <exception cref="KadException">A local limit is reached or the DHT stops.</exception>
    public Task<ProvideResult> ProvideAsync(Cid cid, CancellationToken cancellationToken = default) => ProvideAsync(cid.Hash, cancellationToken);

    /// <summary>Stops renewing a key; records at others live up to 48 h more.</summary>
    /// <param name="key">Multihash of the content.</param>
    /// <param name="cancellationToken">Cancelling stops waiting.</param>
    public Task StopProvidingAsync(Multihash key, CancellationToken cancellationToken = default) => _loop.StopProvidingAsync(key.Memory, cancellationToken);

    /// <summary>
    /// Streams providers as they are found, never this node itself. Ends when <paramref name="max"/> were found or the nearest peers have
    /// answered. Providers are unverified: dial them and go on to the next.
    /// </summary>
    /// <param name="key">Multihash of the content.</param>
    /// <param name="max">Most providers, 1 to 1,024.</param>
    /// <param name="cancellationToken">Cancelling ends the lookup.</param>
    public async IAsyncEnumerable<PeerInfo> FindProvidersAsync(
        Multihash key,
        int max = 20,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, ProvidersMax);
        using Activity? activity = Begin(KadOperationKind.FindProviders);
        Channel<PeerInfo> found = Channel.CreateBounded<PeerInfo>(new BoundedChannelOptions(max) { SingleReader = true, SingleWriter = true });
        KadCommand command = new(KadOperationKind.FindProviders, key.Memory) { Max = max };
        (long id, OperationWaiter _) = await _loop.StartAsync(command, found.Writer, cancellationToken);
        try
        {
            await foreach (PeerInfo info in found.Reader.EachAsync(cancellationToken))
            {
                yield return info;
            }
        }
        finally
        {
            _loop.Cancel(id); // no matter when it has ended
            if (found.Reader.Completion.Exception?.InnerException is KadException refused)
            {
                activity.Failed(refused.Error);
            }
        }
    }

    /// <summary>As the other overload, for the multihash inside the CID.</summary>
    /// <param name="cid">Not none.</param>
    /// <param name="max">Most providers, 1 to 1,024.</param>
    /// <param name="cancellationToken">Cancelling ends the lookup.</param>
    public IAsyncEnumerable<PeerInfo> FindProvidersAsync(Cid cid, int max = 20, CancellationToken cancellationToken = default) => FindProvidersAsync(cid.Hash, max, cancellationToken);

    /// <summary>Finds a peer and connects to it, which proves its identity.</summary>
    /// <param name="peer">Whom.</param>
    /// <param name="cancellationToken">Cancelling ends the lookup.</param>
    /// <returns>The connected peer, or null when it was not found or not reachable.</returns>
    public async Task<PeerInfo?> FindPeerAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        (await RunAsync(new KadCommand(KadOperationKind.FindPeer, peer.Memory), cancellationToken)).Peer;

    /// <summary>Stores a value here and at the nearest peers.</summary>
    /// <param name="key"><c>/namespace/…</c>, at most 256 bytes; copied.</param>
    /// <param name="value">Valid under the namespace's validator; copied.</param>
    /// <param name="cancellationToken">Cancelling leaves it stored at some.</param>
    /// <exception cref="KadException">The key or value is refused.</exception>
    public async Task<PutResult> PutValueAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        KadCommand command = new(KadOperationKind.PutValue, key.ToArray()) { Value = value.ToArray() };
        KadOutcome outcome = await RunAsync(command, cancellationToken);
        return new PutResult(outcome.Sent, outcome.Failed);
    }

    /// <summary>The best valid value among those the nearest peers hold; peers with a worse one are corrected.</summary>
    /// <param name="key"><c>/namespace/…</c>; copied.</param>
    /// <param name="cancellationToken">Cancelling ends the lookup.</param>
    /// <returns>The value, or null when nobody has one.</returns>
    /// <exception cref="KadException">The namespace is unknown.</exception>
    public async Task<ReadOnlyMemory<byte>?> GetValueAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        (await RunAsync(new KadCommand(KadOperationKind.GetValue, key.ToArray()), cancellationToken)).Value;

    /// <summary>Fills the table by walking towards our own id. Happens by itself when peers appear and every 10 min.</summary>
    /// <param name="cancellationToken">Cancelling stops waiting.</param>
    public async Task<BootstrapResult> BootstrapAsync(CancellationToken cancellationToken = default)
    {
        KadOutcome outcome = await RunAsync(new KadCommand(KadOperationKind.Bootstrap, _self.Memory), cancellationToken);
        TableSnapshot table = await SnapshotAsync(cancellationToken);
        return new BootstrapResult(outcome.Answered, table.Peers.Count);
    }

    /// <summary>The routing table now.</summary>
    /// <param name="cancellationToken">Cancelling stops waiting.</param>
    public Task<TableSnapshot> SnapshotAsync(CancellationToken cancellationToken = default) => _loop.SnapshotAsync(cancellationToken);

    /// <summary>Stops serving, ends lookups, waits for the loops. Idempotent.</summary>
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<KadOutcome> RunAsync(KadCommand command, CancellationToken cancellationToken)
    {
        using Activity? activity = Begin(command.Kind);
        try
        {
            KadOutcome outcome = await RunCoreAsync(command, cancellationToken);
            activity?.SetTag("p2p.dht.answered", outcome.Answered);
            return outcome;
        }
        catch (KadException refused)
        {
            activity.Failed(refused.Error);
            throw;
        }
        catch (OperationCanceledException given)
        {
            activity.Failed(given);
            throw;
        }
    }

    private async Task<KadOutcome> RunCoreAsync(KadCommand command, CancellationToken cancellationToken)
    {
        (long id, OperationWaiter waiter) = await _loop.StartAsync(command, providers: null, cancellationToken);
        try
        {
            return await _loop.WaitAsync(waiter.Task, cancellationToken);
        }
        catch (OperationCanceledException) when (command.Kind != KadOperationKind.Provide)
        {
            _loop.Cancel(id); // a key stays announced
            throw;
        }
    }

    private static Activity? Begin(KadOperationKind kind)
    {
        Activity? activity = DhtTraces.Source.StartActivity(DhtTraces.Lookup, ActivityKind.Client);
        activity?.SetTag("p2p.dht.operation", kind.ToString());
        return activity;
    }
}
