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
        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, []) { Role = KeyFileRole.Identity }, passphrase, chance ?? SystemChance.Instance));
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
        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, []) { Role = KeyFileRole.Identity }, passphrase, draws));
        return PeerId.FromKeyProtobuf(key.PublicKey.Protobuf.Span);
    }

    /// <summary>Which key a key file holds, as it says itself.</summary>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <exception cref="P2PException">The file cannot be used, or the passphrase is wrong.</exception>
    public static KeyFileRole RoleOf(string file, ReadOnlySpan<char> passphrase)
    {
        KeyFileContent content = KeyFile.Open(SecretFile.Read(file), passphrase);
        content.Key.Dispose();
        return content.Role;
    }

    /// <summary>Makes the key of a key file the identity of a folder.</summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <returns>Who the node is from its next start on. The former identity stays beside it as <c>identity.key.old</c>, or <c>.old2</c> and so on.</returns>
    /// <exception cref="P2PException">The file cannot be used, or the passphrase is wrong: nothing was changed.</exception>
    public static PeerId ImportIdentity(string directory, string file, ReadOnlySpan<char> passphrase) =>
        ImportIdentity(directory, file, passphrase, out _);

    /// <summary>As <see cref="ImportIdentity(string, string, ReadOnlySpan{char})"/>, and says where the former one is.</summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <param name="former">The file of the former identity; null when there was none, or the same.</param>
    /// <returns>Who the node is from its next start on.</returns>
    /// <exception cref="P2PException">The file cannot be used, or the passphrase is wrong: nothing was changed.</exception>
    public static PeerId ImportIdentity(string directory, string file, ReadOnlySpan<char> passphrase, out string? former)
    {
        KeyFileContent content = KeyFile.Open(SecretFile.Read(file), passphrase);
        using PrivateKey key = content.Key;
        if (StoreInspector.HolderOf(directory) is not 0 and int holder)
        {
            throw new P2PException(NodeError.DataDirectoryInUse, $"The data folder {directory} is in use. Stop the node first; nothing was imported.") { HolderPid = holder };
        }

        former = IdentityFile.Replace(directory, key);
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

        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, tips) { Role = KeyFileRole.Author }, passphrase, draws));
        return (new TextAuthor(key.PublicKey.Protobuf), new TextAuthor(keys.Renew(draws)));
    }

    /// <summary>Writes an author key that was replaced here, and is kept, to a file sealed with a passphrase; the folder keeps it.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="author">The key; see <see cref="StoreInspector.ReadRenewals"/>.</param>
    /// <param name="file">Where to; must not exist.</param>
    /// <param name="passphrase">At least one character.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <exception cref="P2PException">The folder or the file cannot be used, or the key is not kept there; the message says why.</exception>
    public static void ExportFormer(string directory, TextAuthor author, string file, ReadOnlySpan<char> passphrase, IChance? chance = null)
    {
        CheckExport(file, passphrase);
        IChance draws = chance ?? SystemChance.Instance;
        using StoreKeys keys = Open(directory, draws, mustExist: true);
        using PrivateKey key = keys.ReadFormer(author.Key)
            ?? throw new P2PException(NodeError.NoStore, $"No author key {author.Short} that was replaced is kept in {directory}.");
        SecretFile.Create(file, KeyFile.Seal(new KeyFileContent(key, keys.ReadTips(author.Key)) { Role = KeyFileRole.Author }, passphrase, draws));
    }

    /// <summary>
    /// Makes the key of a key file the author key of a folder. In a document in which it has written, it writes only when its own events are here: a
    /// number is never used twice. The key before is kept in the store.
    /// </summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>Who writes here from now on.</returns>
    /// <exception cref="P2PException">
    /// The file cannot be used, the passphrase is wrong, or the present key has written (<see cref="NodeError.AuthorHasWritten"/>): nothing was changed.
    /// </exception>
    public static TextAuthor ImportAuthor(string directory, string file, ReadOnlySpan<char> passphrase, IChance? chance = null) =>
        ImportAuthor(directory, file, passphrase, replace: false, out _, chance);

    /// <summary>As <see cref="ImportAuthor(string, string, ReadOnlySpan{char}, IChance?)"/>, also in the place of a key that has written.</summary>
    /// <param name="directory">The data folder; made if it is not there.</param>
    /// <param name="file">The key file.</param>
    /// <param name="passphrase">As it was sealed.</param>
    /// <param name="replace">Whether a present key that has written is replaced.</param>
    /// <param name="former">The key before, if it has written; it is kept, see <see cref="ExportFormer"/>.</param>
    /// <param name="chance">Source of randomness; default the system's.</param>
    /// <returns>Who writes here from now on.</returns>
    /// <exception cref="P2PException">As there: nothing was changed.</exception>
    public static TextAuthor ImportAuthor(string directory, string file, ReadOnlySpan<char> passphrase, bool replace, out TextAuthor? former, IChance? chance = null)
    {
        KeyFileContent content = KeyFile.Open(SecretFile.Read(file), passphrase);
        using PrivateKey key = content.Key;
        if (key.Type != KeyType.Ed25519)
        {
            throw new P2PException(NodeError.KeyFileUnusable, $"Events are signed with Ed25519, and this is a key of type {key.Type}. Nothing was imported.");
        }

        using StoreKeys keys = Open(directory, chance ?? SystemChance.Instance, mustExist: false);
        TextAuthor imported = new(key.PublicKey.Protobuf);
        former = Written(keys) is TextAuthor present && !present.Equals(imported) ? present : null;
        if (former is TextAuthor replaced && !replace)
        {
            throw new P2PException(
                NodeError.AuthorHasWritten,
                $"The author key of {directory}, {replaced.Short} ({replaced.Id}), has written: lists of writers may name it. Nothing was imported. It is kept in the store when it is replaced.");
        }

        keys.Import(key, content.Tips);
        return imported;
    }

    /// <summary>The present author key, if it has written.</summary>
    private static TextAuthor? Written(StoreKeys keys)
    {
        using PrivateKey present = keys.ReadAuthor();
        return keys.ReadTips(present.PublicKey.Protobuf).Count > 0 ? new TextAuthor(present.PublicKey.Protobuf) : null;
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
