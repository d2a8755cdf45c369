using P2P.Core.Identity;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>One thing that happens to an identity.</summary>
/// <param name="Kind">What.</param>
/// <param name="Peer">From whom, or whom to ask.</param>
/// <param name="Nonce">Of the request.</param>
/// <param name="Epoch">Of the message, or the new one.</param>
/// <param name="Stamp">What was granted or left; for a checkpoint the seed, at the one member that signed it.</param>
/// <param name="Version">What the store has written.</param>
public readonly record struct IdentityInput(
    IdentityInputKind Kind, PeerId Peer = default, UInt128 Nonce = default, long Epoch = 0, Stamp? Stamp = null, long Version = 0);
