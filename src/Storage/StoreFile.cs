namespace P2P.Storage;

/// <summary>
/// The database file as it was when it was opened. A file that is deleted, moved or replaced under a running program takes writes and syncs as before, and
/// all of it is gone with the program: the one who writes asks whether the name still leads to it.
/// </summary>
/// <param name="path">The database.</param>
internal sealed class StoreFile(string path)
{
    private readonly byte[] _identity = FileIdentity.Of(path);

    /// <summary>Whether the name leads to the file that was opened.</summary>
    public bool IsThere => FileIdentity.Of(path).AsSpan().SequenceEqual(_identity);
}
