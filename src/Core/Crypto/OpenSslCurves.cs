using System.Security.Cryptography;

namespace P2P.Core.Crypto;

/// <summary>Ed25519 and X25519 of OpenSSL 3. Native keys are shared between threads, digest contexts come from a pool.</summary>
internal sealed class OpenSslCurves : ICurveBackend
{
    private readonly DigestContextPool _contexts = new();

    private OpenSslCurves()
    {
    }

    /// <inheritdoc/>
    public string Name => "openssl";

    /// <summary>The backend, or null where libcrypto is missing or does not reproduce RFC 8032 (then managed code serves).</summary>
    public static OpenSslCurves? TryCreate()
    {
        if (!LibCrypto.TryLoad())
        {
            return null;
        }

        OpenSslCurves curves = new();
        return curves.PassesSelfTest() ? curves : null;
    }

    /// <inheritdoc/>
    public ISignatureVerifier OpenVerifier(ReadOnlySpan<byte> publicKey) =>
        new Key(this, new EvpKeyHandle(NewPublic(LibCrypto.Ed25519Type, publicKey)));

    /// <inheritdoc/>
    public ISignatureSigner OpenSigner(ReadOnlySpan<byte> seed) =>
        new Key(this, new EvpKeyHandle(NewPrivate(LibCrypto.Ed25519Type, seed)));

    /// <inheritdoc/>
    public void Ed25519Public(ReadOnlySpan<byte> seed, Span<byte> publicKey) =>
        PublicOf(LibCrypto.Ed25519Type, seed, publicKey);

    /// <inheritdoc/>
    public bool Ed25519Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        nint key = NewPublic(LibCrypto.Ed25519Type, publicKey);
        try
        {
            return Verify(key, message, signature);
        }
        finally
        {
            LibCrypto.EVP_PKEY_free(key);
        }
    }

    /// <inheritdoc/>
    public void X25519Public(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) =>
        PublicOf(LibCrypto.X25519Type, privateKey, publicKey);

    /// <inheritdoc/>
    public bool X25519Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        nint own = NewPrivate(LibCrypto.X25519Type, privateKey);
        try
        {
            return Agree(own, publicKey, shared);
        }
        finally
        {
            LibCrypto.EVP_PKEY_free(own);
        }
    }

    /// <inheritdoc/>
    public IKeyAgreement OpenAgreement(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        nint key = NewPrivate(LibCrypto.X25519Type, privateKey);
        EvpKeyHandle handle = new(key);
        ReadPublic(key, publicKey);
        return new Key(this, handle);
    }

    private static bool Agree(nint own, ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        nint peer = 0, context = 0;
        try
        {
            peer = NewPublic(LibCrypto.X25519Type, publicKey);
            context = LibCrypto.EVP_PKEY_CTX_new(own, 0);
            nuint length = X25519.KeyBytes;
            bool agreed = context != 0
                && LibCrypto.EVP_PKEY_derive_init(context) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer(context, peer) == 1
                && LibCrypto.EVP_PKEY_derive(context, shared, ref length) == 1
                && length == X25519.KeyBytes;
            if (!agreed)
            {
                LibCrypto.ERR_clear_error();
            }

            return agreed;
        }
        finally
        {
            LibCrypto.EVP_PKEY_CTX_free(context); // both take NULL
            LibCrypto.EVP_PKEY_free(peer);
        }
    }

    private static nint NewPublic(int type, ReadOnlySpan<byte> raw)
    {
        nint key = LibCrypto.EVP_PKEY_new_raw_public_key(type, 0, raw, (nuint)raw.Length);
        return key != 0 ? key : throw Refused();
    }

    private static nint NewPrivate(int type, ReadOnlySpan<byte> raw)
    {
        nint key = LibCrypto.EVP_PKEY_new_raw_private_key(type, 0, raw, (nuint)raw.Length);
        return key != 0 ? key : throw Refused();
    }

    /// <summary>Any 32 bytes make a key object (points are decoded on use), so this is memory, a FIPS policy or a bug: never a peer.</summary>
    private static CryptographicException Refused()
    {
        LibCrypto.ERR_clear_error();
        return new CryptographicException("OpenSSL refused to create a Curve25519 key.");
    }

    private static void PublicOf(int type, ReadOnlySpan<byte> secret, Span<byte> publicKey)
    {
        nint key = NewPrivate(type, secret);
        try
        {
            ReadPublic(key, publicKey);
        }
        finally
        {
            LibCrypto.EVP_PKEY_free(key);
        }
    }

    private static void ReadPublic(nint key, Span<byte> publicKey)
    {
        nuint length = 32;
        if (LibCrypto.EVP_PKEY_get_raw_public_key(key, publicKey, ref length) != 1 || length != 32)
        {
            throw Refused();
        }
    }

    private bool Verify(nint key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        nint context = _contexts.Rent();
        try
        {
            bool valid = LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) == 1
                && LibCrypto.EVP_DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
            if (!valid)
            {
                // The error queue is per thread and shared with the BCL: leave nothing behind that it would report as its own.
                LibCrypto.ERR_clear_error();
            }

            return valid;
        }
        finally
        {
            _contexts.Return(context);
        }
    }

    private byte[] Sign(nint key, ReadOnlySpan<byte> message)
    {
        nint context = _contexts.Rent();
        try
        {
            byte[] signature = new byte[Ed25519.SignatureBytes];
            nuint length = Ed25519.SignatureBytes;
            bool signed = LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, key) == 1
                && LibCrypto.EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) == 1
                && length == Ed25519.SignatureBytes;
            return signed ? signature : throw Refused();
        }
        finally
        {
            _contexts.Return(context);
        }
    }

    /// <summary>RFC 8032 test 1, and a flipped bit.</summary>
    private bool PassesSelfTest()
    {
        byte[] publicKey = Convert.FromHexString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        byte[] signature = Convert.FromHexString(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
        try
        {
            bool valid = Ed25519Verify(publicKey, [], signature);
            signature[0] ^= 1;
            return valid && !Ed25519Verify(publicKey, [], signature);
        }
        catch (CryptographicException)
        {
            return false; // a build without the curves
        }
    }

    /// <summary>One native key. The reference is held for the length of the call, so a concurrent Dispose cannot free it in use.</summary>
    private sealed class Key(OpenSslCurves curves, EvpKeyHandle handle) : ISignatureVerifier, ISignatureSigner, IKeyAgreement
    {
        public bool Agree(ReadOnlySpan<byte> publicKey, Span<byte> shared)
        {
            bool held = false;
            try
            {
                handle.DangerousAddRef(ref held);
                return OpenSslCurves.Agree(handle.DangerousGetHandle(), publicKey, shared);
            }
            finally
            {
                if (held)
                {
                    handle.DangerousRelease();
                }
            }
        }

        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            bool held = false;
            try
            {
                handle.DangerousAddRef(ref held);
                return curves.Verify(handle.DangerousGetHandle(), message, signature);
            }
            finally
            {
                if (held)
                {
                    handle.DangerousRelease();
                }
            }
        }

        public byte[] Sign(ReadOnlySpan<byte> message)
        {
            bool held = false;
            try
            {
                handle.DangerousAddRef(ref held);
                return curves.Sign(handle.DangerousGetHandle(), message);
            }
            finally
            {
                if (held)
                {
                    handle.DangerousRelease();
                }
            }
        }

        public void Dispose() => handle.Dispose();
    }
}
