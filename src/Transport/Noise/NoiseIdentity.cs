using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Transport.Noise;

/// <summary>
/// Our side of every Noise handshake of this process: a static key that is never stored, the identity's signature over it (made once, it is
/// the dearest part we can save) and the payload ready to send. Immutable, thread-safe.
/// </summary>
internal sealed class NoiseIdentity : IDisposable
{
    private readonly byte[] _payload;

    public NoiseIdentity(PrivateKey identity, IReadOnlyList<string> muxers, IChance chance)
    {
        Muxers = muxers;
        StaticKey = X25519Key.Generate(chance);
        Span<byte> message = stackalloc byte[SignedPrefix.Length + 32];
        WriteSigned(message, StaticKey.PublicKey);
        _payload = NoisePayload.Write(identity.PublicKey.Protobuf.Span, identity.Sign(message), muxers);
    }

    public X25519Key StaticKey { get; }

    /// <summary>Muxers listed in the handshake, preferred first; empty leaves the choice to multistream.</summary>
    public IReadOnlyList<string> Muxers { get; }

    public ReadOnlySpan<byte> Payload => _payload;

    private static ReadOnlySpan<byte> SignedPrefix => "noise-libp2p-static-key:"u8;

    /// <summary>Checks the remote's payload against the static key it used.</summary>
    /// <param name="payload">Decrypted.</param>
    /// <param name="remoteStatic">Proven by the handshake.</param>
    /// <param name="expected">Who it must be; none accepts anybody.</param>
    /// <param name="remote">Who it is.</param>
    /// <param name="keyRefusal">Says more of <see cref="NoiseStatus.BadIdentityKey"/>.</param>
    public static NoiseStatus TryVerify(
        ReadOnlySpan<byte> payload, ReadOnlySpan<byte> remoteStatic, PeerId expected, out NoiseRemote? remote, out KeyRefusal keyRefusal)
    {
        remote = null;
        keyRefusal = KeyRefusal.None;
        if (!NoisePayload.TryRead(payload, out ReadOnlySpan<byte> keyBytes, out ReadOnlySpan<byte> signature, out IReadOnlyList<string> muxers))
        {
            return NoiseStatus.BadPayload;
        }

        keyRefusal = PublicKey.Read(keyBytes, out PublicKey? key);
        if (keyRefusal != KeyRefusal.None)
        {
            return NoiseStatus.BadIdentityKey;
        }

        Span<byte> message = stackalloc byte[SignedPrefix.Length + 32];
        WriteSigned(message, remoteStatic);
        if (!key!.Verify(message, signature))
        {
            return NoiseStatus.BadSignature;
        }

        // Only now, and from the verified key: the check most often missing in other stacks.
        if (!expected.IsNone && expected != key.PeerId)
        {
            return NoiseStatus.WrongPeer;
        }

        remote = new NoiseRemote(key, muxers);
        return NoiseStatus.Ok;
    }

    /// <summary>First of the initiator's list that the responder has too.</summary>
    /// <param name="initiator">Its list.</param>
    /// <param name="responder">Its list.</param>
    /// <param name="muxer">The choice; null when a list is empty: multistream decides then.</param>
    /// <returns>False when both listed and nothing is common.</returns>
    public static bool TryChooseMuxer(IReadOnlyList<string> initiator, IReadOnlyList<string> responder, out string? muxer)
    {
        muxer = null;
        if (initiator.Count == 0 || responder.Count == 0)
        {
            return true;
        }

        foreach (string candidate in initiator)
        {
            if (responder.Contains(candidate))
            {
                muxer = candidate;
                return true;
            }
        }

        return false;
    }

    public void Dispose() => StaticKey.Dispose();

    private static void WriteSigned(Span<byte> destination, ReadOnlySpan<byte> staticKey)
    {
        SignedPrefix.CopyTo(destination);
        staticKey.CopyTo(destination[SignedPrefix.Length..]);
    }
}
