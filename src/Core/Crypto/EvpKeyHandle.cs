using Microsoft.Win32.SafeHandles;

namespace P2P.Core.Crypto;

/// <summary>Owns one <c>EVP_PKEY</c>. Shared freely between threads; freed once the last call in flight has ended.</summary>
internal sealed class EvpKeyHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Takes over a native key.</summary>
    /// <param name="key">The pointer, zero when creation failed.</param>
    public EvpKeyHandle(nint key)
        : base(ownsHandle: true) => SetHandle(key);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}
