using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Transport.Noise;

/// <summary>
/// The three messages of <c>Noise_XX_25519_ChaChaPoly_SHA256</c> as a pure state machine: no socket, no clock, no randomness (the ephemeral
/// key is given). Knows nothing of libp2p. After a refusal it must be thrown away.
/// </summary>
/// <remarks>Spec: Noise revision 34, pattern XX: <c>-> e; &lt;- e, ee, s, es; -> s, se</c>.</remarks>
internal sealed class NoiseHandshake : IDisposable
{
    /// <summary>Longest Noise message; its length is an unsigned 16-bit number.</summary>
    public const int MessageBytesMax = 65_535;

    private const int Messages = 3;

    private readonly NoiseSymmetricState _symmetric = new("Noise_XX_25519_ChaChaPoly_SHA256"u8);
    private readonly bool _initiator;
    private readonly X25519Key _static;
    private readonly X25519Key _ephemeral;
    private readonly byte[] _remoteStatic = new byte[X25519.KeyBytes];
    private readonly byte[] _remoteEphemeral = new byte[X25519.KeyBytes];
    private int _next;
    private bool _failed;

    /// <param name="initiator">Whether we send the first message.</param>
    /// <param name="prologue">What both sides must agree on; empty over TCP and WebSocket.</param>
    /// <param name="staticKey">Ours; not disposed here.</param>
    /// <param name="ephemeralKey">Fresh; disposed here.</param>
    public NoiseHandshake(bool initiator, ReadOnlySpan<byte> prologue, X25519Key staticKey, X25519Key ephemeralKey)
    {
        _initiator = initiator;
        _static = staticKey;
        _ephemeral = ephemeralKey;
        _symmetric.MixHash(prologue);
    }

    public bool IsComplete => _next == Messages;

    /// <summary>The remote's static key, once its message has been read.</summary>
    public ReadOnlySpan<byte> RemoteStatic => _remoteStatic;

    public ReadOnlySpan<byte> Hash => _symmetric.Hash;

    private bool MyTurn => (_next % 2 == 0) == _initiator;

    /// <summary>Bytes that the next message adds to its payload.</summary>
    public int Overhead => _next switch
    {
        0 => X25519.KeyBytes,
        1 => X25519.KeyBytes + X25519.KeyBytes + (2 * NoiseCipher.TagBytes),
        _ => X25519.KeyBytes + (2 * NoiseCipher.TagBytes),
    };

    /// <summary>Writes our next message.</summary>
    /// <param name="payload">Not secret in the first message, not yet protected against an active attacker in the second.</param>
    /// <param name="destination">Room for the payload and <see cref="Overhead"/>.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns><see cref="NoiseStatus.LowOrderPoint"/> when the remote's key is refused.</returns>
    public NoiseStatus TryWriteMessage(ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        Invariant.Check(!_failed && !IsComplete && MyTurn, "Not our turn in the Noise handshake.");
        written = 0;
        if (_next != 2)
        {
            _ephemeral.PublicKey.CopyTo(destination);
            _symmetric.MixHash(destination[..X25519.KeyBytes]);
            written = X25519.KeyBytes;
        }

        bool agreed = true;
        if (_next == 1)
        {
            agreed = MixAgreement(_ephemeral, _remoteEphemeral);
        }

        if (_next > 0)
        {
            written += Encrypt(_static.PublicKey, destination[written..]);
            agreed = agreed && MixAgreement(_static, _remoteEphemeral);
        }

        if (!agreed)
        {
            _failed = true;
            written = 0;
            return NoiseStatus.LowOrderPoint;
        }

        written += Encrypt(payload, destination[written..]);
        _next++;
        return NoiseStatus.Ok;
    }

    /// <summary>Reads the remote's next message.</summary>
    /// <param name="message">The whole message, without length.</param>
    /// <param name="payload">Room for the message's length less <see cref="Overhead"/>.</param>
    /// <param name="payloadBytes">Bytes of payload.</param>
    public NoiseStatus TryReadMessage(ReadOnlySpan<byte> message, Span<byte> payload, out int payloadBytes)
    {
        Invariant.Check(!_failed && !IsComplete && !MyTurn, "Not the remote's turn in the Noise handshake.");
        payloadBytes = 0;
        int overhead = Overhead;
        NoiseStatus status = message.Length < overhead ? NoiseStatus.TooShort : ReadKeys(ref message);
        if (status == NoiseStatus.Ok)
        {
            payloadBytes = message.Length - _symmetric.TagBytes;
            status = _symmetric.DecryptAndHash(message, payload[..payloadBytes]);
        }

        if (status != NoiseStatus.Ok)
        {
            _failed = true;
            payloadBytes = 0;
            return status;
        }

        _next++;
        return NoiseStatus.Ok;
    }

    /// <summary>The transport ciphers, after the third message.</summary>
    /// <returns>Owned by the caller.</returns>
    public (NoiseCipher Send, NoiseCipher Receive) Split()
    {
        Invariant.Check(IsComplete && !_failed, "The Noise handshake is not complete.");
        (NoiseCipher initiator, NoiseCipher responder) = _symmetric.Split();
        return _initiator ? (initiator, responder) : (responder, initiator);
    }

    public void Dispose()
    {
        _symmetric.Dispose();
        _ephemeral.Dispose();
    }

    private NoiseStatus ReadKeys(ref ReadOnlySpan<byte> message)
    {
        if (_next != 2)
        {
            message[..X25519.KeyBytes].CopyTo(_remoteEphemeral);
            _symmetric.MixHash(_remoteEphemeral);
            message = message[X25519.KeyBytes..];
        }

        if (_next == 1 && !MixAgreement(_ephemeral, _remoteEphemeral))
        {
            return NoiseStatus.LowOrderPoint;
        }

        if (_next > 0)
        {
            const int SealedKeyBytes = X25519.KeyBytes + NoiseCipher.TagBytes;
            NoiseStatus status = _symmetric.DecryptAndHash(message[..SealedKeyBytes], _remoteStatic);
            if (status != NoiseStatus.Ok)
            {
                return status;
            }

            message = message[SealedKeyBytes..];
            return MixAgreement(_ephemeral, _remoteStatic) ? NoiseStatus.Ok : NoiseStatus.LowOrderPoint;
        }

        return NoiseStatus.Ok;
    }

    private bool MixAgreement(X25519Key ours, ReadOnlySpan<byte> theirs)
    {
        Span<byte> shared = stackalloc byte[X25519.KeyBytes];
        if (!ours.TryAgree(theirs, shared))
        {
            return false;
        }

        _symmetric.MixKey(shared);
        shared.Clear();
        return true;
    }

    private int Encrypt(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int total = text.Length + _symmetric.TagBytes;
        text.CopyTo(destination);
        _symmetric.EncryptAndHash(destination[..total]);
        return total;
    }
}
