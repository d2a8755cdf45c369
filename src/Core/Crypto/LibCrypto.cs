using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)] // never the working directory

namespace P2P.Core.Crypto;

/// <summary>The few functions of libcrypto (OpenSSL 3) that the BCL does not wrap. Call only after <see cref="TryLoad"/> said true.</summary>
internal static partial class LibCrypto
{
    /// <summary><c>EVP_PKEY_X25519</c>.</summary>
    public const int X25519Type = 1034;

    /// <summary><c>EVP_PKEY_ED25519</c>.</summary>
    public const int Ed25519Type = 1087;

    // The soname: the same library that the BCL's own shim has loaded, so one OpenSSL lives in the process, not two.
    private const string Library = "libcrypto.so.3";

    /// <summary><c>SHA256_CTX</c> has 112 bytes.</summary>
    public const int Sha256ContextWords = 16;

    private const ulong InitNoAtExit = 0x0008_0000;

    /// <summary>Loads the library. Only Linux: Windows and macOS ship no OpenSSL 3.</summary>
    public static bool TryLoad() =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(Library, out nint library)
        && NativeLibrary.TryGetExport(library, nameof(EVP_PKEY_new_raw_public_key), out _)
        && NativeLibrary.TryGetExport(library, nameof(EVP_DigestVerify), out _)
        && NativeLibrary.TryGetExport(library, nameof(OPENSSL_init_crypto), out _)

        // Without this OpenSSL tears itself down in atexit while our threads may still be verifying: a crash on exit.
        && OPENSSL_init_crypto(InitNoAtExit, 0) == 1;

    /// <summary>Whether the plain SHA2-256 functions are there: OpenSSL 3 has them, unless it was built without what it calls deprecated.</summary>
    public static bool TryLoadSha256() =>
        TryLoad()
        && NativeLibrary.TryLoad(Library, out nint library)
        && NativeLibrary.TryGetExport(library, nameof(SHA256_Init), out _)
        && NativeLibrary.TryGetExport(library, nameof(SHA256_Update), out _)
        && NativeLibrary.TryGetExport(library, nameof(SHA256_Final), out _);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int SHA256_Init(Span<ulong> context);

    [LibraryImport(Library)]
    public static partial int SHA256_Update(Span<ulong> context, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int SHA256_Final(Span<byte> digest, Span<ulong> context);

    [LibraryImport(Library)]
    public static partial int OPENSSL_init_crypto(ulong options, nint settings);

    [LibraryImport(Library)]
    public static partial void ERR_clear_error();

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_raw_public_key(nint key, Span<byte> destination, ref nuint length);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    public static partial int EVP_MD_CTX_reset(nint context);

    [LibraryImport(Library)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSignInit(nint context, nint keyContext, nint type, nint engine, nint key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint type, nint engine, nint key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    public static partial nint EVP_PKEY_CTX_new(nint key, nint engine);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_derive_set_peer(nint context, nint peer);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_derive(nint context, Span<byte> shared, ref nuint length);
}
