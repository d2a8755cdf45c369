namespace P2P.Crdt.Sync;

/// <summary>Provisional bytes of all documents of one session: a peer that names a thousand documents has no thousand rooms.</summary>
/// <param name="bytesMax">See <see cref="SyncOptions.ProvisionalSessionBytesMax"/>.</param>
internal sealed class ProvisionalBudget(long bytesMax)
{
    /// <summary>Bytes held now.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether so many more fit.</summary>
    public bool Fits(long bytes) => Bytes + bytes <= bytesMax;

    /// <summary>So many more, or fewer, are held.</summary>
    public void Add(long bytes) => Bytes += bytes;
}
