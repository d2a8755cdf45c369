namespace P2P.Core.Crypto;

/// <summary>Object identifiers as DER content.</summary>
internal static class KeyOids
{
    /// <summary>1.2.840.113549.1.1.1, rsaEncryption.</summary>
    public static ReadOnlySpan<byte> Rsa => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

    /// <summary>1.2.840.10045.2.1, id-ecPublicKey.</summary>
    public static ReadOnlySpan<byte> EcPublicKey => [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

    /// <summary>1.2.840.10045.3.1.7, P-256.</summary>
    public static ReadOnlySpan<byte> P256 => [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
}
