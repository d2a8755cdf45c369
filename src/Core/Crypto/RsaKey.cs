using System.Security.Cryptography;

namespace P2P.Core.Crypto;

/// <summary>RSASSA-PKCS1-v1_5 with SHA-256 by the BCL. Calls take turns, for the reason given at <see cref="EcdsaKey"/>.</summary>
/// <param name="key">The BCL's object; owned from here on.</param>
internal sealed class RsaKey(RSA key) : ISignatureVerifier, ISignatureSigner
{
    private readonly int _signatureBytes = (key.KeySize + 7) / 8;
    private readonly Lock _turn = new();

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != _signatureBytes)
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(message, hash);
        lock (_turn)
        {
            return key.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        lock (_turn)
        {
            return key.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn)
        {
            key.Dispose();
        }
    }
}
