using System.Security.Cryptography;

namespace P2P.PubSub;

/// <summary>Message-id functions. There is no implicit one: go, js and rust disagree on theirs (wire digest, trap 1).</summary>
public static class MessageIds
{
    /// <summary>SHA2-256 of the data: equal content is one message, whoever sends it. Right for content-addressed data.</summary>
    /// <param name="message">The fields.</param>
    public static MessageId Sha256OfData(in MessageFields message)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(message.Data, digest);
        return new MessageId(digest);
    }

    /// <summary>Author bytes followed by sequence number bytes: go's default. Needs <see cref="SigningPolicy.StrictSign"/>.</summary>
    /// <param name="message">The fields.</param>
    public static MessageId AuthorAndSequence(in MessageFields message)
    {
        int length = message.From.Length + message.SequenceNumber.Length;
        if (length is 0 or > MessageId.BytesMax)
        {
            return default;
        }

        Span<byte> id = stackalloc byte[MessageId.BytesMax];
        message.From.CopyTo(id);
        message.SequenceNumber.CopyTo(id[message.From.Length..]);
        return new MessageId(id[..length]);
    }
}
