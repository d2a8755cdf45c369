using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Transport.Connections;

/// <summary>
/// Turns raw connections into authenticated, multiplexed ones: multistream, Noise (static key fresh per process), yamux. One per node:
/// it holds the memory budget of all its connections. Thread-safe.
/// </summary>
/// <remarks>Spec: libp2p wire, sections 3, 4 and 8.</remarks>
public sealed class ConnectionUpgrader
{
    /// <summary>Creates the upgrader and its Noise static key.</summary>
    /// <param name="identity">Proves who we are; not disposed here.</param>
    /// <param name="options">Limits.</param>
    /// <param name="spawner">Starts the loops of each connection.</param>
    /// <param name="time">Time limits.</param>
    /// <param name="chance">Source of key material.</param>
    public ConnectionUpgrader(PrivateKey identity, UpgradeOptions options, ISpawner spawner, TimeProvider time, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(identity);
    }

    /// <summary>Upgrades; takes the raw connection over and aborts it on failure.</summary>
    /// <param name="connection">Fresh: no byte has been read or written.</param>
    /// <param name="outbound">Whether we dialled it.</param>
    /// <param name="expectedPeer">Who it must be; none accepts anybody.</param>
    /// <param name="cancellationToken">Cancelling aborts the connection.</param>
    /// <exception cref="TransportException">Handshake failed, timed out, or somebody else answered (<see cref="TransportError.PeerIdMismatch"/>).</exception>
    public ValueTask<MuxedConnection> UpgradeAsync(RawConnection connection, bool outbound, PeerId expectedPeer, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
