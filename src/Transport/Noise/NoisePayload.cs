using P2P.Core.Encoding;

namespace P2P.Transport.Noise;

/// <summary>What libp2p puts into the second and third Noise message.</summary>
/// <remarks>
/// <c>identity_key = 1, identity_sig = 2, extensions = 4 { webtransport_certhashes = 1, stream_muxers = 2 }</c>. Field 3 was removed.
/// </remarks>
internal static class NoisePayload
{
    /// <summary>Most muxers read; further ones make the payload invalid.</summary>
    public const int MuxersMax = 64;

    /// <summary>Longest name of a muxer in bytes.</summary>
    public const int MuxerBytesMax = 1024;

    /// <summary>Longest identity key read: an RSA key of 8,192 bits needs about 1,070.</summary>
    public const int KeyBytesMax = 2048;

    /// <summary>Longest signature read.</summary>
    public const int SignatureBytesMax = 2048;

    public static byte[] Write(ReadOnlySpan<byte> identityKey, ReadOnlySpan<byte> signature, IReadOnlyList<string> muxers)
    {
        ProtoWriter writer = new();
        writer.WriteBytes(1, identityKey);
        writer.WriteBytes(2, signature);
        if (muxers.Count > 0)
        {
            ProtoWriter extensions = new();
            foreach (string muxer in muxers)
            {
                extensions.WriteString(2, muxer);
            }

            writer.WriteBytes(4, extensions.WrittenSpan);
        }

        return writer.ToArray();
    }

    /// <summary>Reads and checks sizes and counts; the key and the signature are not verified here.</summary>
    /// <param name="source">The decrypted payload.</param>
    /// <param name="identityKey">A slice of it.</param>
    /// <param name="signature">A slice of it.</param>
    /// <param name="muxers">What the remote listed; empty when it listed nothing.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, out ReadOnlySpan<byte> identityKey, out ReadOnlySpan<byte> signature, out IReadOnlyList<string> muxers)
    {
        identityKey = default;
        signature = default;
        List<string> listed = [];
        muxers = listed;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(1))
            {
                identityKey = reader.Bytes;
            }
            else if (reader.IsBytes(2))
            {
                signature = reader.Bytes;
            }
            else if (reader.IsBytes(4) && !TryReadExtensions(reader.Bytes, listed))
            {
                return false;
            }
        }

        return !reader.Failed
            && identityKey.Length is > 0 and <= KeyBytesMax
            && signature.Length is > 0 and <= SignatureBytesMax;
    }

    private static bool TryReadExtensions(ReadOnlySpan<byte> source, List<string> listed)
    {
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (!reader.IsBytes(2))
            {
                continue;
            }

            if (listed.Count == MuxersMax || reader.Bytes.Length > MuxerBytesMax)
            {
                return false;
            }

            listed.Add(System.Text.Encoding.UTF8.GetString(reader.Bytes));
        }

        return !reader.Failed;
    }
}
