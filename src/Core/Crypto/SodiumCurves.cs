namespace P2P.Core.Crypto;

/// <summary>
/// Another backend with its Ed25519 verification replaced by libsodium's, which takes about 0.57 of OpenSSL's time. Verification is nearly all
/// a replica computes; everything else stays where it was. No key objects: there is nothing to prepare.
/// </summary>
/// <remarks>Measured: design measurements, section 2. Which signatures are good must not depend on what is installed: see <see cref="TryCreate"/>.</remarks>
internal sealed class SodiumCurves : ICurveBackend
{
    private readonly ICurveBackend _rest;

    private SodiumCurves(ICurveBackend rest) => _rest = rest;

    /// <inheritdoc/>
    public string Name => $"{_rest.Name}+sodium";

    /// <summary>The backend, or null where libsodium is missing or does not judge exactly as the others do.</summary>
    /// <param name="rest">Does everything but verification.</param>
    public static SodiumCurves? TryCreate(ICurveBackend rest) => LibSodium.TryLoad() && JudgesAsTheOthers() ? new SodiumCurves(rest) : null;

    /// <inheritdoc/>
    public ISignatureVerifier OpenVerifier(ReadOnlySpan<byte> publicKey) => new Verifier(publicKey.ToArray());

    /// <inheritdoc/>
    public bool Ed25519Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Verify(publicKey, message, signature);

    /// <inheritdoc/>
    public ISignatureSigner OpenSigner(ReadOnlySpan<byte> seed) => _rest.OpenSigner(seed);

    /// <inheritdoc/>
    public void Ed25519Public(ReadOnlySpan<byte> seed, Span<byte> publicKey) => _rest.Ed25519Public(seed, publicKey);

    /// <inheritdoc/>
    public void X25519Public(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => _rest.X25519Public(privateKey, publicKey);

    /// <inheritdoc/>
    public IKeyAgreement OpenAgreement(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => _rest.OpenAgreement(privateKey, publicKey);

    /// <inheritdoc/>
    public bool X25519Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared) =>
        _rest.X25519Agree(privateKey, publicKey, shared);

    // The lengths are checked by the strict rule in front of every backend; native code must not depend on it.
    private static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == Ed25519.PublicKeyBytes && signature.Length == Ed25519.SignatureBytes
        && LibSodium.crypto_sign_ed25519_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;

    // The four cases of "Taming the many EdDSAs" in which implementations that pass the strict rule still differ: a key and an R with a small
    // component whose sum vanishes (good), the same where only the cofactored equation holds (bad, twice), and a changed signature.
    private static bool JudgesAsTheOthers()
    {
        byte[] key = Convert.FromHexString("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d");
        byte[] first = Convert.FromHexString("9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79");
        byte[] second = Convert.FromHexString("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c");
        byte[] mixed = Convert.FromHexString(
            "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009");
        byte[] cofactored = Convert.FromHexString(
            "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09");
        byte[] cofactoredOnly = Convert.FromHexString(
            "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405");
        bool agrees = Verify(key, first, mixed) && !Verify(key, second, cofactored) && !Verify(key, second, cofactoredOnly);
        mixed[40] ^= 1;
        return agrees && !Verify(key, first, mixed);
    }

    private sealed class Verifier(byte[] publicKey) : ISignatureVerifier
    {
        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => SodiumCurves.Verify(publicKey, message, signature);

        public void Dispose()
        {
            // nothing native is held
        }
    }
}
