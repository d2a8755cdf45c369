using P2P.Core.Identity;

namespace P2P.Transport.Framing;

/// <summary>
/// Memory that unfinished frames of one protocol may take, per peer and in all. A reader empties its stream, so the stream's window does not
/// bound what it holds: a peer that opens every stream it may and sends all but the last byte of the longest frame on each would otherwise
/// hold their product. Memory is lent for a time only: a few peers that never finish must not keep it from all others. Thread-safe.
/// </summary>
/// <param name="perPeerMax">Bytes for one peer.</param>
/// <param name="totalMax">Bytes for all peers.</param>
/// <param name="time">Measures <see cref="LentFor"/>.</param>
/// <remarks>Spec: limits, section 5, rule 1: a reservation walks from the peer to the root.</remarks>
public sealed class FrameBudget(long perPeerMax, long totalMax, TimeProvider time)
{
    /// <summary>What every stream may hold without asking, in bytes.</summary>
    public const int FreeBytes = 64 * 1024;

    /// <summary>Within this time a frame that takes memory must be whole: 4 MiB then need 137 KiB/s.</summary>
    public static readonly TimeSpan LentFor = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // An entry lives as long as something is reserved, so it is bounded by the connections.
    private readonly Dictionary<PeerId, long> _byPeer = [];
    private long _total;

    /// <summary>Bytes reserved now; 0 when no reader is in the middle of a long frame.</summary>
    public long Reserved => Volatile.Read(ref _total);

    /// <summary>Reserves bytes.</summary>
    /// <param name="peer">Whose frame.</param>
    /// <param name="bytes">Not negative.</param>
    /// <returns>False when the peer or all together would hold too much.</returns>
    public bool TryReserve(PeerId peer, long bytes)
    {
        lock (_gate)
        {
            long held = _byPeer.GetValueOrDefault(peer);
            if (held + bytes > perPeerMax || _total + bytes > totalMax)
            {
                return false;
            }

            Set(peer, held + bytes);
            _total += bytes;
            return true;
        }
    }

    /// <summary>Gives reserved bytes back.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="bytes">As reserved.</param>
    public void Release(PeerId peer, long bytes)
    {
        lock (_gate)
        {
            Set(peer, _byPeer.GetValueOrDefault(peer) - bytes);
            _total -= bytes;
        }
    }

    /// <summary>Cancelled when a frame begun now has taken too long.</summary>
    internal CancellationTokenSource StartDeadline() => new(LentFor, time);

    private void Set(PeerId peer, long bytes)
    {
        if (bytes > 0)
        {
            _byPeer[peer] = bytes;
        }
        else
        {
            _byPeer.Remove(peer);
        }
    }
}
