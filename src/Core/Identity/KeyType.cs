namespace P2P.Core.Identity;

/// <summary>Kinds of key. The wire number is the value minus one, because <c>default</c> must not mean RSA.</summary>
public enum KeyType
{
    /// <summary>Nothing; refused everywhere.</summary>
    None = 0,

    /// <summary>RSA, PKCS#1 v1.5 with SHA-256; wire 0.</summary>
    Rsa = 1,

    /// <summary>Ed25519; wire 1.</summary>
    Ed25519 = 2,

    /// <summary>secp256k1 with SHA-256; wire 2.</summary>
    Secp256k1 = 3,

    /// <summary>ECDSA P-256 with SHA-256; wire 3.</summary>
    Ecdsa = 4,
}
