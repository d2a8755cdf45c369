using P2P.Core.Identity;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Something the loop must do.</summary>
internal readonly record struct KadEffect(KadEffectKind Kind, long Id)
{
    public PeerId Peer { get; init; }

    /// <summary>To send. More than one only where no answer is expected.</summary>
    public IReadOnlyList<KadMessage>? Messages { get; init; }

    /// <summary>False for ADD_PROVIDER: it has none.</summary>
    public bool ExpectsAnswer { get; init; }

    public ServerAnswer Answer { get; init; }

    public PeerInfo? Info { get; init; }

    public KadOutcome? Outcome { get; init; }
}
