using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Transport.Noise;

/// <summary>
/// The libp2p handshake over <see cref="NoiseHandshake"/> as a pure state machine: payloads, identity, choice of the muxer. Drive it with
/// <see cref="TryWriteNext"/> and <see cref="TryReadNext"/> in turn until <see cref="IsComplete"/>.
/// </summary>
/// <remarks>Spec: libp2p noise r5 and inlined muxer negotiation.</remarks>
internal sealed class NoiseLibp2pHandshake : IDisposable
{
    private readonly NoiseHandshake _noise;
    private readonly NoiseIdentity _identity;
    private readonly bool _initiator;
    private readonly PeerId _expected;
    private int _step;

    public NoiseLibp2pHandshake(bool initiator, NoiseIdentity identity, PeerId expected, IChance chance)
    {
        _initiator = initiator;
        _identity = identity;
        _expected = expected;
        _noise = new NoiseHandshake(initiator, [], identity.StaticKey, X25519Key.Generate(chance));
    }

    public bool IsComplete => _noise.IsComplete;

    /// <summary>Whether <see cref="TryWriteNext"/> is due, else <see cref="TryReadNext"/>.</summary>
    public bool Writes => (_step % 2 == 0) == _initiator;

    /// <summary>The proven remote, once its payload has been read.</summary>
    public NoiseRemote? Remote { get; private set; }

    /// <summary>Why the remote's identity key was refused, when it was.</summary>
    public KeyRefusal KeyRefusal { get; private set; }

    /// <summary>The muxer both listed; null leaves it to multistream.</summary>
    public string? Muxer { get; private set; }

    /// <summary>Room that the next message needs.</summary>
    public int NextBytes => _noise.Overhead + _identity.Payload.Length;

    /// <summary>Writes our next message. The first one carries nothing: it is not encrypted.</summary>
    /// <param name="destination">At least <see cref="NextBytes"/>.</param>
    /// <param name="written">Bytes written.</param>
    public NoiseStatus TryWriteNext(Span<byte> destination, out int written)
    {
        ReadOnlySpan<byte> payload = _step == 0 ? [] : _identity.Payload;
        _step++;
        return _noise.TryWriteMessage(payload, destination, out written);
    }

    /// <summary>Reads the remote's next message and, from the second on, verifies who it is.</summary>
    /// <param name="message">Whole, without length.</param>
    /// <param name="scratch">At least as long as the message.</param>
    public NoiseStatus TryReadNext(ReadOnlySpan<byte> message, Span<byte> scratch)
    {
        int step = _step++;
        NoiseStatus status = _noise.TryReadMessage(message, scratch, out int payloadBytes);
        if (status != NoiseStatus.Ok || step == 0)
        {
            return status;
        }

        status = NoiseIdentity.TryVerify(scratch[..payloadBytes], _noise.RemoteStatic, _expected, out NoiseRemote? remote, out KeyRefusal keyRefusal);
        KeyRefusal = keyRefusal;
        if (status != NoiseStatus.Ok)
        {
            return status;
        }

        Remote = remote;
        bool chosen = _initiator
            ? NoiseIdentity.TryChooseMuxer(_identity.Muxers, remote!.Muxers, out string? muxer)
            : NoiseIdentity.TryChooseMuxer(remote!.Muxers, _identity.Muxers, out muxer);
        Muxer = muxer;
        return chosen ? NoiseStatus.Ok : NoiseStatus.NoCommonMuxer;
    }

    /// <summary>The transport ciphers, owned by the caller.</summary>
    public (NoiseCipher Send, NoiseCipher Receive) Split() => _noise.Split();

    public void Dispose() => _noise.Dispose();
}
