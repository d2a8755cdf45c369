using P2P.Core.Runtime;

namespace P2P.Storage;

/// <summary>
/// Tells a store that was restored from a backup or copied from one that was merely restarted. A file beside the database is renewed at every
/// open: the database notes the next value, the file is rewritten and synced, the database confirms. A crash in between leaves the file at the
/// confirmed or the next value; a restored database, a lost file and a copied folder do not agree.
/// </summary>
/// <remarks>
/// Spec: durability, section 7. The identity of the file is part of the agreement, so it is rewritten in place.
/// </remarks>
/// <param name="directory">The data folder.</param>
/// <param name="meta">The database's side.</param>
/// <param name="chance">Source of new values; null where it is only looked at.</param>
internal sealed class GenerationMarker(string directory, StoreMeta meta, IChance? chance = null)
{
    private const int Bytes = 16;

    private string FilePath => Path.Combine(directory, "generation");

    /// <summary>Whether the folder is the one this database was last opened in. A new database agrees with everything.</summary>
    public bool Agrees()
    {
        byte[]? confirmed = meta.Get(StoreMeta.Generation);
        if (confirmed is null && meta.Get(StoreMeta.NextGeneration) is null)
        {
            return meta.Get(StoreMeta.AuthorKey) is null;
        }

        if (!File.Exists(FilePath))
        {
            return confirmed is null; // the very first open was cut off before the file existed
        }

        byte[] found = File.ReadAllBytes(FilePath);
        bool known = Equal(found, confirmed) || Equal(found, meta.Get(StoreMeta.NextGeneration)) || (found.Length == 0 && confirmed is null);
        return known && (meta.Get(StoreMeta.MarkerFile) is not byte[] identity || Equal(Identity(), identity));
    }

    /// <summary>Moves both sides on. Call once per open, after <see cref="Agrees"/>.</summary>
    public void Renew()
    {
        byte[] next = Next();
        bool fresh = !File.Exists(FilePath);
        meta.Set((StoreMeta.NextGeneration, next), (StoreMeta.MarkerFile, fresh ? null : Identity()));
        Write(next);
        meta.Set((StoreMeta.Generation, next), (StoreMeta.NextGeneration, null), (StoreMeta.MarkerFile, Identity()));
    }

    /// <summary>
    /// The first value of both sides, inside the transaction that makes the database. The file comes first: without the database, which is there whole or
    /// not at all, it says nothing, and is written again.
    /// </summary>
    public void Begin()
    {
        byte[] first = Next();
        Write(first);
        meta.Set((StoreMeta.Generation, first), (StoreMeta.MarkerFile, Identity()));
    }

    private byte[] Next()
    {
        byte[] next = new byte[Bytes];
        (chance ?? throw new InvalidOperationException("This one only looks.")).Fill(next);
        return next;
    }

    private void Write(byte[] value)
    {
        PrivateFolder.MakeFile(FilePath);
        using FileStream file = new(FilePath, FileMode.OpenOrCreate, FileAccess.Write);
        file.Write(value); // in place: the file keeps its identity, and 16 bytes of one sector are not torn
        file.SetLength(Bytes);
        file.Flush(flushToDisk: true);
    }

    private byte[] Identity() => FileIdentity.Of(FilePath);

    private static bool Equal(byte[]? left, byte[]? right) => left is not null && right is not null && left.AsSpan().SequenceEqual(right);
}
