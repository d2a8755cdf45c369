using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Noise;
using P2P.Transport.Yamux;

namespace P2P.Transport.Connections;

/// <summary>
/// Turns raw connections into authenticated, multiplexed ones: multistream, Noise (static key fresh per process), yamux. One per node:
/// it holds the memory budget of all its connections. Thread-safe.
/// </summary>
/// <remarks>Spec: libp2p wire, sections 3, 4 and 8.</remarks>
public sealed class ConnectionUpgrader : IDisposable
{
    internal const string YamuxProtocol = "/yamux/1.0.0";

    private readonly UpgradeOptions _options;
    private readonly TimeProvider _time;
    private readonly IChance _chance;
    private readonly NoiseIdentity _identity;
    private readonly YamuxConnectionContext _yamux;
    private readonly long[] _upgradeRefusals = new long[Enum.GetValues<UpgradeRefusal>().Length];
    private readonly long[] _keyRefusals = new long[Enum.GetValues<KeyRefusal>().Length];
    private readonly long[] _yamuxRefusals = new long[Enum.GetValues<YamuxRefusal>().Length];

    /// <summary>Creates the upgrader and its Noise static key.</summary>
    /// <param name="identity">Proves who we are; not disposed here.</param>
    /// <param name="options">Limits.</param>
    /// <param name="spawner">Starts the loops of each connection.</param>
    /// <param name="time">Time limits.</param>
    /// <param name="chance">Source of key material; thread-safe.</param>
    public ConnectionUpgrader(PrivateKey identity, UpgradeOptions options, ISpawner spawner, TimeProvider time, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _options = options;
        _time = time;
        _chance = chance;
        _identity = new NoiseIdentity(identity, options.EarlyMuxer ? [YamuxProtocol] : [], chance);
        Budget = new YamuxBudget(options.Yamux.ProcessBytesMax);
        _yamux = new YamuxConnectionContext(
            options.Yamux, new YamuxPeerBudgets(options.Yamux.PeerBytesMax, Budget), spawner, time, refusal => Interlocked.Increment(ref _yamuxRefusals[(int)refusal]));
    }

    /// <summary>Memory of unread bytes and granted windows of all connections now; 0 when all have ended and been read.</summary>
    public long BufferedBytes => Budget.Used;

    internal YamuxBudget Budget { get; }

    internal TrafficCounters Traffic { get; } = new();

    /// <summary>How many upgrades failed for one reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long RefusalsOf(UpgradeRefusal refusal) => Interlocked.Read(ref _upgradeRefusals[(int)refusal]);

    /// <summary>How many frames or streams were refused for one reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long RefusalsOf(YamuxRefusal refusal) => Interlocked.Read(ref _yamuxRefusals[(int)refusal]);

    /// <summary>How many identity keys were refused for one reason; each is an <see cref="UpgradeRefusal.IdentityKey"/> too.</summary>
    /// <param name="refusal">The reason.</param>
    public long RefusalsOf(KeyRefusal refusal) => Interlocked.Read(ref _keyRefusals[(int)refusal]);

    /// <summary>Upgrades; takes the raw connection over and aborts it on failure.</summary>
    /// <param name="connection">Fresh: no byte has been read or written.</param>
    /// <param name="outbound">Whether we dialled it.</param>
    /// <param name="expectedPeer">Who it must be; none accepts anybody.</param>
    /// <param name="cancellationToken">Cancelling aborts the connection.</param>
    /// <exception cref="TransportException">Handshake failed, timed out, or somebody else answered (<see cref="TransportError.PeerIdMismatch"/>).</exception>
    public async ValueTask<MuxedConnection> UpgradeAsync(
        RawConnection connection, bool outbound, PeerId expectedPeer, CancellationToken cancellationToken)
    {
        using Activity? activity = TransportTraces.Source.StartActivity(TransportTraces.Handshake, outbound ? ActivityKind.Client : ActivityKind.Server);
        ConnectionInput input = new(connection, Traffic);
        ConnectionUpgrade upgrade = new(input, outbound, _identity, _options.FirstByteTimeout, _time);
        UpgradeRefusal refusal = UpgradeRefusal.Closed;
        TransportException? broken = null;
        try
        {
            using CancellationTokenSource limit = new(_options.HandshakeTimeout, _time);
            using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            refusal = await upgrade.RunAsync(expectedPeer, _chance, both.Token);
        }
        catch (OperationCanceledException)
        {
            refusal = cancellationToken.IsCancellationRequested ? UpgradeRefusal.Cancelled : UpgradeRefusal.Timeout;
        }
        catch (TransportException e)
        {
            broken = e;
            refusal = e.Error == TransportError.ProtocolViolation ? UpgradeRefusal.NoiseBadTag : UpgradeRefusal.Closed;
        }
        finally
        {
            if (refusal != UpgradeRefusal.None)
            {
                Drop(connection, input, upgrade.Channel);
            }
        }

        if (refusal == UpgradeRefusal.None)
        {
            return YamuxConnection.Start(upgrade.Channel!, upgrade.Remote!.Key, connection.RemoteAddress, outbound, _yamux);
        }

        activity.Failed(refusal);
        Interlocked.Increment(ref _upgradeRefusals[(int)refusal]);
        if (refusal == UpgradeRefusal.IdentityKey)
        {
            Interlocked.Increment(ref _keyRefusals[(int)upgrade.KeyRefusal]);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw broken ?? UpgradeFailure.ErrorOf(refusal);
    }

    /// <summary>Clears the Noise static key. No upgrade may run or start; connections live on.</summary>
    public void Dispose() => _identity.Dispose();

    /// <summary>The reasons that occurred, as <c>Component.Reason</c>.</summary>
    internal IEnumerable<KeyValuePair<string, long>> RefusalDetails() =>
    [
        .. RefusalCounters.Named<UpgradeRefusal>("Upgrade", _upgradeRefusals),
        .. RefusalCounters.Named<KeyRefusal>("Key", _keyRefusals),
        .. RefusalCounters.Named<YamuxRefusal>("Yamux", _yamuxRefusals),
    ];

    private static void Drop(RawConnection connection, ConnectionInput input, NoiseChannel? channel)
    {
        connection.Abort();
        if (channel is null)
        {
            input.Dispose();
        }
        else
        {
            channel.Release();
        }
    }
}
