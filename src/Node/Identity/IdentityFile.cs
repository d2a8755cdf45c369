using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Storage;

namespace P2P.Node.Identity;

/// <summary>The node's identity key on disk: the libp2p protobuf form, readable by its owner only.</summary>
public static class IdentityFile
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "identity.key";

    private const int BytesMax = 8192;

    /// <summary>Reads the key, or makes and stores a fresh Ed25519 key. The caller owns it.</summary>
    /// <param name="directory">The data folder; it must exist.</param>
    /// <param name="chance">Source of randomness for a fresh key.</param>
    /// <exception cref="P2PException">The file cannot be used (<see cref="NodeError.IdentityUnusable"/>) or written.</exception>
    public static PrivateKey LoadOrCreate(string directory, IChance chance)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            return File.Exists(path) ? Read(path) : Create(path, chance);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new P2PException(NodeError.DataDirectoryReadOnly, $"Cannot read or write {path}: permission denied. Choose another folder (DataDirectory, --data).", error);
        }
        catch (IOException error)
        {
            throw new P2PException(NodeError.DataDirectoryReadOnly, $"Cannot read or write {path}: {error.Message}. Choose another folder (DataDirectory, --data).", error);
        }
    }

    /// <summary>Reads the key of a folder. The caller owns it.</summary>
    /// <exception cref="P2PException">There is none, or it cannot be used.</exception>
    internal static PrivateKey Load(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return File.Exists(path) ? Read(path) : throw new P2PException(NodeError.NoStore, $"There is no identity in {directory} yet; p2p init makes one. Choose the folder with --data.");
    }

    /// <summary>Puts another key in the place of the present one, which stays beside it.</summary>
    /// <exception cref="P2PException">The folder cannot be written.</exception>
    internal static void Replace(string directory, PrivateKey key)
    {
        string path = Path.Combine(directory, FileName);
        byte[] bytes = key.ToProtobuf();
        try
        {
            PrivateFolder.Create(directory);
            if (File.Exists(path))
            {
                File.Copy(path, path + ".old", overwrite: true);
            }

            Write(path, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new P2PException(NodeError.DataDirectoryReadOnly, $"Cannot write {path}: {error.Message}. Choose another folder (DataDirectory, --data).", error);
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

    private static PrivateKey Read(string path)
    {
        byte[] bytes = new FileInfo(path).Length <= BytesMax ? File.ReadAllBytes(path) : [];
        try
        {
            return PrivateKey.TryRead(bytes, out PrivateKey? key) && key is not null
                ? key
                : throw new P2PException(NodeError.IdentityUnusable, $"{path} is not a libp2p private key. Restore it, or move it away to start as a new peer.");
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

    private static PrivateKey Create(string path, IChance chance)
    {
        PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, chance);
        byte[] bytes = key.ToProtobuf();
        Write(path, bytes);
        Array.Clear(bytes);
        return key;
    }

    private static void Write(string path, byte[] bytes)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Written aside and renamed: a crash leaves no half key under the real name.
        string aside = path + ".new";
        File.Delete(aside);
        using (FileStream file = new(aside, options))
        {
            file.Write(bytes);
        }

        DurableFile.Publish(aside, path); // flushes it
    }
}
