using System.Security.Cryptography;
using BouncyEd25519 = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;
using BouncyX25519 = Org.BouncyCastle.Math.EC.Rfc7748.X25519;

namespace P2P.Core.Crypto;

/// <summary>
/// Portable.BouncyCastle behind the seam: slower (up to 1.5 times) and allocating, but everywhere. Only its two curve functions are used,
/// always behind <see cref="StrictEd25519"/>. The package is not passed on to applications, which have OpenSSL nearly everywhere.
/// </summary>
internal sealed class ManagedCurves : ICurveBackend
{
    private ManagedCurves()
    {
    }

    /// <summary>The backend, or null where its package is not there.</summary>
    public static ManagedCurves? TryCreate()
    {
        try
        {
            ManagedCurves curves = new();
            Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeyBytes];
            curves.Ed25519Public(publicKey, publicKey);
            return curves;
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public ISignatureVerifier OpenVerifier(ReadOnlySpan<byte> publicKey) => new Verifier(publicKey.ToArray());

    /// <inheritdoc/>
    public ISignatureSigner OpenSigner(ReadOnlySpan<byte> seed) => new Signer(seed);

    /// <inheritdoc/>
    public void Ed25519Public(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        byte[] secret = seed.ToArray();
        byte[] result = new byte[Ed25519.PublicKeyBytes];
        BouncyEd25519.GeneratePublicKey(secret, 0, result, 0);
        CryptographicOperations.ZeroMemory(secret);
        result.CopyTo(publicKey);
    }

    /// <inheritdoc/>
    public bool Ed25519Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        BouncyEd25519.Verify(signature.ToArray(), 0, publicKey.ToArray(), 0, message.ToArray(), 0, message.Length);

    /// <inheritdoc/>
    public void X25519Public(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        byte[] secret = privateKey.ToArray();
        byte[] result = new byte[X25519.KeyBytes];
        BouncyX25519.ScalarMultBase(secret, 0, result, 0);
        CryptographicOperations.ZeroMemory(secret);
        result.CopyTo(publicKey);
    }

    /// <inheritdoc/>
    public bool X25519Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        byte[] secret = privateKey.ToArray();
        byte[] result = new byte[X25519.KeyBytes];
        BouncyX25519.ScalarMult(secret, 0, publicKey.ToArray(), 0, result, 0);
        result.CopyTo(shared);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(result);
        return true;
    }

    /// <inheritdoc/>
    public IKeyAgreement OpenAgreement(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        X25519Public(privateKey, publicKey);
        return new Agreement(this, privateKey);
    }

    private sealed class Agreement : IKeyAgreement
    {
        private readonly ManagedCurves _curves;
        private readonly byte[] _privateKey = GC.AllocateArray<byte>(X25519.KeyBytes, pinned: true);
        private volatile bool _disposed;

        public Agreement(ManagedCurves curves, ReadOnlySpan<byte> privateKey)
        {
            _curves = curves;
            privateKey.CopyTo(_privateKey);
        }

        public bool Agree(ReadOnlySpan<byte> publicKey, Span<byte> shared)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _curves.X25519Agree(_privateKey, publicKey, shared);
        }

        public void Dispose()
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_privateKey);
        }
    }

    private sealed class Verifier(byte[] publicKey) : ISignatureVerifier
    {
        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            BouncyEd25519.Verify(signature.ToArray(), 0, publicKey, 0, message.ToArray(), 0, message.Length);

        public void Dispose()
        {
        }
    }

    private sealed class Signer : ISignatureSigner
    {
        private readonly byte[] _seed = GC.AllocateArray<byte>(Ed25519.SeedBytes, pinned: true); // pinned: the GC leaves no copies
        private readonly byte[] _publicKey = new byte[Ed25519.PublicKeyBytes];
        private readonly Lock _gate = new();
        private bool _disposed;

        public Signer(ReadOnlySpan<byte> seed)
        {
            seed.CopyTo(_seed);
            BouncyEd25519.GeneratePublicKey(_seed, 0, _publicKey, 0);
        }

        public byte[] Sign(ReadOnlySpan<byte> message)
        {
            byte[] signature = new byte[Ed25519.SignatureBytes];
            byte[] seed = GC.AllocateUninitializedArray<byte>(Ed25519.SeedBytes, pinned: true);
            lock (_gate)
            {
                // A Dispose on another thread must not clear the seed in mid-signature: a signature by half a key leaks the key.
                ObjectDisposedException.ThrowIf(_disposed, this);
                _seed.CopyTo(seed, 0);
            }

            BouncyEd25519.Sign(seed, 0, _publicKey, 0, message.ToArray(), 0, message.Length, signature, 0);
            CryptographicOperations.ZeroMemory(seed);
            return signature;
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                CryptographicOperations.ZeroMemory(_seed);
            }
        }
    }
}
