namespace P2P.Core.Crypto;

/// <summary>
/// A small pool of <c>EVP_MD_CTX</c>. One context serves one call at a time; thread-static contexts would leak when threads end,
/// and a fresh context per call costs a native allocation. Lock-free; what does not fit is freed.
/// </summary>
internal sealed class DigestContextPool
{
    private readonly nint[] _slots = new nint[16];

    /// <summary>A clean context. The caller returns it.</summary>
    public nint Rent()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (Volatile.Read(ref _slots[i]) != 0)
            {
                nint context = Interlocked.Exchange(ref _slots[i], 0);
                if (context != 0)
                {
                    return context;
                }
            }
        }

        nint created = LibCrypto.EVP_MD_CTX_new();
        return created != 0 ? created : throw new InsufficientMemoryException("OpenSSL gave no digest context.");
    }

    /// <summary>Takes a context back, wiped: a pooled context must not keep a reference to somebody's key.</summary>
    /// <param name="context">From <see cref="Rent"/>.</param>
    public void Return(nint context)
    {
        if (LibCrypto.EVP_MD_CTX_reset(context) == 1)
        {
            for (int i = 0; i < _slots.Length; i++)
            {
                if (Interlocked.CompareExchange(ref _slots[i], context, 0) == 0)
                {
                    return;
                }
            }
        }

        LibCrypto.EVP_MD_CTX_free(context);
    }
}
