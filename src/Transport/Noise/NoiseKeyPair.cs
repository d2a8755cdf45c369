using System.Security.Cryptography;
using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Transport.Noise;

/// <summary>An X25519 key pair. The private half is cleared on disposal.</summary>
internal sealed class NoiseKeyPair : IDisposable
{
    private readonly byte[] _private = new byte[X25519.KeyBytes];
    private readonly byte[] _public = new byte[X25519.KeyBytes];

    private NoiseKeyPair()
    {
    }

    public ReadOnlySpan<byte> Public => _public;

    public static NoiseKeyPair Generate(IChance chance)
    {
        NoiseKeyPair pair = new();
        X25519.Generate(chance, pair._private, pair._public);
        return pair;
    }

    public static NoiseKeyPair FromPrivate(ReadOnlySpan<byte> privateKey)
    {
        NoiseKeyPair pair = new();
        privateKey.CopyTo(pair._private);
        X25519.PublicFromPrivate(pair._private, pair._public);
        return pair;
    }

    public bool TryAgree(ReadOnlySpan<byte> remotePublic, Span<byte> shared) => X25519.TryAgree(_private, remotePublic, shared);

    public void Dispose() => CryptographicOperations.ZeroMemory(_private);
}
