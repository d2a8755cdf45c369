using System.Security.Cryptography;

namespace P2P.Core.Crypto;

/// <summary>
/// ECDSA with SHA-256 on one of the two curves, computed by the BCL. The BCL does not promise that its key objects may be shared
/// between threads, so calls take turns; these keys serve handshakes, never documents.
/// </summary>
internal sealed class EcdsaKey : ISignatureVerifier, ISignatureSigner
{
    private readonly WeierstrassCurve _curve;
    private readonly bool _lowS;
    private readonly ECDsa _key;
    private readonly Lock _turn = new();

    /// <summary>Wraps a key.</summary>
    /// <param name="curve">Its curve.</param>
    /// <param name="key">The BCL's object; owned from here on.</param>
    public EcdsaKey(WeierstrassCurve curve, ECDsa key)
    {
        _curve = curve;
        _lowS = ReferenceEquals(curve, WeierstrassCurve.Secp256k1);
        _key = key;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// secp256k1: S above half the order is refused, as js does and unlike go, which takes but never makes it (both, and rust, sign
    /// low). P-256: both halves are taken, since go, js and rust sign with either.
    /// </remarks>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> fixedForm = stackalloc byte[64];
        if (!EcdsaSignature.TryRead(signature, fixedForm)
            || !_curve.IsScalar(fixedForm[..32])
            || !_curve.IsScalar(fixedForm[32..])
            || (_lowS && !_curve.IsLow(fixedForm[32..])))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(message, hash);
        lock (_turn)
        {
            return _key.VerifyHash(hash, fixedForm, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(message, hash);
        byte[] fixedForm;
        lock (_turn)
        {
            fixedForm = _key.SignHash(hash.ToArray(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }

        if (_lowS && !_curve.IsLow(fixedForm.AsSpan(32)))
        {
            _curve.Negate(fixedForm.AsSpan(32));
        }

        return EcdsaSignature.ToDer(fixedForm);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn)
        {
            _key.Dispose();
        }
    }
}
