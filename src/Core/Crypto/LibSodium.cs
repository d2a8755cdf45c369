using System.Runtime.InteropServices;

namespace P2P.Core.Crypto;

/// <summary>The one function of libsodium that is worth having. Call only after <see cref="TryLoad"/> said true.</summary>
internal static partial class LibSodium
{
    // The soname of 1.0.11 to 1.0.18. Later ones are not asked for: they judge by the cofactored equation, which takes more signatures.
    private const string Library = "libsodium.so.23";

    /// <summary>Loads the library, if it is there.</summary>
    public static bool TryLoad() =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(Library, out nint library)
        && NativeLibrary.TryGetExport(library, nameof(crypto_sign_ed25519_verify_detached), out _)
        && NativeLibrary.TryGetExport(library, nameof(sodium_init), out _)
        && sodium_init() >= 0;

    [LibraryImport(Library)]
    public static partial int crypto_sign_ed25519_verify_detached(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ulong messageLength, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    private static partial int sodium_init();
}
