using System.Security.Cryptography;
using P2P.Core.Encoding;
using P2P.Core.Runtime;

namespace P2P.Node.Identity;

/// <summary>
/// A private key on its way to another machine, sealed with a passphrase: <c>{v: 1, box, kdf: "pbkdf2-sha256", salt, nonce, rounds}</c>, canonical
/// DAG-CBOR. The box is ChaCha20-Poly1305 over <c>{k: key, r: role, t: tips}</c>: the key in its libp2p protobuf form, which of a folder's keys it is, and for an author key the newest event it
/// wrote in each document, without which it could use a number twice. Boxes of before have no role and are read.
/// </summary>
/// <remarks>Spec: user experience, section 11.</remarks>
public static class KeyFile
{
    /// <summary>Rounds of the key derivation that are written, and the fewest that are read.</summary>
    public const int RoundsMin = 600_000;

    /// <summary>Most rounds that are read: a file made by an enemy costs a few seconds, not hours.</summary>
    public const int RoundsMax = 10_000_000;

    /// <summary>Longest file that is read, in bytes: a key and 4,096 tips.</summary>
    public const int BytesMax = 1 << 20;

    /// <summary>Most documents whose tips a file holds.</summary>
    public const int TipsMax = 4_096;

    private const ulong Version = 1;
    private const int SaltBytes = 16;
    private const int SaltBytesMax = 64;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private static ReadOnlySpan<byte> Kdf => "pbkdf2-sha256"u8;

    /// <summary>Refuses what is no key file, as far as can be told without its passphrase.</summary>
    /// <exception cref="P2PException"><see cref="NodeError.KeyFileUnusable"/> or <see cref="NodeError.KeyFileNewer"/>.</exception>
    internal static void Check(ReadOnlySpan<byte> file) => _ = Read(file);

    /// <summary>Seals a key.</summary>
    /// <param name="content">What; not disposed.</param>
    /// <param name="passphrase">At least one character; as typed, in UTF-8.</param>
    /// <param name="chance">Source of salt and nonce.</param>
    /// <exception cref="ArgumentException">No passphrase, or more tips than <see cref="TipsMax"/>.</exception>
    public static byte[] Seal(KeyFileContent content, ReadOnlySpan<char> passphrase, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(chance);
        ArgumentOutOfRangeException.ThrowIfZero(passphrase.Length, nameof(passphrase));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Tips.Count, TipsMax, nameof(content));
        byte[] salt = new byte[SaltBytes];
        byte[] nonce = new byte[NonceBytes];
        chance.Fill(salt);
        chance.Fill(nonce);
        byte[] plain = KeyFileContent.Write(content);
        byte[] box = new byte[plain.Length + TagBytes];
        byte[] secret = Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, RoundsMin, HashAlgorithmName.SHA256, 32);
        using (ChaCha20Poly1305 cipher = new(secret))
        {
            cipher.Encrypt(nonce, plain, box.AsSpan(0, plain.Length), box.AsSpan(plain.Length));
        }

        CryptographicOperations.ZeroMemory(plain);
        CryptographicOperations.ZeroMemory(secret);
        return Write(box, salt, nonce);
    }

    /// <summary>Opens a sealed key. The caller owns the key inside.</summary>
    /// <param name="file">All bytes; anybody may have made them.</param>
    /// <param name="passphrase">As typed.</param>
    /// <exception cref="P2PException">
    /// <see cref="NodeError.KeyFileUnusable"/>, <see cref="NodeError.KeyFileNewer"/>, or <see cref="NodeError.WrongPassphrase"/> also for a file that was
    /// changed.
    /// </exception>
    public static KeyFileContent Open(ReadOnlySpan<byte> file, ReadOnlySpan<char> passphrase)
    {
        (byte[] box, byte[] salt, byte[] nonce, int rounds) = Read(file);
        byte[] plain = new byte[box.Length - TagBytes];
        byte[] secret = Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, rounds, HashAlgorithmName.SHA256, 32);
        try
        {
            using ChaCha20Poly1305 cipher = new(secret);
            cipher.Decrypt(nonce, box.AsSpan(0, plain.Length), box.AsSpan(plain.Length), plain);
            return KeyFileContent.TryRead(plain, out KeyFileContent? content) && content is not null
                ? content
                : throw Unusable("what it holds is no key");
        }
        catch (AuthenticationTagMismatchException error)
        {
            throw new P2PException(NodeError.WrongPassphrase, "The passphrase is wrong, or the key file was changed. Nothing was imported.", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static byte[] Write(byte[] box, byte[] salt, byte[] nonce)
    {
        DagCborWriter writer = new(box.Length + 128);
        writer.WriteMapStart(6);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        writer.WriteText("box"u8);
        writer.WriteBytes(box);
        writer.WriteText("kdf"u8);
        writer.WriteText(Kdf);
        writer.WriteText("salt"u8);
        writer.WriteBytes(salt);
        writer.WriteText("nonce"u8);
        writer.WriteBytes(nonce);
        writer.WriteText("rounds"u8);
        writer.WriteUInt(RoundsMin);
        return writer.ToArray();
    }

    private static (byte[] Box, byte[] Salt, byte[] Nonce, int Rounds) Read(ReadOnlySpan<byte> file)
    {
        if (file.Length > BytesMax || DagCbor.Validate(file, DagCborOptions.NoFloats) != DagCborStatus.Valid)
        {
            throw Unusable("it is not canonical DAG-CBOR");
        }

        DagCborReader reader = new(file, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version))
        {
            throw Unusable("it has no version");
        }

        if (version != Version)
        {
            throw new P2PException(NodeError.KeyFileNewer, $"The key file has version {version}, this program knows {Version}. Use a newer program; nothing was imported.");
        }

        if (keys != 6 || !reader.TryReadKey("box"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> box) || box.Length <= TagBytes
            || !reader.TryReadKey("kdf"u8) || !reader.TryReadText(out ReadOnlySpan<byte> kdf) || !kdf.SequenceEqual(Kdf)
            || !reader.TryReadKey("salt"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> salt) || salt.Length is < SaltBytes or > SaltBytesMax
            || !reader.TryReadKey("nonce"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> nonce) || nonce.Length != NonceBytes
            || !reader.TryReadKey("rounds"u8) || !reader.TryReadUInt(out ulong rounds) || rounds is < RoundsMin or > RoundsMax || !reader.End())
        {
            throw Unusable("a field is missing, unknown or out of range");
        }

        return (box.ToArray(), salt.ToArray(), nonce.ToArray(), (int)rounds);
    }

    private static P2PException Unusable(string why) => new(NodeError.KeyFileUnusable, $"This is no key file: {why}. Nothing was imported.");
}
