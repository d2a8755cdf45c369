using System.Security.Cryptography;

namespace P2P.Transport.Noise;

/// <summary>Chaining key, handshake hash and the cipher they lead to.</summary>
/// <remarks>Spec: Noise, section 5.2, with SHA-256 and ChaChaPoly.</remarks>
internal sealed class NoiseSymmetricState : IDisposable
{
    private const int HashBytes = 32;
    private const int JoinedBytesMax = 512;

    private readonly byte[] _chainingKey = new byte[HashBytes];
    private readonly byte[] _hash = new byte[HashBytes];
    private NoiseCipher? _cipher;

    /// <param name="protocolName">At most 32 bytes: then the hash starts as the name itself, padded with zeros.</param>
    public NoiseSymmetricState(ReadOnlySpan<byte> protocolName)
    {
        protocolName.CopyTo(_hash);
        _hash.CopyTo(_chainingKey, 0);
    }

    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>16 once there is a key, else 0.</summary>
    public int TagBytes => _cipher is null ? 0 : NoiseCipher.TagBytes;

    public void MixHash(ReadOnlySpan<byte> data)
    {
        Span<byte> joined = stackalloc byte[JoinedBytesMax];
        if (HashBytes + data.Length <= JoinedBytesMax)
        {
            // The usual case: one call on a copy costs a third of an incremental hash.
            _hash.CopyTo(joined);
            data.CopyTo(joined[HashBytes..]);
            SHA256.HashData(joined[..(HashBytes + data.Length)], _hash);
            return;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_hash);
        hash.AppendData(data);
        hash.GetHashAndReset(_hash);
    }

    public void MixKey(ReadOnlySpan<byte> input)
    {
        Span<byte> key = stackalloc byte[HashBytes];
        Derive(input, _chainingKey, key);
        _cipher?.Dispose();
        _cipher = new NoiseCipher(key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Encrypts in place when there is a key; writes the tag behind the text.</summary>
    /// <param name="buffer">The text and room for <see cref="TagBytes"/> more.</param>
    public void EncryptAndHash(Span<byte> buffer)
    {
        if (_cipher is not null)
        {
            Span<byte> text = buffer[..^NoiseCipher.TagBytes];
            NoiseStatus status = _cipher.Seal(text, buffer[text.Length..], _hash);
            Core.Runtime.Invariant.Check(status == NoiseStatus.Ok, "A handshake key seals at most twice.");
        }

        MixHash(buffer);
    }

    /// <summary>Opens what <see cref="EncryptAndHash"/> made.</summary>
    /// <param name="message">Text and tag.</param>
    /// <param name="text">Room for the text.</param>
    public NoiseStatus DecryptAndHash(ReadOnlySpan<byte> message, Span<byte> text)
    {
        if (_cipher is null)
        {
            message.CopyTo(text);
            MixHash(message);
            return NoiseStatus.Ok;
        }

        ReadOnlySpan<byte> cipherText = message[..^NoiseCipher.TagBytes];
        text = text[..cipherText.Length];
        cipherText.CopyTo(text);
        NoiseStatus status = _cipher.TryOpen(text, message[cipherText.Length..], _hash);
        if (status == NoiseStatus.Ok)
        {
            MixHash(message);
        }

        return status;
    }

    /// <summary>The two transport ciphers: of the initiator, of the responder.</summary>
    public (NoiseCipher Initiator, NoiseCipher Responder) Split()
    {
        Span<byte> first = stackalloc byte[HashBytes];
        Span<byte> second = stackalloc byte[HashBytes];
        Derive([], first, second);
        (NoiseCipher, NoiseCipher) result = (new NoiseCipher(first), new NoiseCipher(second));
        CryptographicOperations.ZeroMemory(first);
        CryptographicOperations.ZeroMemory(second);
        return result;
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        CryptographicOperations.ZeroMemory(_chainingKey);
    }

    // HKDF with two outputs; `first` may be the chaining key itself.
    private void Derive(ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second)
    {
        Span<byte> temporary = stackalloc byte[HashBytes];
        Span<byte> block = stackalloc byte[HashBytes + 1];
        HMACSHA256.HashData(_chainingKey, input, temporary);
        block[0] = 1;
        HMACSHA256.HashData(temporary, block[..1], first);
        first.CopyTo(block);
        block[HashBytes] = 2;
        HMACSHA256.HashData(temporary, block, second);
        CryptographicOperations.ZeroMemory(temporary);
        CryptographicOperations.ZeroMemory(block);
    }
}
