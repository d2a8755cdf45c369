using P2P.Crdt.Replication;

namespace P2P.Crdt.Presence;

/// <summary>One effect of <see cref="PresenceCore"/>.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Caret">Of <see cref="PresenceEffectKind.Place"/>.</param>
/// <param name="Payload">Of <see cref="PresenceEffectKind.Publish"/>.</param>
/// <param name="Advice">Of <see cref="PresenceEffectKind.Judge"/>.</param>
public readonly record struct PresenceEffect(
    PresenceEffectKind Kind, PresenceCaret? Caret = null, ReadOnlyMemory<byte> Payload = default, GossipAdvice Advice = GossipAdvice.None);
