using P2P.Core.Identity;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>One input of the <see cref="KadEngine"/>.</summary>
internal readonly record struct KadInput(KadInputKind Kind)
{
    /// <summary>Request, rpc or operation, by kind.</summary>
    public long Id { get; init; }

    public PeerId Peer { get; init; }

    public KadMessage? Message { get; init; }

    public KadFailure Failure { get; init; }

    public KadCommand? Command { get; init; }
}
