using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Node.Identity;

/// <summary>
/// Takes the keys of a data folder out, and puts keys into one. Works on a folder that no node has open. Two keys are told apart: the identity (who
/// the node is on the network, <c>identity.key</c>) and the author key (who signs its events, in the store).
/// </summary>
/// <remarks>Spec: user experience, section 11.</remarks>
public static class NodeKeys
{
    private const int PassphraseMin = 1;

    /// <summary>Writes the identity to a file sealed with a passphrase. The folder keeps it: two nodes must not use one identity at a time.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="file">Where to; must not exist. Readable by its owner only.</param>
    /// <param name="passphrase">At least one character.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>Whose identity it is.</returns>
    /// <exception cref="P2PException">The folder or the file cannot be used; the message says why.</exception>
    public static PeerId ExportIdentity(string directory, string file, ReadOnlySpan<char> passphrase, IChance? chance = null)
    {
        CheckExport(file, passphrase);
        using PrivateKey key = IdentityFile.Load(directory);
        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, []), passphrase, chance ?? SystemChance.Instance));
        return PeerId.FromKeyProtobuf(key.PublicKey.Protobuf.Span);
    }

    /// <summary>Makes an identity in a file sealed with a passphrase. It is on no disk but sealed.</summary>
    /// <param name="file">Where to; must not exist. Readable by its owner only.</param>
    /// <param name="passphrase">At least one character.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>Whose identity it is.</returns>
    /// <exception cref="P2PException">The file cannot be written; the message says why.</exception>
    public static PeerId CreateIdentity(string file, ReadOnlySpan<char> passphrase, IChance? chance = null)
    {
        CheckExport(file, passphrase);
        IChance draws = chance ?? SystemChance.Instance;
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, draws);
        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, []), passphrase, draws));
        return PeerId.FromKeyProtobuf(key.PublicKey.Protobuf.Span);
    }

    /// <summary>Makes the identity of a key file the identity of a folder.</summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <returns>Who the node is from its next start on. The former identity stays beside it as <c>identity.key.old</c>.</returns>
    /// <exception cref="P2PException">The file cannot be used, or the passphrase is wrong: nothing was changed.</exception>
    public static PeerId ImportIdentity(string directory, string file, ReadOnlySpan<char> passphrase)
    {
        KeyFileContent content = KeyFile.Open(SecretFile.Read(file), passphrase);
        using PrivateKey key = content.Key;
        if (StoreInspector.HolderOf(directory) is not 0 and int holder)
        {
            throw new P2PException(NodeError.DataDirectoryInUse, $"The data folder {directory} is in use. Stop the node first; nothing was imported.") { HolderPid = holder };
        }

        IdentityFile.Replace(directory, key);
        return PeerId.FromKeyProtobuf(key.PublicKey.Protobuf.Span);
    }

    /// <summary>
    /// Writes the author key to a file sealed with a passphrase, and retires it here: two writers under one key contradict each other. The folder
    /// writes under a new key from now on, which the writers of a document with a writer list must grant the right to write.
    /// </summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="file">Where to; must not exist. It is durable before the key is retired.</param>
    /// <param name="passphrase">At least one character.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>The exported author, and who writes here from now on.</returns>
    /// <exception cref="P2PException">The folder or the file cannot be used; the message says why.</exception>
    public static (TextAuthor Exported, TextAuthor Now) ExportAuthor(string directory, string file, ReadOnlySpan<char> passphrase, IChance? chance = null)
    {
        CheckExport(file, passphrase);
        IChance draws = chance ?? SystemChance.Instance;
        using StoreKeys keys = Open(directory, draws, mustExist: true);
        if (keys.WasCopied)
        {
            throw new P2PException(
                NodeError.KeyFileUnusable, $"{directory} was restored or copied: its author key may be in use elsewhere, so it was replaced and is not exported.");
        }

        using PrivateKey key = keys.ReadAuthor();
        IReadOnlyList<(Cid, OwnTip)> tips = keys.ReadTips(key.PublicKey.Protobuf);
        if (tips.Count > KeyFile.TipsMax)
        {
            throw new P2PException(NodeError.KeyFileUnusable, $"The author key wrote in {tips.Count} documents; a key file holds at most {KeyFile.TipsMax}.");
        }

        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, tips), passphrase, draws));
        return (new TextAuthor(key.PublicKey.Protobuf), new TextAuthor(keys.Renew(draws)));
    }

    /// <summary>
    /// Makes the key of a key file the author key of a folder. In a document in which it has written, it writes only when its own events are here: a
    /// number is never used twice.
    /// </summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>Who writes here from now on.</returns>
    /// <exception cref="P2PException">The file cannot be used, or the passphrase is wrong: nothing was changed.</exception>
    public static TextAuthor ImportAuthor(string directory, string file, ReadOnlySpan<char> passphrase, IChance? chance = null)
    {
        KeyFileContent content = KeyFile.Open(SecretFile.Read(file), passphrase);
        using PrivateKey key = content.Key;
        if (key.Type != KeyType.Ed25519)
        {
            throw new P2PException(NodeError.KeyFileUnusable, $"Events are signed with Ed25519, and this is a key of type {key.Type}. Nothing was imported.");
        }

        using StoreKeys keys = Open(directory, chance ?? SystemChance.Instance, mustExist: false);
        keys.Import(key, content.Tips);
        return new TextAuthor(key.PublicKey.Protobuf);
    }

    /// <summary>Refuses a file that is no key file, as far as can be told without its passphrase: before anybody types one for something else.</summary>
    /// <param name="file">The key file.</param>
    /// <exception cref="P2PException"><see cref="NodeError.KeyFileUnusable"/> or <see cref="NodeError.KeyFileNewer"/>.</exception>
    public static void CheckFile(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        KeyFile.Check(SecretFile.Read(file));
    }

    private static void CheckExport(string file, ReadOnlySpan<char> passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (passphrase.Length < PassphraseMin)
        {
            throw new P2PException(NodeError.InvalidOption, "Passphrase: at least one character.");
        }

        if (File.Exists(file))
        {
            throw new P2PException(NodeError.InvalidOption, $"{file} exists; a key file is never overwritten.");
        }
    }

    private static StoreKeys Open(string directory, IChance chance, bool mustExist)
    {
        try
        {
            return StoreKeys.Open(directory, chance, mustExist)
                ?? throw new P2PException(NodeError.NoStore, $"There is no store in {directory}, so no author key.");
        }
        catch (StoreException error)
        {
            throw P2PException.Of(error);
        }
    }
}
