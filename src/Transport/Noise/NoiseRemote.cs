using P2P.Core.Identity;

namespace P2P.Transport.Noise;

/// <summary>The proven other side of a Noise handshake.</summary>
/// <param name="Key">Signed the static key.</param>
/// <param name="Muxers">Untrusted text.</param>
internal sealed record NoiseRemote(PublicKey Key, IReadOnlyList<string> Muxers);
