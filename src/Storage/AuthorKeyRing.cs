using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>The author key of a data folder: made with the store, replaced when the store is found to be a copy.</summary>
internal static class AuthorKeyRing
{
    /// <summary>Reads or makes the key, and moves the generation marker on.</summary>
    /// <returns>The key, which the caller owns, and whether it replaces an older one.</returns>
    /// <exception cref="StoreException">The stored key cannot be read.</exception>
    public static (PrivateKey Key, bool Rotated) Open(string directory, StoreMeta meta, IChance chance)
    {
        GenerationMarker marker = new(directory, meta, chance);
        byte[]? stored = meta.Get(StoreMeta.AuthorKey);
        bool rotate = stored is not null && !marker.Agrees();
        PrivateKey? key = null;
        if (stored is null || rotate)
        {
            key = PrivateKey.Generate(KeyType.Ed25519, chance);
            byte[] fresh = key.ToProtobuf();
            meta.Set([.. FormerKeys.ReplaceAll(meta, fresh, AuthorRenewalReason.FolderCopied), (StoreMeta.Epoch, null)]);
            Array.Clear(fresh);
        }
        else if (!PrivateKey.TryRead(stored, out key) || key is null)
        {
            throw Unreadable(directory);
        }

        marker.Renew();
        return (key, rotate);
    }

    /// <summary>Makes the first key, marker and epoch of a new store, inside the transaction that makes its tables.</summary>
    public static void Make(string directory, StoreMeta making, IChance chance)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, chance);
        byte[] fresh = key.ToProtobuf();
        new GenerationMarker(directory, making, chance).Begin();
        byte[] epoch = new byte[StoreMeta.EpochBytes];
        chance.Fill(epoch);
        making.Set((StoreMeta.AuthorKey, fresh), (StoreMeta.Epoch, epoch));
        Array.Clear(fresh);
    }

    /// <summary>Reads the key of a store that was made by this open.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public static PrivateKey Read(string directory, StoreMeta meta) =>
        PrivateKey.TryRead(meta.Get(StoreMeta.AuthorKey), out PrivateKey? key) && key is not null ? key : throw Unreadable(directory);

    private static StoreException Unreadable(string directory) =>
        new(StoreError.Corrupt, $"The author key in {directory} cannot be read. Restore the folder from a backup.");
}
