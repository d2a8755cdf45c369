using P2P.Core.Identity;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>A request of ours in flight.</summary>
/// <param name="Purpose">Why it was sent.</param>
/// <param name="Peer">To whom.</param>
/// <param name="Type">Of the request; the answer must have the same.</param>
/// <param name="SentAt">Monotonic time.</param>
internal sealed record KadRpc(KadRpcPurpose Purpose, PeerId Peer, KadMessageType Type, TimeSpan SentAt)
{
    /// <summary>The operation it belongs to, or null.</summary>
    public KadOperation? Operation { get; init; }
}
