using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2P.Transport.Noise;

/// <summary>One direction: ChaCha20-Poly1305 with a counting nonce. Seals and opens in place, allocates nothing. Not thread-safe.</summary>
/// <remarks>Spec: Noise, section 5.1. <c>TryOpen</c> leaves the counter alone when it fails (advisory RUSTSEC-2024-0011).</remarks>
internal sealed class NoiseCipher : IDisposable
{
    public const int TagBytes = 16;
    public const int KeyBytes = 32;

    private readonly ChaCha20Poly1305 _aead;
    private ulong _nonce;

    public NoiseCipher(ReadOnlySpan<byte> key, ulong firstNonce = 0)
    {
        _aead = new ChaCha20Poly1305(key);
        _nonce = firstNonce;
    }

    /// <summary>The next nonce.</summary>
    public ulong Nonce => _nonce;

    /// <summary>Seals <paramref name="text"/> in place.</summary>
    /// <param name="text">Plaintext, then ciphertext.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="associated">Authenticated only.</param>
    /// <returns><see cref="NoiseStatus.NonceExhausted"/> before 2^64-1: the protocol keeps that value for rekeying.</returns>
    public NoiseStatus Seal(Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        if (_nonce == ulong.MaxValue)
        {
            return NoiseStatus.NonceExhausted;
        }

        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, _nonce);
        _aead.Encrypt(nonce, text, text, tag, associated);
        _nonce++;
        return NoiseStatus.Ok;
    }

    /// <summary>Opens <paramref name="text"/> in place.</summary>
    /// <param name="text">Ciphertext, then plaintext; cleared when the tag is wrong.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="associated">Authenticated only.</param>
    public NoiseStatus TryOpen(Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associated)
    {
        if (_nonce == ulong.MaxValue)
        {
            return NoiseStatus.NonceExhausted;
        }

        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, _nonce);
        try
        {
            _aead.Decrypt(nonce, text, tag, text, associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            // The BCL has no status form. A peer buys one throw per connection, because the connection ends here.
            return NoiseStatus.BadTag;
        }

        _nonce++;
        return NoiseStatus.Ok;
    }

    public void Dispose() => _aead.Dispose();

    // Four zero bytes, then the counter in little endian.
    private static void WriteNonce(Span<byte> destination, ulong value)
    {
        destination[..4].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination[4..], value);
    }
}
