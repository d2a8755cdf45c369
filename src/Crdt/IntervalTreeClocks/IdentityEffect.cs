using P2P.Core.Identity;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>One thing an identity wants done, in the order given.</summary>
/// <param name="Kind">What.</param>
/// <param name="Peer">To whom.</param>
/// <param name="Nonce">Of the request.</param>
/// <param name="Epoch">Epoch of the message.</param>
/// <param name="Stamp">What is sent.</param>
/// <param name="Version">What is stored.</param>
/// <param name="Refusal">Why not.</param>
public readonly record struct IdentityEffect(
    IdentityEffectKind Kind, PeerId Peer = default, UInt128 Nonce = default, long Epoch = 0, Stamp? Stamp = null, long Version = 0,
    IdentityRefusal Refusal = IdentityRefusal.None);
