namespace P2P.Node.Files;

/// <summary>Adds up what was done and tells it on. One writer.</summary>
/// <param name="progress">Whom to tell.</param>
/// <param name="totalBytes">Bytes in all, if known.</param>
/// <param name="fetcher">Counts blocks; null while nothing is fetched.</param>
internal sealed class FileMeter(IProgress<FileProgress>? progress, long? totalBytes, BlockFetcher? fetcher)
{
    public long Bytes { get; private set; }

    /// <summary>Told all bytes so far; ends the writing by an exception.</summary>
    public Action<long>? Written { get; init; }

    public void Add(long bytes)
    {
        Bytes += bytes;
        Written?.Invoke(Bytes);
        progress?.Report(new FileProgress(Bytes, totalBytes, fetcher?.Fetched ?? 0, fetcher?.Held ?? 0, fetcher?.Peers ?? 0));
    }
}
