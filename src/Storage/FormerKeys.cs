using System.Buffers.Binary;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Storage;

/// <summary>
/// The rows about author keys beside the folder's: keys of single documents, and keys that were replaced, with when and why. A replaced key stays
/// there: a list of writers somewhere may name it, and nothing could give it back.
/// </summary>
internal static class FormerKeys
{
    private const int HeadBytes = 1 + 8;
    private const string Former = "former:";
    private const string OfDocument = "author:";

    /// <summary>What changes when the folder's key, and with it that of every document, is replaced.</summary>
    /// <param name="meta">The rows of now.</param>
    /// <param name="fresh">Protobuf form of the private key that comes; cleared by the caller.</param>
    /// <param name="reason">Why.</param>
    public static List<(string Key, byte[]? Value)> ReplaceAll(StoreMeta meta, byte[] fresh, AuthorRenewalReason reason)
    {
        List<(string, byte[]?)> changes = [(StoreMeta.AuthorKey, fresh), (StoreMeta.Imported, null), .. Retire(meta.Get(StoreMeta.AuthorKey), reason)];
        foreach ((string key, byte[] value) in meta.All(OfDocument))
        {
            byte[] own = value.Length > HeadBytes ? value[HeadBytes..] : [];
            changes.Add((key, null));
            if (PublicOf(own) is byte[] author)
            {
                changes.Add(Retire(author, own, reason, Document(key[OfDocument.Length..])));
            }
        }

        return changes;
    }

    /// <summary>The row that keeps a replaced key, if it can be read.</summary>
    /// <param name="stored">Protobuf form of the private key.</param>
    /// <param name="reason">Why it is replaced.</param>
    public static IEnumerable<(string Key, byte[]? Value)> Retire(byte[]? stored, AuthorRenewalReason reason) =>
        PublicOf(stored) is not byte[] author ? []
        // What was exported is in its file: two folders that could both write with it would contradict each other.
        : [Retire(author, reason == AuthorRenewalReason.Exported ? [] : stored!, reason, default)];

    /// <summary>The row about a key that was replaced in one document.</summary>
    /// <param name="author">Protobuf form of the public key.</param>
    /// <param name="kept">Protobuf form of the private key; empty when it is kept elsewhere, as the folder's.</param>
    /// <param name="reason">Why.</param>
    /// <param name="document">Where.</param>
    public static (string Key, byte[]? Value) Retire(ReadOnlySpan<byte> author, byte[] kept, AuthorRenewalReason reason, Cid document) =>
        (Former + Convert.ToHexString(author) + (document.IsNone ? string.Empty : ":" + Convert.ToHexString(document.Bytes)), Record(reason, kept));

    /// <summary>The row about a replaced key that becomes the folder's again: it goes.</summary>
    /// <param name="author">Protobuf form of the public key.</param>
    public static (string Key, byte[]? Value) Recall(ReadOnlySpan<byte> author) => (Former + Convert.ToHexString(author), null);

    /// <summary>The row of a document's own key.</summary>
    public static (string Key, byte[]? Value) Give(Cid document, byte[] key) => (OfDocument + Convert.ToHexString(document.Bytes), Record(AuthorRenewalReason.DocumentErased, key));

    /// <summary>The keys of documents that have one of their own. The caller owns them.</summary>
    public static List<(Cid Document, PrivateKey Key)> OfDocuments(StoreMeta meta)
    {
        List<(Cid, PrivateKey)> keys = [];
        foreach ((string name, byte[] value) in meta.All(OfDocument))
        {
            if (Document(name[OfDocument.Length..]) is { IsNone: false } document
                && value.Length > HeadBytes && PrivateKey.TryRead(value.AsSpan(HeadBytes), out PrivateKey? key) && key is not null)
            {
                keys.Add((document, key));
            }

            Array.Clear(value);
        }

        return keys;
    }

    /// <summary>The keys that were replaced, newest first.</summary>
    public static IReadOnlyList<AuthorRenewal> List(StoreMeta meta)
    {
        List<AuthorRenewal> renewals = [];
        foreach ((string name, byte[] value) in meta.All(Former))
        {
            string[] parts = name[Former.Length..].Split(':');
            if (value.Length >= HeadBytes && Hex(parts[0]) is byte[] author)
            {
                AuthorRenewalReason reason = Enum.IsDefined((AuthorRenewalReason)value[0]) ? (AuthorRenewalReason)value[0] : AuthorRenewalReason.Unknown;
                long at = Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(1)), 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
                renewals.Add(new AuthorRenewal(author, reason, DateTimeOffset.FromUnixTimeMilliseconds(at))
                {
                    IsKept = value.Length > HeadBytes,
                    Document = parts.Length > 1 ? Document(parts[1]) : default,
                });
            }

            Array.Clear(value);
        }

        return [.. renewals.OrderByDescending(static r => r.At)];
    }

    /// <summary>A replaced key that is kept; null when it is not here. The caller owns it.</summary>
    public static PrivateKey? Find(StoreMeta meta, ReadOnlySpan<byte> author)
    {
        foreach ((string _, byte[] value) in meta.All(Former + Convert.ToHexString(author)))
        {
            bool isRead = PrivateKey.TryRead(value.AsSpan(Math.Min(HeadBytes, value.Length)), out PrivateKey? key);
            Array.Clear(value);
            if (isRead && key is not null)
            {
                return key;
            }
        }

        return null;
    }

    private static byte[] Record(AuthorRenewalReason reason, byte[] key)
    {
        byte[] record = new byte[HeadBytes + key.Length];
        record[0] = (byte)reason;
        BinaryPrimitives.WriteInt64BigEndian(record.AsSpan(1), SystemTime.Provider.GetUtcNow().ToUnixTimeMilliseconds());
        key.CopyTo(record, HeadBytes);
        return record;
    }

    private static byte[]? PublicOf(byte[]? stored)
    {
        if (stored is null || !PrivateKey.TryRead(stored, out PrivateKey? key) || key is null)
        {
            return null;
        }

        using (key)
        {
            return key.PublicKey.Protobuf.ToArray();
        }
    }

    private static Cid Document(string hex) => Hex(hex) is byte[] bytes && Cid.TryRead(bytes, out Cid document, out _) ? document : default;

    private static byte[]? Hex(string text)
    {
        byte[] bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == bytes.Length ? bytes : null;
    }
}
